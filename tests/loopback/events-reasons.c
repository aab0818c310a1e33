/* Each way in which a connection can end, as the callback hears of it and as the figures count it. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "descriptors.h"
#include "endpoints.h"
#include "event-log.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"
#include "raw.h"

enum { MIB = 1 << 20, MOST = 64 * MIB, RECEIVE_BUFFER = 4096, LIMIT_MS = 300 };

static const uint8_t message[] = "why does it end?";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct se_server *server;
static struct event_log *event_log;

static bool log_with(int poller)
{
    if (!poller_available(poller))
        return false;
    server = server_new(poller);
    event_log = event_log_new();
    event_log_attach(event_log, server);
    return true;
}

static void start(void)
{
    ck_assert_int_eq(se_server_start(server), 0);
}

static void end(void)
{
    server_end(server);
    event_log_free(event_log);
}

/** A peer that has got its bytes back and keeps still. */
static int connect_idle(void)
{
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, sizeof(message));
    raw_expect_bytes(fd, message, sizeof(message));
    return fd;
}

/** A peer that has sent more than it and the kernel take back, and does not read. Tells how much it sent. */
static int connect_stuck(size_t *sent_out)
{
    uint8_t *bytes = pattern_new(MOST, 1);
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    *sent_out = raw_send_until_full(fd, bytes, MOST);
    free(bytes);
    return fd;
}

/** Awaits the end of the only connection and asserts its reason, also among the figures. */
static struct event_record await_end(int reason)
{
    event_log_await(event_log, SE_EVENT_CLOSED, 1);
    struct event_record closed = event_log_nth(event_log, SE_EVENT_CLOSED, 0);
    ck_assert_int_eq(closed.reason, reason);
    return closed;
}

/** The server has ended: the figures are those of the one connection. */
static void assert_figures(const struct event_record *closed)
{
    static const int reasons[] = {SE_STAT_ORDERLY, SE_STAT_STALLED, SE_STAT_IDLE,
                                  SE_STAT_RESET,   SE_STAT_DRAIN,   SE_STAT_MEMORY};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        ck_assert_int_eq(se_server_stat(server, reasons[i]), reasons[i] == closed->reason);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_RECEIVED_BYTES), closed->received);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ECHOED_BYTES), closed->echoed);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), closed->received - closed->echoed);
}

static void join_and_assert(const struct event_record *closed)
{
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    assert_figures(closed);
    se_server_free(server);
    event_log_free(event_log);
}

static void assert_all_came_back(const struct event_record *closed)
{
    ck_assert_int_eq(closed->received, sizeof(message));
    ck_assert_int_eq(closed->echoed, sizeof(message));
}

static void assert_some_was_given_up(const struct event_record *closed, size_t sent)
{
    ck_assert_int_gt(closed->received, closed->echoed);
    ck_assert_int_le(closed->received, (int64_t)sent);
}

START_TEST(peer_that_half_closes_ends_in_order)
{
    if (!log_with(pollers[_i]))
        return;
    start();
    raw_exchange(raw_connect(se_server_port(server)), message, sizeof(message), sizeof(message));
    struct event_record closed = await_end(SE_STAT_ORDERLY);
    assert_all_came_back(&closed);
    join_and_assert(&closed);
}
END_TEST

START_TEST(peer_that_takes_its_fin_after_a_stop_ends_in_order)
{
    if (!log_with(pollers[_i]))
        return;
    start();
    int fd = connect_idle();
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(fd);
    close(fd);
    struct event_record closed = await_end(SE_STAT_ORDERLY);
    assert_all_came_back(&closed);
    ck_assert_int_eq(se_server_join(server), 0);
    assert_figures(&closed);
    se_server_free(server);
    event_log_free(event_log);
}
END_TEST

START_TEST(peer_that_resets_is_counted_as_reset)
{
    if (!log_with(pollers[_i]))
        return;
    start();
    io_reset(connect_idle());
    struct event_record closed = await_end(SE_STAT_RESET);
    assert_all_came_back(&closed);
    join_and_assert(&closed);
}
END_TEST

START_TEST(peer_that_resets_with_bytes_unsent_is_counted_as_reset)
{
    if (!log_with(pollers[_i]))
        return;
    size_t sent = 0;
    start();
    io_reset(connect_stuck(&sent));
    struct event_record closed = await_end(SE_STAT_RESET);
    assert_some_was_given_up(&closed, sent);
    join_and_assert(&closed);
}
END_TEST

START_TEST(peer_that_keeps_still_is_counted_as_idle)
{
    if (!log_with(pollers[_i]))
        return;
    ck_assert_int_eq(se_server_set_idle_timeout(server, LIMIT_MS), 0);
    start();
    int fd = connect_idle();
    raw_expect_fin(fd);
    close(fd);
    struct event_record closed = await_end(SE_STAT_IDLE);
    assert_all_came_back(&closed);
    join_and_assert(&closed);
}
END_TEST

