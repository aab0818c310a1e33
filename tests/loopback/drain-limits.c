/* The time that a stop gives: who misses bytes when it is over is cut and counted, who has all of them is not; and a
 * stop waits for a slow reader as long as it may. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "figures.h"
#include "fixture.h"
#include "io.h"
#include "jam.h"
#include "pattern.h"
#include "raw.h"
#include "server-process.h"
#include "statistics.h"
#include "variants.h"

enum { DRAIN_MS = 300, MARGIN_MS = 2000, RECEIVE_BUFFER = 128 << 10 };

/** Of the message: three mebibytes, which is enough for a jam as well. */
enum { LENGTH = 3 << 20 };

_Static_assert(LENGTH >= (int)JAM_NARROW_MOST, "the message is long enough for a jam");

static struct se_server *server;
static uint8_t *message;
static int jammed_fd;
static size_t jammed_sent;
static int complete_fd; /**< of a peer that has everything back */

static void make_message(void)
{
    message = pattern_new(LENGTH, 1);
}

static void free_message(void)
{
    free(message);
}

/** A started server with one peer for which it holds bytes, and one that has all of its own. */
static bool serve_two(int variant, int64_t drain_ms)
{
    server = jam_narrow_server_new(variant);
    if (!server)
        return false;
    ck_assert_int_eq(se_server_set_drain_timeout(server, drain_ms), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    complete_fd = raw_connect(se_server_port(server));
    crowd_send(&complete_fd, 1);
    crowd_expect_echo(&complete_fd, 1);
    jammed_fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    jammed_sent = jam(server, jammed_fd, message);
    return true;
}

/** The peer that misses bytes gets RST and is counted, the other one gets FIN and is not. */
static void assert_one_is_cut(void)
{
    raw_expect_fin(complete_fd);
    ck_assert_uint_lt(raw_expect_reset(jammed_fd), jammed_sent);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_DRAIN), 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), 1);
    ck_assert_int_gt(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), 0);
    close(complete_fd);
    close(jammed_fd);
    struct figures figures = figures_now(server);
    figures_assert_consistent(&figures);
    se_server_free(server);
}

START_TEST(what_misses_bytes_when_the_time_is_over_is_cut_and_counted)
{
    if (!serve_two(_i, DRAIN_MS))
        return;
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(complete_fd);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_ge(clock_ms_since(start_ns), DRAIN_MS);
    assert_took_less_than(start_ns, DRAIN_MS + MARGIN_MS);
    assert_one_is_cut();
}
END_TEST

START_TEST(a_drain_time_of_zero_cuts_at_once)
{
    if (!serve_two(_i, 0))
        return;
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    assert_took_less_than(start_ns, MARGIN_MS);
    assert_one_is_cut();
}
END_TEST

START_TEST(a_second_stop_cuts_whatever_time_is_left)
{
    if (!serve_two(_i, SE_TIMEOUT_NONE))
        return;
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(complete_fd);
    ck_assert_int_eq(io_wait(jammed_fd, 0, DRAIN_MS), 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_DRAIN), 0);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    assert_took_less_than(start_ns, MARGIN_MS);
    assert_one_is_cut();
}
END_TEST

START_TEST(two_stops_at_once_cut_at_once)
{
    if (!serve_two(_i, SE_TIMEOUT_NONE))
        return;
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    assert_took_less_than(start_ns, MARGIN_MS);
    assert_one_is_cut();
}
END_TEST

START_TEST(without_a_limit_the_drain_waits_for_a_slow_reader)
{
    if (!serve_two(_i, SE_TIMEOUT_NONE))
        return;
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(complete_fd);
    close(complete_fd);
    ck_assert_int_eq(io_wait(jammed_fd, 0, DRAIN_MS), 0);
    raw_expect_bytes(jammed_fd, message, jammed_sent);
    raw_expect_fin(jammed_fd);
    close(jammed_fd);
    stat_await(server, SE_STAT_ACTIVE, 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), 2);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), 0);
    figures_end(server);
}
END_TEST

