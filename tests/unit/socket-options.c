/* What a listener is told about peers that vanish, and what becomes of one that others share. */
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pair.h"
#include "system/socket.h"

static int listen_fd;

static void begin(void)
{
    listen_fd = pair_listen();
}

static void end(void)
{
    if (listen_fd >= 0)
        close(listen_fd);
}

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof(value);
    ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

/** Of the listener and of what it accepts alike. */
static void assert_option(int level, int name, int value)
{
    ck_assert_int_eq(option_of(listen_fd, level, name), value);
    struct pair pair = {.listen_fd = -1, .near = pair_connect(listen_fd)};
    pair.far = pair_accept(listen_fd);
    ck_assert_int_eq(option_of(pair.far, level, name), value);
    pair_close(&pair);
}

/** Six probes, which take as long again as the silence before the first. */
static const struct {
    int idle_s;
    int interval_s;
} silences[] = {{1, 1}, {5, 1}, {6, 1}, {11, 1}, {12, 2}, {60, 10}, {7200, 1200}};

START_TEST(a_peer_that_is_silent_is_asked_six_times)
{
    se__socket_set_vigilance(listen_fd, silences[_i].idle_s, -1);
    assert_option(SOL_SOCKET, SO_KEEPALIVE, 1);
    assert_option(IPPROTO_TCP, TCP_KEEPIDLE, silences[_i].idle_s);
    assert_option(IPPROTO_TCP, TCP_KEEPINTVL, silences[_i].interval_s);
    assert_option(IPPROTO_TCP, TCP_KEEPCNT, 6);
}
END_TEST

START_TEST(where_nobody_is_to_be_asked_nothing_is_told_to_the_kernel)
{
    static const int names[] = {TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT};
    int fresh_fd = pair_listen();
    se__socket_set_vigilance(listen_fd, 0, -1);
    assert_option(SOL_SOCKET, SO_KEEPALIVE, 0);
    for (int i = 0; i < 3; i++)
        assert_option(IPPROTO_TCP, names[i], option_of(fresh_fd, IPPROTO_TCP, names[i]));
    close(fresh_fd);
}
END_TEST

START_TEST(whoever_is_asked_can_be_left_alone_again)
{
    se__socket_set_vigilance(listen_fd, 12, -1);
    se__socket_set_vigilance(listen_fd, 0, -1);
    assert_option(SOL_SOCKET, SO_KEEPALIVE, 0);
}
END_TEST

START_TEST(a_time_that_the_kernel_cannot_count_is_left_to_the_kernel)
{
    static const struct {
        int64_t asked_ms;
        int told_ms;
    } times[] = {{.asked_ms = 1, .told_ms = 1}, {INT_MAX, INT_MAX}, {(int64_t)INT_MAX + 1, 0}, {-1, 0}, {INT64_MAX, 0}};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        se__socket_set_vigilance(listen_fd, 0, times[i].asked_ms);
        assert_option(IPPROTO_TCP, TCP_USER_TIMEOUT, times[i].told_ms);
    }
}
END_TEST

START_TEST(a_listener_that_is_closed_refuses_unless_others_share_it)
{
    bool is_shared = _i == 1;
    int duplicate = dup(listen_fd);
    ck_assert_int_ge(duplicate, 0);
    se__socket_close_listener(listen_fd, is_shared);
    listen_fd = duplicate;
    ck_assert_int_eq(option_of(duplicate, SOL_SOCKET, SO_ACCEPTCONN), is_shared);
    if (is_shared)
        assert_option(SOL_SOCKET, SO_OOBINLINE, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("what listeners are told");
    TCase *tcase = fixture_add_tcase(suite, "options");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_loop_test(tcase, a_peer_that_is_silent_is_asked_six_times, 0, sizeof(silences) / sizeof(silences[0]));
    tcase_add_test(tcase, where_nobody_is_to_be_asked_nothing_is_told_to_the_kernel);
    tcase_add_test(tcase, whoever_is_asked_can_be_left_alone_again);
    tcase_add_test(tcase, a_time_that_the_kernel_cannot_count_is_left_to_the_kernel);
    tcase_add_loop_test(tcase, a_listener_that_is_closed_refuses_unless_others_share_it, 0, 2);
    return fixture_run(suite);
}
