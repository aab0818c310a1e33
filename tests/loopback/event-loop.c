/* A server in an event loop of the caller's own: its descriptor is readable exactly when there is something to do,
 * and its next timeout tells when there will be. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"
#include "raw.h"

enum { IDLE_MS = 500, MARGIN_MS = 5, MIB = 1 << 20 };

static const uint8_t message[] = "in a loop of your own";

static struct se_server *server;
static int server_fd;

/** Without epoll there is no such descriptor, and nothing to test. */
static bool loop_begin(void)
{
    if (!poller_available(SE_POLLER_EPOLL))
        return false;
    server = server_new(SE_POLLER_EPOLL);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_set_idle_timeout(server, IDLE_MS), 0);
    server_fd = se_server_fd(server);
    ck_assert_int_ge(server_fd, 0);
    return true;
}

static bool has_something_to_do(void)
{
    return io_wait(server_fd, POLLIN, 0) > 0;
}

/** Waits until the descriptor is readable, and then serves until it is not: one call must do. */
static void serve_what_comes(void)
{
    ck_assert_int_gt(io_wait(server_fd, POLLIN, environment_patience_ms()), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert(!has_something_to_do());
}

START_TEST(descriptor_is_readable_when_a_peer_comes)
{
    if (!loop_begin())
        return;
    ck_assert(!has_something_to_do());
    int fd = raw_connect(se_server_port(server));
    serve_what_comes();
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), 1);
    close(fd);
    se_server_free(server);
}
END_TEST

/** One run serves all that is ready, also what accepting brings to light. */
START_TEST(one_run_serves_a_peer_that_comes_with_bytes)
{
    if (!loop_begin())
        return;
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, sizeof(message));
    ck_assert_uint_eq(raw_count_arrived(fd, sizeof(message)), sizeof(message));
    serve_what_comes();
    raw_expect_bytes(fd, message, sizeof(message));
    close(fd);
    se_server_free(server);
}
END_TEST

START_TEST(descriptor_is_readable_when_bytes_come)
{
    if (!loop_begin())
        return;
    int fd = raw_connect(se_server_port(server));
    serve_what_comes();
    for (int round = 0; round < 3; round++) {
        raw_send(fd, message, sizeof(message));
        serve_what_comes();
        raw_expect_bytes(fd, message, sizeof(message));
        ck_assert(!has_something_to_do());
    }
    close(fd);
    se_server_free(server);
}
END_TEST

START_TEST(descriptor_is_readable_when_a_peer_ends)
{
    if (!loop_begin())
        return;
    int fd = raw_connect(se_server_port(server));
    serve_what_comes();
    close(fd);
    serve_what_comes();
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), 1);
    fd = raw_connect(se_server_port(server));
    serve_what_comes();
    io_reset(fd);
    serve_what_comes();
    ck_assert_int_eq(se_server_stat(server, SE_STAT_RESET), 1);
    se_server_free(server);
}
END_TEST

