/* A server with several workers in its three modes, and its threads: which there are, and that they go. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "event-log.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"
#include "raw.h"
#include "storm.h"
#include "threads.h"

enum { WORKERS = 4, PEERS = 2 * WORKERS, SOON_MS = 2000, MIB = 1 << 20, RECEIVE_BUFFER = 4096 };

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct se_server *server;

static bool server_with(int poller, int64_t timeout_ms)
{
    if (!poller_available(poller))
        return false;
    server = server_new(poller);
    ck_assert_int_eq(se_server_set_workers(server, WORKERS), 0);
    ck_assert_int_eq(se_server_set_timeout(server, timeout_ms), 0);
    return true;
}

START_TEST(timeout_run_serves_for_that_long_and_keeps_the_connections_of_every_worker)
{
    enum { TIMEOUT_MS = 100, ROUNDS = 3 };
    if (!server_with(pollers[_i], TIMEOUT_MS))
        return;
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    for (int round = 0; round < ROUNDS; round++) {
        crowd_send(fds, PEERS);
        do {
            int64_t start_ns = clock_now_ns();
            ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
            ck_assert_int_ge(clock_ms_since(start_ns), TIMEOUT_MS);
            assert_took_less_than(start_ns, TIMEOUT_MS + SOON_MS);
        } while (!crowd_has_answers(fds, PEERS));
        crowd_expect_echo(fds, PEERS);
        ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), PEERS);
    }
    crowd_close(fds, PEERS);
    se_server_free(server);
}
END_TEST

START_TEST(started_server_goes_on_after_its_timeout)
{
    enum { TIMEOUT_MS = 100, ROUNDS = 2 };
    size_t threads = threads_count();
    if (!server_with(pollers[_i], TIMEOUT_MS))
        return;
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    for (int round = 0; round < ROUNDS; round++) {
        crowd_send(fds, PEERS);
        do {
            ck_assert_int_eq(se_server_start(server), 0);
            ck_assert_int_eq(se_server_join(server), -ETIMEDOUT);
            threads_await_at_most(threads);
        } while (!crowd_has_answers(fds, PEERS));
        crowd_expect_echo(fds, PEERS);
    }
    crowd_close(fds, PEERS);
    se_server_free(server);
}
END_TEST

/** The second connection is the second worker's. It has got FIN, but has not closed. The first worker has nobody
 * left when the time is over, and yet the server has. */
START_TEST(timeout_run_is_not_over_while_another_worker_drains)
{
    enum { TIMEOUT_MS = 100, RUNS = 3 };
    if (!server_with(pollers[_i], TIMEOUT_MS))
        return;
    int fd = raw_connect(se_server_port(server));
    int other_fd = raw_connect(se_server_port(server));
    while (se_server_stat(server, SE_STAT_ACCEPTED) < 2)
        ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    ck_assert_int_eq(se_server_stop(server), 0);
    close(fd);
    while (se_server_stat(server, SE_STAT_ACTIVE) > 1)
        ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    for (int run = 0; run < RUNS; run++) {
        ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
        ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), 1);
    }
    raw_expect_fin(other_fd);
    close(other_fd);
    ck_assert_int_eq(se_server_set_timeout(server, environment_patience_ms()), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    se_server_free(server);
}
END_TEST

static void assert_all_in(pthread_t thread, struct event_log *event_log)
{
    for (size_t i = 0; i < event_log_total(event_log); i++)
        ck_assert(pthread_equal(event_log_at(event_log, i).thread, thread));
}

START_TEST(non_blocking_run_serves_all_workers_in_the_thread_of_its_caller)
{
    enum { CALLS_MAX = 10, DELIVERY_MS = 50 };
    if (!server_with(pollers[_i], 0))
        return;
    struct event_log *event_log = event_log_new();
    event_log_attach(event_log, server);
    size_t threads = threads_count();
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    crowd_send(fds, PEERS);
    for (int i = 0, calls = 0; i < PEERS; i++) {
        for (; io_wait(fds[i], POLLIN, calls ? DELIVERY_MS : 0) == 0; calls++)
            ck_assert_int_eq(se_server_run(server), -EAGAIN);
        ck_assert_int_le(calls, CALLS_MAX);
    }
    crowd_expect_echo(fds, PEERS);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    crowd_expect_fin(fds, PEERS);
    ck_assert_uint_eq(threads_count(), threads);
    crowd_close(fds, PEERS);
    while (se_server_stat(server, SE_STAT_ACTIVE) > 0)
        ck_assert_int_eq(se_server_run(server), se_server_stat(server, SE_STAT_ACTIVE) > 0 ? -EAGAIN : 0);
    ck_assert_int_eq(se_server_run(server), 0);
    ck_assert_uint_eq(event_log_count(event_log, SE_EVENT_CLOSED), PEERS);
    assert_all_in(pthread_self(), event_log);
    se_server_free(server);
    event_log_free(event_log);
}
END_TEST

