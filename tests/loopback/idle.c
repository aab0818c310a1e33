/* The idle timeout: who says nothing gets FIN when the time is over, not before and not long after, and loses nothing.
 */
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
#include "pattern.h"
#include "raw.h"
#include "statistics.h"
#include "variants.h"

enum { IDLE_MS = 200, MARGIN_MS = 2000 };

static struct se_server *server;

static bool serve(int variant, int64_t idle_ms)
{
    server = variant_new(variant);
    if (!server)
        return false;
    ck_assert_int_eq(se_server_set_idle_timeout(server, idle_ms), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    return true;
}

/** FIN comes no sooner than the idle time after the start, and not much later. */
static void assert_fin_when_idle_since(int fd, int64_t start_ns)
{
    raw_expect_fin(fd);
    ck_assert_int_ge(clock_ms_since(start_ns), IDLE_MS);
    assert_took_less_than(start_ns, IDLE_MS + MARGIN_MS);
}

/** The figure counts a connection when it has ended, and after FIN the server waits for that of the peer. */
static void assert_ended_as_idle(int64_t count)
{
    stat_await(server, SE_STAT_ACTIVE, 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_IDLE), count);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPTED), count);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), 0);
    figures_end(server);
}

START_TEST(a_peer_that_never_says_anything_gets_fin)
{
    if (!serve(_i, IDLE_MS))
        return;
    int64_t start_ns = clock_now_ns();
    int fd = raw_connect(se_server_port(server));
    assert_fin_when_idle_since(fd, start_ns);
    close(fd);
    assert_ended_as_idle(1);
}
END_TEST

START_TEST(a_peer_that_falls_silent_after_an_echo_gets_fin)
{
    if (!serve(_i, IDLE_MS))
        return;
    int fd = raw_connect(se_server_port(server));
    crowd_send(&fd, 1);
    crowd_expect_echo(&fd, 1);
    int64_t start_ns = clock_now_ns();
    crowd_send(&fd, 1);
    crowd_expect_echo(&fd, 1);
    assert_fin_when_idle_since(fd, start_ns);
    close(fd);
    assert_ended_as_idle(1);
}
END_TEST

START_TEST(each_peer_has_a_time_of_its_own)
{
    enum { PEERS = 5, APART_MS = 40 };
    int fds[PEERS];
    int64_t starts_ns[PEERS];
    if (!serve(_i, IDLE_MS))
        return;
    for (int i = 0; i < PEERS; i++) {
        poll(NULL, 0, APART_MS);
        starts_ns[i] = clock_now_ns();
        fds[i] = raw_connect(se_server_port(server));
    }
    for (int i = 0; i < PEERS; i++)
        assert_fin_when_idle_since(fds[i], starts_ns[i]);
    crowd_close(fds, PEERS);
    assert_ended_as_idle(PEERS);
}
END_TEST

/** One echo after the other for longer than the idle time. Returns false where this machine paused the test for so long
 * that the peer may have been idle indeed: from before one message to after the next. */
static bool talk_on(int fd)
{
    enum { TURNS = 10 };
    int64_t before_ns = clock_now_ns();
    crowd_send(&fd, 1);
    crowd_expect_echo(&fd, 1);
    for (int i = 0; i < TURNS; i++) {
        poll(NULL, 0, IDLE_MS / 5);
        int64_t now_ns = clock_now_ns();
        crowd_send(&fd, 1);
        if (clock_ms_since(before_ns) >= IDLE_MS)
            return false;
        crowd_expect_echo(&fd, 1);
        before_ns = now_ns;
    }
    return true;
}

START_TEST(an_echo_starts_the_idle_time_anew)
{
    bool undisturbed = false;
    for (int attempt = 0; attempt < 5 && !undisturbed; attempt++) {
        if (!serve(_i, IDLE_MS))
            return;
        int fd = raw_connect(se_server_port(server));
        undisturbed = talk_on(fd);
        close(fd);
        figures_end(server);
    }
    ck_assert(undisturbed);
}
END_TEST

/** It has sent FIN itself, in time: it was not idle. */
START_TEST(a_peer_that_ends_in_time_is_not_counted_as_idle)
{
    if (!serve(_i, IDLE_MS))
        return;
    raw_assert_served(se_server_port(server));
    stat_await(server, SE_STAT_ACTIVE, 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_IDLE), 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), 1);
    figures_end(server);
}
END_TEST

