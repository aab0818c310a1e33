/* Ways to stop a server and to end its thread: before the run, from a thread, from a signal handler, twice, by free. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "endpoints.h"
#include "fixture.h"
#include "raw.h"
#include "storm.h"

enum { SOON_MS = 2000 };

static const uint8_t message[] = "served until stopped";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

START_TEST(stop_before_the_run_is_not_lost)
{
    const int64_t timeouts_ms[] = {SE_TIMEOUT_NONE, 0, 60000};
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_timeout(server, timeouts_ms[_i]), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_run(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    assert_took_less_than(start_ns, SOON_MS);
    se_server_free(server);
}
END_TEST

START_TEST(stop_before_the_start_is_not_lost)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    se_server_free(server);
}
END_TEST

START_TEST(stopped_server_accepts_nobody_any_more)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    int port = se_server_port(server);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    struct se_client *client = client_new(SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_connect(client, NULL, port), -ECONNREFUSED);
    ck_assert_int_eq(se_server_port(server), port);
    se_client_free(client);
    se_server_free(server);
}
END_TEST

static void *stop(void *server)
{
    for (int call = 0; call < 100; call++)
        se_server_stop(server);
    return NULL;
}

START_TEST(server_may_be_stopped_from_several_threads_at_once)
{
    enum { THREADS = 4 };
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_new(pollers[_i]);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, stop, server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    se_server_free(server);
}
END_TEST

static struct se_server *server_of_handler;
static volatile sig_atomic_t errno_after_stop;

static void stop_in_handler(int signal_number)
{
    (void)signal_number;
    int errno_of_interrupted = errno;
    errno = ERANGE;
    se_server_stop(server_of_handler);
    errno_after_stop = errno;
    errno = errno_of_interrupted;
}

static void stop_by_signal_in_ms(int delay_ms, int sa_flags)
{
    struct sigaction action = {.sa_handler = stop_in_handler, .sa_flags = sa_flags};
    sigemptyset(&action.sa_mask);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    struct itimerval timer = {.it_value = {.tv_usec = (suseconds_t)delay_ms * 1000}};
    ck_assert_int_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

START_TEST(signal_handler_may_stop_the_run_that_it_interrupts)
{
    const int flags[] = {0, SA_RESTART};
    if (!poller_available(pollers[_i % POLLERS]))
        return;
    server_of_handler = server_new(pollers[_i % POLLERS]);
    errno_after_stop = 0;
    stop_by_signal_in_ms(50, flags[_i / POLLERS]);
    ck_assert_int_eq(se_server_run(server_of_handler), 0);
    ck_assert_int_eq(errno_after_stop, ERANGE);
    ck_assert(signal(SIGALRM, SIG_DFL) != SIG_ERR);
    se_server_free(server_of_handler);
}
END_TEST

/** The pipe or counter behind stop has an end; a stop that finds it full must neither wait nor touch errno. */
START_TEST(stop_may_be_called_any_number_of_times)
{
    enum { CALLS = 100000 };
    struct se_server *server = server_new(SE_POLLER_AUTO);
    errno = ERANGE;
    for (int call = 0; call < CALLS; call++)
        ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(errno, ERANGE);
    ck_assert_int_eq(se_server_run(server), 0);
    se_server_free(server);
}
END_TEST

START_TEST(thread_of_a_started_server_takes_no_signals)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    sigset_t alarm_signal;
    sigemptyset(&alarm_signal);
    sigaddset(&alarm_signal, SIGALRM);
    ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &alarm_signal, NULL), 0);
    storm_begin(0);
    for (int i = 0; i < 50; i++)
        raw_assert_served(se_server_port(server));
    int taken = 0;
    ck_assert_int_eq(sigwait(&alarm_signal, &taken), 0);
    ck_assert_int_eq(taken, SIGALRM);
    ck_assert_int_eq(storm_signals(), 0);
    ck_assert_int_eq(pthread_sigmask(SIG_UNBLOCK, &alarm_signal, NULL), 0);
    storm_end();
    server_end(server);
}
END_TEST

START_TEST(join_needs_a_start)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_join(server), -EINVAL);
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_eq(se_server_join(server), -EINVAL);
    se_server_free(server);
}
END_TEST

START_TEST(start_is_refused_until_the_server_is_joined)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_start(server), -EBUSY);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_start(server), -EBUSY);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    se_server_free(server);
}
END_TEST

START_TEST(free_cuts_and_joins_a_running_server)
{
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_started(pollers[_i]);
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, sizeof(message));
    raw_expect_bytes(fd, message, sizeof(message));
    int64_t start_ns = clock_now_ns();
    se_server_free(server);
    assert_took_less_than(start_ns, SOON_MS);
    raw_expect_fin(fd);
    close(fd);
}
END_TEST

START_TEST(free_needs_no_run)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    int fd = raw_connect(se_server_port(server));
    se_server_free(server);
    close(fd);
    se_server_free(NULL);
}
END_TEST

START_TEST(free_ends_connections_between_two_runs)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_timeout(server, 100), 0);
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, sizeof(message));
    ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    raw_expect_bytes(fd, message, sizeof(message));
    se_server_free(server);
    raw_expect_fin(fd);
    close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stop, start, join, free");
    TCase *tcase = fixture_add_tcase(suite, "life of a server");
    tcase_add_loop_test(tcase, stop_before_the_run_is_not_lost, 0, 3);
    tcase_add_test(tcase, stop_before_the_start_is_not_lost);
    tcase_add_test(tcase, stopped_server_accepts_nobody_any_more);
    tcase_add_loop_test(tcase, server_may_be_stopped_from_several_threads_at_once, 0, POLLERS);
    tcase_add_loop_test(tcase, signal_handler_may_stop_the_run_that_it_interrupts, 0, 2 * POLLERS);
    tcase_add_test(tcase, stop_may_be_called_any_number_of_times);
    tcase_add_test(tcase, thread_of_a_started_server_takes_no_signals);
    tcase_add_test(tcase, join_needs_a_start);
    tcase_add_test(tcase, start_is_refused_until_the_server_is_joined);
    tcase_add_loop_test(tcase, free_cuts_and_joins_a_running_server, 0, POLLERS);
    tcase_add_test(tcase, free_needs_no_run);
    tcase_add_test(tcase, free_ends_connections_between_two_runs);
    return fixture_run(suite);
}