START_TEST(peer_that_does_not_read_is_counted_as_stalled)
{
    if (!log_with(pollers[_i]))
        return;
    ck_assert_int_eq(se_server_set_stall_timeout(server, LIMIT_MS), 0);
    start();
    uint8_t *bytes = pattern_new(MOST, 1);
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    ck_assert_int_eq(io_send(fd, bytes, MOST, 0), -ECONNRESET);
    close(fd);
    struct event_record closed = await_end(SE_STAT_STALLED);
    assert_some_was_given_up(&closed, MOST);
    join_and_assert(&closed);
    free(bytes);
}
END_TEST

START_TEST(peer_that_a_second_stop_cuts_is_counted_as_drain)
{
    if (!log_with(pollers[_i]))
        return;
    size_t sent = 0;
    start();
    int fd = connect_stuck(&sent);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    struct event_record closed = await_end(SE_STAT_DRAIN);
    assert_some_was_given_up(&closed, sent);
    raw_expect_reset(fd);
    close(fd);
    join_and_assert(&closed);
}
END_TEST

START_TEST(peer_that_the_drain_timeout_cuts_is_counted_as_drain)
{
    if (!log_with(pollers[_i]))
        return;
    size_t sent = 0;
    ck_assert_int_eq(se_server_set_drain_timeout(server, LIMIT_MS), 0);
    start();
    int fd = connect_stuck(&sent);
    ck_assert_int_eq(se_server_stop(server), 0);
    struct event_record closed = await_end(SE_STAT_DRAIN);
    assert_some_was_given_up(&closed, sent);
    raw_expect_reset(fd);
    close(fd);
    join_and_assert(&closed);
}
END_TEST

START_TEST(peer_that_free_cuts_is_counted_as_drain)
{
    if (!log_with(pollers[_i]))
        return;
    size_t sent = 0;
    start();
    int fd = connect_stuck(&sent);
    se_server_free(server);
    ck_assert_uint_eq(event_log_count(event_log, SE_EVENT_CLOSED), 1);
    struct event_record closed = await_end(SE_STAT_DRAIN);
    assert_some_was_given_up(&closed, sent);
    raw_expect_reset(fd);
    close(fd);
    event_log_free(event_log);
}
END_TEST

/** The server does not run: the thread that frees it hears of it. */
START_TEST(peer_that_misses_nothing_when_the_server_is_freed_ends_in_order)
{
    if (!log_with(pollers[_i]))
        return;
    ck_assert_int_eq(se_server_set_timeout(server, LIMIT_MS), 0);
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, sizeof(message));
    while (se_server_stat(server, SE_STAT_ECHOED_BYTES) == 0)
        ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    ck_assert_uint_eq(event_log_count(event_log, SE_EVENT_OPENED), 1);
    raw_expect_bytes(fd, message, sizeof(message));
    se_server_free(server);
    ck_assert_uint_eq(event_log_count(event_log, SE_EVENT_CLOSED), 1);
    struct event_record closed = await_end(SE_STAT_ORDERLY);
    assert_all_came_back(&closed);
    raw_expect_fin(fd);
    close(fd);
    event_log_free(event_log);
}
END_TEST

/** poll(2) takes no more entries than the limit of descriptors, which can be lowered behind a server's back. Those
 * that it has to give up for that end for lack of room. */
START_TEST(peer_that_is_shed_is_counted_as_memory)
{
    enum { PEERS = 6, ENTRIES = 6 };
    struct rlimit before;
    if (!log_with(SE_POLLER_POLL))
        return;
    start();
    int fds[PEERS];
    for (int i = 0; i < PEERS; i++)
        fds[i] = connect_idle();
    if (descriptors_limit(ENTRIES, &before)) {
        raw_send(fds[0], message, sizeof(message));
        event_log_await(event_log, SE_EVENT_CLOSED, 1);
        descriptors_restore(&before);
        ck_assert_int_eq(event_log_nth(event_log, SE_EVENT_CLOSED, 0).reason, SE_STAT_MEMORY);
        raw_assert_served(se_server_port(server));
        ck_assert_int_ge(se_server_stat(server, SE_STAT_MEMORY), 1);
    }
    for (int i = 0; i < PEERS; i++)
        close(fds[i]);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reasons of an end");
    TCase *tcase = fixture_add_tcase(suite, "closed");
    tcase_add_loop_test(tcase, peer_that_half_closes_ends_in_order, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_takes_its_fin_after_a_stop_ends_in_order, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_resets_is_counted_as_reset, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_resets_with_bytes_unsent_is_counted_as_reset, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_keeps_still_is_counted_as_idle, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_does_not_read_is_counted_as_stalled, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_a_second_stop_cuts_is_counted_as_drain, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_the_drain_timeout_cuts_is_counted_as_drain, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_free_cuts_is_counted_as_drain, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_misses_nothing_when_the_server_is_freed_ends_in_order, 0, POLLERS);
    tcase_add_test(tcase, peer_that_is_shed_is_counted_as_memory);
    return fixture_run(suite);
}
