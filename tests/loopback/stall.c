/* The stall timeout: a peer that takes nothing of what is held for it is reset when the time is over; one that takes a
 * little now and then is not, however slow it is. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
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
#include "statistics.h"
#include "variants.h"

enum { STALL_MS = 500, MARGIN_MS = 2000, RECEIVE_BUFFER = 128 << 10 };

static struct se_server *server;
static uint8_t *message;

static void make_message(void)
{
    message = pattern_new(JAM_NARROW_MOST, 1);
}

static void free_message(void)
{
    free(message);
}

/** A server whose connections are soon jammed. */
static bool serve(int variant, int64_t stall_ms)
{
    server = jam_narrow_server_new(variant);
    if (!server)
        return false;
    ck_assert_int_eq(se_server_set_stall_timeout(server, stall_ms), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    return true;
}

static int connect_narrow(void)
{
    return raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
}

/** Waits for RST without reading: a byte that is taken would be progress. */
static void await_reset(int fd)
{
    ck_assert_int_ne(io_wait(fd, 0, environment_patience_ms()) & (POLLERR | POLLHUP), 0);
}

START_TEST(a_peer_that_takes_nothing_is_reset)
{
    if (!serve(_i, STALL_MS))
        return;
    int fd = connect_narrow();
    int64_t start_ns = clock_now_ns();
    size_t sent = jam(server, fd, message);
    int64_t jammed_ns = clock_now_ns();
    int64_t held = jam_held(server);
    await_reset(fd);
    ck_assert_int_ge(clock_ms_since(start_ns), STALL_MS);
    assert_took_less_than(jammed_ns, STALL_MS + MARGIN_MS);
    ck_assert_uint_lt(raw_expect_reset(fd), sent);
    close(fd);
    stat_await(server, SE_STAT_ACTIVE, 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_STALLED), 1);
    ck_assert_int_le(se_server_stat(server, SE_STAT_RECEIVED_BYTES), (int64_t)sent);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), held);
    figures_end(server);
}
END_TEST

static size_t count_arrived(int fd)
{
    int count = 0;
    ck_assert_int_eq(ioctl(fd, FIONREAD, &count), 0);
    return (size_t)count;
}

/** When the window opens again is the kernel's business: not before a segment has room, which may be of any size. */
static void take_until_more_comes(int fd)
{
    enum { LITTLE = 16 << 10 };
    size_t arrived = count_arrived(fd);
    for (size_t taken = 0; count_arrived(fd) + taken <= arrived; taken += LITTLE)
        raw_expect_bytes(fd, message + taken, LITTLE);
}

/** However much was taken, and whatever the kernel made room for because of that: the server is soon jammed again. */
static void send_until_reset(int fd)
{
    int64_t start_ns = clock_now_ns();
    while ((io_wait(fd, 0, 1) & (POLLERR | POLLHUP)) == 0) {
        ck_assert_int_lt(clock_ms_since(start_ns), environment_patience_ms());
        send(fd, message, JAM_NARROW_MOST, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

START_TEST(whoever_takes_something_gets_the_whole_time_again)
{
    if (!serve(_i, STALL_MS))
        return;
    int fd = connect_narrow();
    jam(server, fd, message);
    int64_t start_ns = clock_now_ns();
    take_until_more_comes(fd);
    int64_t taken_ns = clock_now_ns();
    send_until_reset(fd);
    ck_assert_int_ge(clock_ms_since(start_ns), STALL_MS);
    assert_took_less_than(taken_ns, STALL_MS + MARGIN_MS);
    close(fd);
    stat_await(server, SE_STAT_ACTIVE, 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_STALLED), 1);
    ck_assert_int_gt(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), 0);
    figures_end(server);
}
END_TEST

/** Takes a little of the echo every now and then. Returns false where this machine paused the test for so long that the
 * peer was stalled indeed. */
static bool take_slowly(int fd, const uint8_t *expected, size_t length, int64_t stall_ms, int64_t *took_ms_out)
{
    enum { LITTLE = 128 << 10, PAUSES = 8 };
    uint8_t *reply = bytes_new(length);
    int64_t start_ns = clock_now_ns();
    int64_t longest_ms = 0;
    size_t received = 0;
    for (int64_t count = 1; count > 0 && received < length; received += (size_t)count) {
        int64_t pause_start_ns = clock_now_ns();
        poll(NULL, 0, (int)stall_ms / PAUSES);
        size_t room = length - received < LITTLE ? length - received : LITTLE;
        count = io_receive(fd, reply + received, room);
        int64_t pause_ms = clock_ms_since(pause_start_ns);
        longest_ms = pause_ms > longest_ms ? pause_ms : longest_ms;
        if (count < 0)
            break;
    }
    bool undisturbed = longest_ms < stall_ms / 2;
    ck_assert(received == length || !undisturbed);
    assert_same_bytes(reply, expected, received);
    free(reply);
    *took_ms_out = clock_ms_since(start_ns);
    return undisturbed;
}

/** The buffers of this one grow to their usual size: the server's kernel takes more than a mebibyte from it before it
 * says that the server could send on. */
START_TEST(a_slow_reader_that_goes_on_reading_gets_everything)
{
    bool undisturbed = false;
    int64_t stall_ms = (int64_t)STALL_MS * environment_slow_factor();
    uint8_t *long_message = pattern_new(JAM_MOST, 2);
    for (int attempt = 0; attempt < 5 && !undisturbed; attempt++) {
        int64_t took_ms = 0;
        server = variant_new(_i);
        if (!server)
            break;
        ck_assert_int_eq(se_server_set_stall_timeout(server, stall_ms), 0);
        ck_assert_int_eq(se_server_start(server), 0);
        int fd = raw_connect(se_server_port(server));
        size_t sent = jam(server, fd, long_message);
        undisturbed = take_slowly(fd, long_message, sent, stall_ms, &took_ms);
        close(fd);
        stat_await(server, SE_STAT_ACTIVE, 0);
        ck_assert_int_gt(took_ms, undisturbed ? 2 * stall_ms : 0);
        ck_assert_int_ge(se_server_stat(server, SE_STAT_ORDERLY), undisturbed);
        figures_end(server);
    }
    ck_assert(undisturbed || !server);
    free(long_message);
}
END_TEST

START_TEST(others_are_served_and_keep_their_own_time)
{
    if (!serve(_i, STALL_MS))
        return;
    int idle_fd = raw_connect(se_server_port(server));
    int fd = connect_narrow();
    jam(server, fd, message);
    crowd_send(&idle_fd, 1);
    crowd_expect_echo(&idle_fd, 1);
    await_reset(fd);
    crowd_send(&idle_fd, 1);
    crowd_expect_echo(&idle_fd, 1);
    close(fd);
    close(idle_fd);
    stat_await(server, SE_STAT_ACTIVE, 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_STALLED), 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), 1);
    figures_end(server);
}
END_TEST