/** They have all their bytes and FIN, and keep their own side open: nothing is given up when they are let go. */
START_TEST(peers_that_have_everything_are_no_cuts)
{
    enum { PEERS = 5 };
    int fds[PEERS];
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_drain_timeout(server, DRAIN_MS), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    crowd_connect(fds, PEERS, se_server_port(server));
    crowd_send(fds, PEERS);
    crowd_expect_echo(fds, PEERS);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_stop(server), 0);
    crowd_expect_fin(fds, PEERS);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_ge(clock_ms_since(start_ns), DRAIN_MS);
    assert_took_less_than(start_ns, DRAIN_MS + MARGIN_MS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), PEERS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_DRAIN), 0);
    crowd_close(fds, PEERS);
    se_server_free(server);
}
END_TEST

START_TEST(the_stall_time_holds_in_a_drain)
{
    enum { STALL_MS = 500 };
    server = jam_narrow_server_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_drain_timeout(server, SE_TIMEOUT_NONE), 0);
    ck_assert_int_eq(se_server_set_stall_timeout(server, STALL_MS), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    jam(server, fd, message);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    assert_took_less_than(start_ns, STALL_MS + MARGIN_MS);
    raw_expect_reset(fd);
    close(fd);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_STALLED), 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_DRAIN), 0);
    se_server_free(server);
}
END_TEST

START_TEST(peers_in_the_listen_queue_are_served_before_the_listener_closes)
{
    enum { PEERS = 5 };
    int fds[PEERS];
    server = variant_new(_i);
    if (!server)
        return;
    crowd_connect(fds, PEERS, se_server_port(server));
    crowd_send(fds, PEERS);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    crowd_expect_echo(fds, PEERS);
    crowd_expect_fin(fds, PEERS);
    crowd_close(fds, PEERS);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPTED), PEERS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), PEERS);
    se_server_free(server);
}
END_TEST

/** Reads in pieces, with a rest after each, and asserts that the whole message comes and then FIN. */
static void read_slowly(int fd, const uint8_t *expected, size_t length)
{
    enum { PIECE = 64 << 10, REST_MS = 5 };
    for (size_t offset = 0; offset < length; offset += PIECE) {
        raw_expect_bytes(fd, expected + offset, length - offset < PIECE ? length - offset : PIECE);
        poll(NULL, 0, REST_MS);
    }
    raw_expect_fin(fd);
}

/** All that was sent has been taken by the server's side: nothing waits on that of the peer. */
static void await_arrival(int fd, size_t sent)
{
    int64_t start_ns = clock_now_ns();
    while (raw_count_arrived(fd, sent) < sent && clock_ms_since(start_ns) < environment_patience_ms())
        poll(NULL, 0, 1);
    ck_assert_uint_eq(raw_count_arrived(fd, sent), sent);
}

START_TEST(sigterm_gives_a_slow_reader_all_of_its_three_mebibytes_back)
{
    const struct server_process_plan plan = {.variant = _i};
    struct server_process *process = server_process_start(&plan);
    if (!process)
        return;
    int fd = raw_connect(server_process_port(process));
    raw_send(fd, message, LENGTH);
    await_arrival(fd, LENGTH);
    server_process_stop(process);
    read_slowly(fd, message, LENGTH);
    close(fd);
    server_process_end(process);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limits of a stop");
    TCase *tcase = fixture_add_tcase(suite, "drain timeout");
    tcase_add_unchecked_fixture(tcase, make_message, free_message);
    tcase_add_loop_test(tcase, what_misses_bytes_when_the_time_is_over_is_cut_and_counted, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_drain_time_of_zero_cuts_at_once, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_second_stop_cuts_whatever_time_is_left, 0, VARIANTS);
    tcase_add_loop_test(tcase, two_stops_at_once_cut_at_once, 0, VARIANTS);
    tcase_add_loop_test(tcase, without_a_limit_the_drain_waits_for_a_slow_reader, 0, VARIANTS);
    tcase_add_loop_test(tcase, peers_that_have_everything_are_no_cuts, 0, VARIANTS);
    tcase_add_loop_test(tcase, the_stall_time_holds_in_a_drain, 0, VARIANTS);
    tcase_add_loop_test(tcase, peers_in_the_listen_queue_are_served_before_the_listener_closes, 0, VARIANTS);
    tcase_add_loop_test(tcase, sigterm_gives_a_slow_reader_all_of_its_three_mebibytes_back, 0, VARIANTS);
    return fixture_run(suite);
}