/** While the peer does not read, more of its bytes are nothing to do; when it reads, there is. */
START_TEST(descriptor_is_readable_when_a_slow_peer_reads)
{
    enum { MOST = 64 * MIB, RECEIVE_BUFFER = 4096 };
    if (!loop_begin())
        return;
    ck_assert_int_eq(se_server_set_idle_timeout(server, SE_TIMEOUT_NONE), 0);
    uint8_t *bytes = pattern_new(MOST, 1);
    uint8_t *reply = bytes_new(MOST);
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(fd, bytes, MOST);
    while (has_something_to_do()) {
        ck_assert_int_eq(se_server_run(server), -EAGAIN);
        sent += raw_send_until_full(fd, bytes + sent, MOST - sent);
    }
    int64_t echoed = se_server_stat(server, SE_STAT_ECHOED_BYTES);
    ck_assert_int_eq(io_receive(fd, reply, (size_t)echoed / 2), echoed / 2);
    ck_assert_int_gt(io_wait(server_fd, POLLIN, environment_patience_ms()), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_gt(se_server_stat(server, SE_STAT_ECHOED_BYTES), echoed);
    assert_same_bytes(reply, bytes, (size_t)echoed / 2);
    close(fd);
    se_server_free(server);
    free(reply);
    free(bytes);
}
END_TEST

START_TEST(descriptor_is_readable_after_a_stop)
{
    if (!loop_begin())
        return;
    int fd = raw_connect(se_server_port(server));
    serve_what_comes();
    ck_assert_int_eq(se_server_stop(server), 0);
    serve_what_comes();
    raw_expect_fin(fd);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert(has_something_to_do());
    ck_assert_int_eq(se_server_run(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    close(fd);
    se_server_free(server);
}
END_TEST

START_TEST(nothing_is_due_before_the_first_run)
{
    struct se_server *idle = server_new(SE_POLLER_POLL);
    ck_assert_int_eq(se_server_next_timeout(idle), SE_TIMEOUT_NONE);
    se_server_free(idle);
}
END_TEST

START_TEST(nothing_is_due_without_connections)
{
    if (!loop_begin())
        return;
    ck_assert_int_eq(se_server_next_timeout(server), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_next_timeout(server), SE_TIMEOUT_NONE);
    se_server_free(server);
}
END_TEST

START_TEST(next_timeout_counts_down_to_the_idle_limit)
{
    if (!loop_begin())
        return;
    int fd = raw_connect(se_server_port(server));
    serve_what_comes();
    int64_t before_ns = clock_now_ns();
    int64_t first_ms = se_server_next_timeout(server);
    int64_t after_ns = clock_now_ns();
    ck_assert_int_gt(first_ms, 0);
    ck_assert_int_le(first_ms, IDLE_MS + MARGIN_MS);
    for (int64_t left_ms = first_ms; left_ms > 0; poll(NULL, 0, 20)) {
        int64_t most_ms = first_ms - clock_ms_since(after_ns) + 1;
        left_ms = se_server_next_timeout(server);
        int64_t least_ms = first_ms - clock_ms_since(before_ns) - 2;
        ck_assert_int_ge(left_ms, least_ms > 0 ? least_ms : 0);
        ck_assert_int_le(left_ms, most_ms > 0 ? most_ms : 0);
    }
    ck_assert(!has_something_to_do());
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    raw_expect_fin(fd);
    close(fd);
    se_server_free(server);
}
END_TEST

START_TEST(bytes_put_the_next_timeout_off)
{
    if (!loop_begin())
        return;
    int fd = raw_connect(se_server_port(server));
    serve_what_comes();
    while (se_server_next_timeout(server) > IDLE_MS / 2)
        poll(NULL, 0, 20);
    raw_send(fd, message, sizeof(message));
    int64_t start_ns = clock_now_ns();
    serve_what_comes();
    int64_t left_ms = se_server_next_timeout(server);
    ck_assert_int_ge(left_ms, IDLE_MS - clock_ms_since(start_ns) - MARGIN_MS);
    close(fd);
    se_server_free(server);
}
END_TEST

START_TEST(poll_and_several_workers_have_no_descriptor)
{
    struct se_server *polling = server_new(SE_POLLER_POLL);
    ck_assert_int_eq(se_server_fd(polling), -ENOSYS);
    ck_assert_int_eq(se_server_set_poller(polling, SE_POLLER_AUTO), 0);
    ck_assert_int_eq(se_server_set_workers(polling, 2), 0);
    ck_assert_int_eq(se_server_fd(polling), -ENOSYS);
    ck_assert_int_eq(se_server_fd(NULL), -EINVAL);
    ck_assert_int_eq(se_server_next_timeout(NULL), -EINVAL);
    se_server_free(polling);
}
END_TEST

/** The descriptor is the poller's, which therefore cannot be changed any more. */
START_TEST(descriptor_fixes_poller_and_workers_and_stays_the_same)
{
    if (!loop_begin())
        return;
    ck_assert_int_eq(se_server_set_poller(server, SE_POLLER_POLL), -EBUSY);
    ck_assert_int_eq(se_server_set_workers(server, 2), -EBUSY);
    ck_assert_int_eq(se_server_set_callback(server, NULL, NULL), -EBUSY);
    ck_assert_int_eq(se_server_set_idle_timeout(server, IDLE_MS), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_fd(server), server_fd);
    ck_assert_int_eq(se_server_set_blocking(server, 1), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_server_fd(server), -EBUSY);
    ck_assert_int_eq(se_server_next_timeout(server), -EBUSY);
    server_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a server in the caller's event loop");
    TCase *tcase = fixture_add_tcase(suite, "descriptor and timeout");
    tcase_add_test(tcase, descriptor_is_readable_when_a_peer_comes);
    tcase_add_test(tcase, one_run_serves_a_peer_that_comes_with_bytes);
    tcase_add_test(tcase, descriptor_is_readable_when_bytes_come);
    tcase_add_test(tcase, descriptor_is_readable_when_a_peer_ends);
    tcase_add_test(tcase, descriptor_is_readable_when_a_slow_peer_reads);
    tcase_add_test(tcase, descriptor_is_readable_after_a_stop);
    tcase_add_test(tcase, nothing_is_due_before_the_first_run);
    tcase_add_test(tcase, nothing_is_due_without_connections);
    tcase_add_test(tcase, next_timeout_counts_down_to_the_idle_limit);
    tcase_add_test(tcase, bytes_put_the_next_timeout_off);
    tcase_add_test(tcase, poll_and_several_workers_have_no_descriptor);
    tcase_add_test(tcase, descriptor_fixes_poller_and_workers_and_stays_the_same);
    return fixture_run(suite);
}