START_TEST(without_a_stall_timeout_nobody_is_reset)
{
    if (!serve(_i, SE_TIMEOUT_NONE))
        return;
    int fd = connect_narrow();
    size_t sent = jam(server, fd, message);
    ck_assert_int_eq(io_wait(fd, 0, STALL_MS), 0);
    raw_half_close(fd);
    raw_expect_bytes(fd, message, sent);
    raw_expect_fin(fd);
    close(fd);
    stat_await(server, SE_STAT_ORDERLY, 1);
    figures_end(server);
}
END_TEST

/** One chunk after the other, until the server, which runs only here, holds some of the last one. */
static size_t jam_by_runs(int fd)
{
    enum { CHUNK = 64 << 10 };
    size_t sent = 0;
    while (jam_held(server) == 0 && sent < JAM_NARROW_MOST) {
        raw_send(fd, message + sent, CHUNK);
        sent += CHUNK;
        int64_t start_ns = clock_now_ns();
        while (se_server_stat(server, SE_STAT_RECEIVED_BYTES) < (int64_t)sent &&
               clock_ms_since(start_ns) < environment_patience_ms())
            ck_assert_int_lt(se_server_run(server), 0);
    }
    ck_assert_int_gt(jam_held(server), 0);
    return sent;
}

/** While nobody ran the server, the peer took all that the kernel had for it: it did its part. */
START_TEST(bytes_taken_between_two_runs_are_progress)
{
    static const int64_t run_ms[] = {0, 5};
    server = jam_narrow_server_new(_i % VARIANTS);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_stall_timeout(server, STALL_MS), 0);
    ck_assert_int_eq(se_server_set_timeout(server, run_ms[_i / VARIANTS]), 0);
    int fd = connect_narrow();
    size_t sent = jam_by_runs(fd);
    size_t echoed = (size_t)se_server_stat(server, SE_STAT_ECHOED_BYTES);
    raw_expect_bytes(fd, message, echoed);
    poll(NULL, 0, STALL_MS + 100);
    for (int run = 0; run < 3; run++)
        ck_assert_int_lt(se_server_run(server), 0);
    raw_expect_bytes(fd, message + echoed, sent - echoed);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_STALLED), 0);
    close(fd);
    se_server_free(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stall timeout");
    TCase *tcase = fixture_add_tcase(suite, "peers that do not read");
    tcase_add_unchecked_fixture(tcase, make_message, free_message);
    tcase_add_loop_test(tcase, a_peer_that_takes_nothing_is_reset, 0, VARIANTS);
    tcase_add_loop_test(tcase, whoever_takes_something_gets_the_whole_time_again, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_slow_reader_that_goes_on_reading_gets_everything, 0, VARIANTS);
    tcase_add_loop_test(tcase, others_are_served_and_keep_their_own_time, 0, VARIANTS);
    tcase_add_loop_test(tcase, without_a_stall_timeout_nobody_is_reset, 0, VARIANTS);
    tcase_add_loop_test(tcase, bytes_taken_between_two_runs_are_progress, 0, 2 * VARIANTS);
    return fixture_run(suite);
}