START_TEST(free_ends_all_workers_and_their_threads)
{
    size_t threads = threads_count();
    if (!server_with(pollers[_i], SE_TIMEOUT_NONE))
        return;
    size_t most = environment_length(64 * MIB);
    uint8_t *message = pattern_new(most, 1);
    int fds[PEERS];
    ck_assert_int_eq(se_server_start(server), 0);
    crowd_connect(fds, PEERS, se_server_port(server));
    crowd_send(fds, PEERS);
    crowd_expect_echo(fds, PEERS);
    int slow_fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(slow_fd, message, most);
    int64_t start_ns = clock_now_ns();
    se_server_free(server);
    assert_took_less_than(start_ns, SOON_MS);
    threads_await_at_most(threads);
    crowd_expect_fin(fds, PEERS);
    ck_assert_uint_lt(raw_expect_reset(slow_fd), sent);
    crowd_close(fds, PEERS);
    close(slow_fd);
    free(message);
}
END_TEST

START_TEST(server_that_has_not_run_can_be_freed)
{
    if (!server_with(pollers[_i], SE_TIMEOUT_NONE))
        return;
    int fd = raw_connect(se_server_port(server));
    se_server_free(server);
    raw_expect_reset(fd);
    close(fd);
}
END_TEST

START_TEST(stopped_server_ends_at_once_when_it_is_started_again)
{
    if (!server_with(pollers[_i], SE_TIMEOUT_NONE))
        return;
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(se_server_port(server));
    for (int run = 0; run < 3; run++) {
        ck_assert_int_eq(se_server_stop(server), 0);
        ck_assert_int_eq(se_server_join(server), 0);
        ck_assert_int_eq(se_server_start(server), 0);
    }
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    se_server_free(server);
}
END_TEST

START_TEST(mode_can_be_changed_between_runs)
{
    enum { TIMEOUT_MS = 50 };
    if (!server_with(pollers[_i], TIMEOUT_MS))
        return;
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_set_blocking(server, 1), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    crowd_send(fds, PEERS);
    crowd_expect_echo(fds, PEERS);
    crowd_close(fds, PEERS);
    server_end(server);
}
END_TEST

START_TEST(threads_of_all_workers_take_no_signals)
{
    sigset_t alarm_signal;
    int taken = 0;
    if (!server_with(pollers[_i], SE_TIMEOUT_NONE))
        return;
    ck_assert_int_eq(se_server_start(server), 0);
    sigemptyset(&alarm_signal);
    sigaddset(&alarm_signal, SIGALRM);
    ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &alarm_signal, NULL), 0);
    storm_begin(0);
    for (int i = 0; i < PEERS; i++)
        raw_assert_served(se_server_port(server));
    ck_assert_int_eq(sigwait(&alarm_signal, &taken), 0);
    ck_assert_int_eq(taken, SIGALRM);
    ck_assert_int_eq(storm_signals(), 0);
    ck_assert_int_eq(pthread_sigmask(SIG_UNBLOCK, &alarm_signal, NULL), 0);
    storm_end();
    server_end(server);
}
END_TEST

START_TEST(idle_limit_holds_in_every_worker)
{
    enum { IDLE_MS = 300 };
    if (!server_with(pollers[_i], SE_TIMEOUT_NONE))
        return;
    ck_assert_int_eq(se_server_set_idle_timeout(server, IDLE_MS), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int fds[WORKERS];
    int64_t start_ns = clock_now_ns();
    crowd_connect(fds, WORKERS, se_server_port(server));
    crowd_expect_fin(fds, WORKERS);
    ck_assert_int_ge(clock_ms_since(start_ns), IDLE_MS - 1);
    assert_took_less_than(start_ns, IDLE_MS + SOON_MS);
    crowd_close(fds, WORKERS);
    server_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("modes of several workers");
    TCase *tcase = fixture_add_tcase(suite, "run, start and free");
    tcase_add_loop_test(tcase, timeout_run_serves_for_that_long_and_keeps_the_connections_of_every_worker, 0, POLLERS);
    tcase_add_loop_test(tcase, started_server_goes_on_after_its_timeout, 0, POLLERS);
    tcase_add_loop_test(tcase, timeout_run_is_not_over_while_another_worker_drains, 0, POLLERS);
    tcase_add_loop_test(tcase, non_blocking_run_serves_all_workers_in_the_thread_of_its_caller, 0, POLLERS);
    tcase_add_loop_test(tcase, free_ends_all_workers_and_their_threads, 0, POLLERS);
    tcase_add_loop_test(tcase, server_that_has_not_run_can_be_freed, 0, POLLERS);
    tcase_add_loop_test(tcase, stopped_server_ends_at_once_when_it_is_started_again, 0, POLLERS);
    tcase_add_loop_test(tcase, mode_can_be_changed_between_runs, 0, POLLERS);
    tcase_add_loop_test(tcase, threads_of_all_workers_take_no_signals, 0, POLLERS);
    tcase_add_loop_test(tcase, idle_limit_holds_in_every_worker, 0, POLLERS);
    return fixture_run(suite);
}