START_TEST(without_an_idle_timeout_nobody_is_ended)
{
    if (!serve(_i, SE_TIMEOUT_NONE))
        return;
    int fd = raw_connect(se_server_port(server));
    ck_assert_int_eq(io_wait(fd, POLLIN, IDLE_MS), 0);
    crowd_send(&fd, 1);
    crowd_expect_echo(&fd, 1);
    ck_assert_int_eq(io_wait(fd, POLLIN, IDLE_MS), 0);
    close(fd);
    stat_await(server, SE_STAT_ORDERLY, 1);
    figures_end(server);
}
END_TEST

/** A peer of a server that nobody ran for longer than its idle time spoke in time all the same. */
START_TEST(bytes_that_came_between_two_runs_are_no_silence)
{
    static const int64_t run_ms[] = {0, 5};
    server = variant_new(_i % VARIANTS);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_idle_timeout(server, IDLE_MS), 0);
    ck_assert_int_eq(se_server_set_timeout(server, run_ms[_i / VARIANTS]), 0);
    int fd = raw_connect(se_server_port(server));
    figures_run_until(server, SE_STAT_ACCEPTED, 1);
    crowd_send(&fd, 1);
    poll(NULL, 0, IDLE_MS + 100);
    figures_run_until(server, SE_STAT_ECHOED_BYTES, (int64_t)crowd_message_length);
    crowd_expect_echo(&fd, 1);
    ck_assert_int_eq(io_wait(fd, POLLIN, 0), 0);
    close(fd);
    se_server_free(server);
}
END_TEST

/** While nobody is ever ended, nothing keeps the time of the last byte exactly. */
START_TEST(an_idle_timeout_set_between_two_runs_ends_nobody_who_spoke_just_before)
{
    enum { LATER_IDLE_MS = 1000 };
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_idle_timeout(server, SE_TIMEOUT_NONE), 0);
    ck_assert_int_eq(se_server_set_timeout(server, 0), 0);
    int fd = raw_connect(se_server_port(server));
    figures_run_until(server, SE_STAT_ACCEPTED, 1);
    poll(NULL, 0, LATER_IDLE_MS + 100);
    int64_t start_ns = clock_now_ns();
    crowd_send(&fd, 1);
    figures_run_until(server, SE_STAT_ECHOED_BYTES, (int64_t)crowd_message_length);
    crowd_expect_echo(&fd, 1);
    ck_assert_int_eq(se_server_set_idle_timeout(server, LATER_IDLE_MS), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(io_wait(fd, POLLIN, 0), 0);
    ck_assert_int_eq(se_server_set_timeout(server, SE_TIMEOUT_NONE), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_expect_fin(fd);
    ck_assert_int_ge(clock_ms_since(start_ns), LATER_IDLE_MS);
    close(fd);
    figures_end(server);
}
END_TEST

/** After FIN it goes on sending: those bytes are given up, but all that it had sent before is back. */
START_TEST(bytes_after_the_idle_time_are_dropped_and_counted)
{
    enum { LENGTH = 100000, LATE = 1000 };
    if (!serve(_i, IDLE_MS))
        return;
    uint8_t *message = pattern_new(LENGTH, 1);
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, LENGTH);
    raw_expect_bytes(fd, message, LENGTH);
    raw_expect_fin(fd);
    raw_send(fd, message, LATE);
    raw_half_close(fd);
    stat_await(server, SE_STAT_ACTIVE, 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_IDLE), 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_RECEIVED_BYTES), LENGTH + LATE);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), LATE);
    close(fd);
    free(message);
    figures_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("idle timeout");
    TCase *tcase = fixture_add_tcase(suite, "peers that say nothing");
    tcase_add_loop_test(tcase, a_peer_that_never_says_anything_gets_fin, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_peer_that_falls_silent_after_an_echo_gets_fin, 0, VARIANTS);
    tcase_add_loop_test(tcase, each_peer_has_a_time_of_its_own, 0, VARIANTS);
    tcase_add_loop_test(tcase, an_echo_starts_the_idle_time_anew, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_peer_that_ends_in_time_is_not_counted_as_idle, 0, VARIANTS);
    tcase_add_loop_test(tcase, without_an_idle_timeout_nobody_is_ended, 0, VARIANTS);
    tcase_add_loop_test(tcase, bytes_that_came_between_two_runs_are_no_silence, 0, 2 * VARIANTS);
    tcase_add_loop_test(tcase, an_idle_timeout_set_between_two_runs_ends_nobody_who_spoke_just_before, 0, VARIANTS);
    tcase_add_loop_test(tcase, bytes_after_the_idle_time_are_dropped_and_counted, 0, VARIANTS);
    return fixture_run(suite);
}
