/* What comes after the server's FIN: it waits for that of the peer, so that no late byte turns the tail of the echo
 * into a reset, but not for ever. Here the idle timeout is what makes the server send FIN first. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
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

enum { IDLE_MS = 200, LINGER_MS = 200, TIMES_IN_ALL = 6, MARGIN_MS = 2000, LENGTH = 100000 };

static struct se_server *server;

static bool serve(int variant, int64_t linger_ms)
{
    server = variant_new(variant);
    if (!server)
        return false;
    ck_assert_int_eq(se_server_set_idle_timeout(server, IDLE_MS), 0);
    ck_assert_int_eq(se_server_set_linger_timeout(server, linger_ms), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    return true;
}

/** Waits until the server has closed its descriptor. */
static void await_close(void)
{
    stat_await(server, SE_STAT_ACTIVE, 0);
}

/** The server has closed for good: what the peer sends now is answered with RST. */
static void assert_gone(int fd)
{
    raw_send(fd, crowd_message, crowd_message_length);
    ck_assert_int_ne(io_wait(fd, 0, environment_patience_ms()) & (POLLERR | POLLHUP), 0);
    close(fd);
}

START_TEST(a_peer_that_stays_silent_after_fin_is_let_go)
{
    if (!serve(_i, LINGER_MS))
        return;
    int64_t start_ns = clock_now_ns();
    int fd = raw_connect(se_server_port(server));
    raw_expect_fin(fd);
    int64_t fin_ns = clock_now_ns();
    await_close();
    ck_assert_int_ge(clock_ms_since(start_ns), IDLE_MS + LINGER_MS);
    assert_took_less_than(fin_ns, LINGER_MS + MARGIN_MS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_IDLE), 1);
    assert_gone(fd);
    figures_end(server);
}
END_TEST

/** Sends a byte every now and then until the server resets. Returns how many bytes went. */
static size_t send_until_reset(int fd, int pause_ms)
{
    size_t sent = 0;
    int64_t start_ns = clock_now_ns();
    while (send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) {
        ck_assert_int_lt(clock_ms_since(start_ns), environment_patience_ms());
        sent++;
        poll(NULL, 0, pause_ms);
    }
    ck_assert(errno == ECONNRESET || errno == EPIPE);
    return sent;
}

/** Cut, if a byte came in between the last one that the server dropped and the end. */
static void assert_ended_while_it_sent(void)
{
    ck_assert_int_eq(se_server_stat(server, SE_STAT_IDLE) + se_server_stat(server, SE_STAT_DRAIN), 1);
}

START_TEST(a_peer_that_goes_on_sending_has_six_times_as_long_in_all)
{
    if (!serve(_i, LINGER_MS))
        return;
    int fd = raw_connect(se_server_port(server));
    raw_expect_fin(fd);
    int64_t fin_ns = clock_now_ns();
    size_t late = send_until_reset(fd, LINGER_MS / 10);
    ck_assert_int_gt(clock_ms_since(fin_ns), 2 * LINGER_MS);
    assert_took_less_than(fin_ns, TIMES_IN_ALL * LINGER_MS + MARGIN_MS);
    await_close();
    assert_ended_while_it_sent();
    ck_assert_int_gt(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), 0);
    ck_assert_int_le(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), (int64_t)late);
    close(fd);
    figures_end(server);
}
END_TEST

/** It has not read a byte when FIN is on its way, and goes on sending before it reads. */
START_TEST(bytes_that_come_after_fin_cost_nothing_of_the_echo)
{
    enum { LATE = 20, LONG_LINGER_MS = 10 * MARGIN_MS };
    if (!serve(_i, LONG_LINGER_MS))
        return;
    uint8_t *message = pattern_new(LENGTH, 1);
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, LENGTH);
    stat_await(server, SE_STAT_ECHOED_BYTES, LENGTH);
    ck_assert_int_eq(io_wait(fd, POLLRDHUP, environment_patience_ms()), POLLRDHUP);
    for (int i = 0; i < LATE; i++) {
        raw_send(fd, message, 1);
        poll(NULL, 0, LINGER_MS / 20);
    }
    raw_expect_bytes(fd, message, LENGTH);
    raw_expect_fin(fd);
    close(fd);
    await_close();
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ECHOED_BYTES), LENGTH);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_IDLE), 1);
    free(message);
    figures_end(server);
}
END_TEST

START_TEST(the_end_of_the_peer_ends_the_wait)
{
    if (!serve(_i, 100 * MARGIN_MS))
        return;
    int fds[2];
    crowd_connect(fds, 2, se_server_port(server));
    crowd_expect_fin(fds, 2);
    int64_t start_ns = clock_now_ns();
    close(fds[0]);
    io_reset(fds[1]);
    await_close();
    assert_took_less_than(start_ns, MARGIN_MS);
    figures_end(server);
}
END_TEST

START_TEST(without_a_linger_timeout_the_server_waits_on)
{
    if (!serve(_i, SE_TIMEOUT_NONE))
        return;
    int fd = raw_connect(se_server_port(server));
    raw_expect_fin(fd);
    for (int i = 0; i < 4; i++) {
        raw_send(fd, crowd_message, 1);
        ck_assert_int_eq(io_wait(fd, 0, LINGER_MS / 2), 0);
        ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), 1);
    }
    close(fd);
    await_close();
    figures_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linger timeout");
    TCase *tcase = fixture_add_tcase(suite, "after the server's FIN");
    tcase_add_loop_test(tcase, a_peer_that_stays_silent_after_fin_is_let_go, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_peer_that_goes_on_sending_has_six_times_as_long_in_all, 0, VARIANTS);
    tcase_add_loop_test(tcase, bytes_that_come_after_fin_cost_nothing_of_the_echo, 0, VARIANTS);
    tcase_add_loop_test(tcase, the_end_of_the_peer_ends_the_wait, 0, VARIANTS);
    tcase_add_loop_test(tcase, without_a_linger_timeout_the_server_waits_on, 0, VARIANTS);
    return fixture_run(suite);
}
