/* Ways to end a load early: before the run, from another thread, from a signal handler, from the callback; and what a
 * stop waits for: for what is in flight, not for connects, and a second time for nothing. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "loads.h"
#include "peer.h"
#include "server-process.h"
#include "stalled.h"

enum { SOON_MS = 4000, END_MS = 1000, INTERVAL_MS = 50, HOUR_MS = 3600000 };

START_TEST(stop_before_the_run_ends_it_at_once_and_only_it)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_new(3, 64, 2);
    ck_assert_int_eq(se_load_set_duration(load, HOUR_MS), 0);
    ck_assert_int_eq(se_load_set_threads(load, 1 + _i), 0);
    for (int stops = 1; stops <= 3; stops++) {
        for (int i = 0; i < stops; i++)
            ck_assert_int_eq(se_load_stop(load), 0);
        int64_t start_ns = clock_now_ns();
        load_run(load, se_server_port(server));
        assert_took_less_than(start_ns, SOON_MS);
        assert_load_stat(load, SE_LOAD_SENT, 0);
        assert_load_lost_nothing(load);
    }
    ck_assert_int_eq(se_load_set_count(load, 100), 0);
    load_run(load, se_server_port(server));
    assert_load_is_whole(load, 3, 100, 64);
    se_load_free(load);
    server_end(server);
}
END_TEST

/** Lets a thread stop the load when it is well under way. */
struct stopper {
    struct se_load *load;
    int stops;
    int wake[2];
};

static void wake_stopper(const struct se_load *interval, void *user_data)
{
    const struct stopper *stopper = user_data;
    (void)interval;
    ck_assert_int_eq(write(stopper->wake[1], "", 1), 1);
}

static void *stop_when_woken(void *argument)
{
    const struct stopper *stopper = argument;
    char byte;
    ssize_t got = read(stopper->wake[0], &byte, 1);
    for (int i = 0; got == 1 && i < stopper->stops; i++)
        se_load_stop(stopper->load);
    return NULL;
}

START_TEST(another_thread_may_stop_a_load)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct stopper stopper = {.load = load_new(4, 64, 4), .stops = 1};
    pthread_t thread;
    ck_assert_int_eq(pipe(stopper.wake), 0);
    ck_assert_int_eq(se_load_set_duration(stopper.load, HOUR_MS), 0);
    ck_assert_int_eq(se_load_set_rate(stopper.load, _i < 2 ? 0 : 1000), 0);
    ck_assert_int_eq(se_load_set_threads(stopper.load, 1 + 2 * (_i % 2)), 0);
    ck_assert_int_eq(se_load_set_callback(stopper.load, INTERVAL_MS, wake_stopper, &stopper), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, stop_when_woken, &stopper), 0);
    int64_t start_ns = clock_now_ns();
    load_run(stopper.load, se_server_port(server));
    assert_took_less_than(start_ns, SOON_MS);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    assert_load_stat_between(stopper.load, SE_LOAD_RETURNED, 4, INT64_MAX);
    assert_load_stat(stopper.load, SE_LOAD_RETURNED, se_load_stat(stopper.load, SE_LOAD_SENT));
    assert_load_stat(stopper.load, SE_LOAD_LOST, 0);
    for (int end = 0; end < 2; end++)
        close(stopper.wake[end]);
    se_load_free(stopper.load);
    server_end(server);
}
END_TEST

static struct se_load *load_of_handler;
static volatile sig_atomic_t errno_after_stop;

static void stop_in_handler(int signal_number)
{
    (void)signal_number;
    int errno_of_interrupted = errno;
    errno = ERANGE;
    se_load_stop(load_of_handler);
    errno_after_stop = errno;
    errno = errno_of_interrupted;
}

static void stop_by_signal_in_ms(int delay_ms)
{
    struct sigaction action = {.sa_handler = stop_in_handler};
    sigemptyset(&action.sa_mask);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    struct itimerval timer = {.it_value = {.tv_usec = (suseconds_t)delay_ms * 1000}};
    ck_assert_int_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

START_TEST(signal_handler_may_stop_the_load_that_it_interrupts)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    load_of_handler = load_new(2, 64, 1);
    errno_after_stop = 0;
    ck_assert_int_eq(se_load_set_duration(load_of_handler, HOUR_MS), 0);
    ck_assert_int_eq(se_load_set_rate(load_of_handler, _i == 0 ? 0 : 5), 0);
    stop_by_signal_in_ms(100);
    int64_t start_ns = clock_now_ns();
    load_run(load_of_handler, se_server_port(server));
    assert_took_less_than(start_ns, SOON_MS);
    ck_assert_int_eq(errno_after_stop, ERANGE);
    assert_load_stat_between(load_of_handler, SE_LOAD_RETURNED, 1, INT64_MAX);
    assert_load_lost_nothing(load_of_handler);
    ck_assert(signal(SIGALRM, SIG_DFL) != SIG_ERR);
    se_load_free(load_of_handler);
    server_end(server);
}
END_TEST

/** A load against a server that stands still from the first interval on. The callback stops the load, and later lets
 * the server go on, or not. */
struct standstill {
    struct server_process *server;
    struct se_load *load;
    int64_t stopped_ns;
    int stops;
    int resume_at; /**< a number of the callback's call; 0 never */
    int calls;
    int64_t sent_before; /**< until the server goes on */
};

static void stand_still_and_stop(const struct se_load *interval, void *user_data)
{
    struct standstill *standstill = user_data;
    int call = ++standstill->calls;
    if (call <= standstill->resume_at)
        standstill->sent_before += se_load_stat(interval, SE_LOAD_SENT);
    if (call == 1)
        server_process_pause(standstill->server);
    if (call == 3)
        standstill->stopped_ns = clock_now_ns();
    for (int i = 0; call == 3 && i < standstill->stops; i++)
        ck_assert_int_eq(se_load_stop(standstill->load), 0);
    if (call == standstill->resume_at)
        server_process_resume(standstill->server);
}

static void run_standstill(struct standstill *standstill, int threads)
{
    struct se_load *load = standstill->load;
    ck_assert_int_eq(se_load_set_threads(load, threads), 0);
    ck_assert_int_eq(se_load_set_duration(load, HOUR_MS), 0);
    ck_assert_int_eq(se_load_set_callback(load, INTERVAL_MS, stand_still_and_stop, standstill), 0);
    load_run(load, server_process_port(standstill->server));
    ck_assert_int_ge(standstill->calls, 3);
}

static void end_standstill(const struct standstill *standstill)
{
    server_process_resume(standstill->server);
    server_process_stop(standstill->server);
    server_process_end(standstill->server);
    se_load_free(standstill->load);
}

/** What a thread has found to do before it hears of the stop is a window of each connection at most. */
START_TEST(a_stop_waits_for_what_is_in_flight)
{
    enum { CONNECTIONS = 3, DEPTH = 4, RESUME_AT = 7 };
    struct standstill standstill = {.stops = 1, .resume_at = RESUME_AT};
    standstill.server = server_process_start_unlimited();
    standstill.load = load_new(CONNECTIONS, 64, DEPTH);
    run_standstill(&standstill, 1 + _i);
    ck_assert_int_ge(standstill.calls, RESUME_AT);
    assert_load_lost_nothing(standstill.load);
    int64_t late = se_load_stat(standstill.load, SE_LOAD_RETURNED) -
                   se_load_count_up_to(standstill.load, INT64_C(1000000) * INTERVAL_MS * 2);
    ck_assert_int_ge(late, 1);
    int64_t most = standstill.sent_before + (int64_t)CONNECTIONS * DEPTH;
    assert_load_stat_between(standstill.load, SE_LOAD_SENT, standstill.sent_before, most);
    end_standstill(&standstill);
}
END_TEST

START_TEST(a_second_stop_waits_for_nothing)
{
    enum { CONNECTIONS = 3, DEPTH = 4 };
    struct standstill standstill = {.stops = 2};
    standstill.server = server_process_start_unlimited();
    standstill.load = load_new(CONNECTIONS, 64, DEPTH);
    run_standstill(&standstill, 1 + _i);
    assert_took_less_than(standstill.stopped_ns, SOON_MS);
    int64_t sent = se_load_stat(standstill.load, SE_LOAD_SENT);
    assert_load_stat_between(standstill.load, SE_LOAD_LOST, 1, CONNECTIONS * DEPTH);
    assert_load_stat(standstill.load, SE_LOAD_RETURNED, sent - se_load_stat(standstill.load, SE_LOAD_LOST));
    for (int kind = SE_LOAD_REFUSED; kind <= SE_LOAD_NO_DESCRIPTOR; kind++)
        assert_load_stat(standstill.load, kind, 0);
    end_standstill(&standstill);
}
END_TEST

/** Connections that their peer has closed: whether in order depends on what it had not read yet. */
static int64_t count_closed(const struct se_load *load)
{
    return se_load_stat(load, SE_LOAD_SHORT) + se_load_stat(load, SE_LOAD_RESET);
}

/** Stops the load in a call of its callback, and again in the next one: between the two it has heeded the first stop.
 */
static void stop_in_two_turns(const struct se_load *interval, void *user_data)
{
    struct standstill *standstill = user_data;
    standstill->stops += standstill->stops > 0 || count_closed(interval) > 0;
    if (standstill->stops == 1 || standstill->stops == 2)
        ck_assert_int_eq(se_load_stop(standstill->load), 0);
}

/** Of two connections the peer has closed one, and says nothing on the other. */
START_TEST(a_second_stop_ends_the_connections_that_are_left)
{
    enum { DEPTH = 4 };
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ACCEPT}, {.act = PEER_READ, .may_fail = true}, {0}};
    struct standstill standstill = {.load = load_new(2, 64, DEPTH)};
    struct peer *peer = peer_start(script);
    ck_assert_int_eq(se_load_set_duration(standstill.load, HOUR_MS), 0);
    ck_assert_int_eq(se_load_set_callback(standstill.load, INTERVAL_MS, stop_in_two_turns, &standstill), 0);
    int64_t start_ns = clock_now_ns();
    load_run(standstill.load, peer_port(peer));
    assert_took_less_than(start_ns, SOON_MS);
    peer_end(peer);
    ck_assert_int_ge(standstill.stops, 2);
    assert_load_stat(standstill.load, SE_LOAD_CONNECTED, 2);
    ck_assert_int_eq(count_closed(standstill.load), 1);
    for (int kind = SE_LOAD_REFUSED; kind <= SE_LOAD_NO_DESCRIPTOR; kind++)
        if (kind != SE_LOAD_SHORT && kind != SE_LOAD_RESET)
            assert_load_stat(standstill.load, kind, 0);
    assert_load_stat(standstill.load, SE_LOAD_RETURNED, 0);
    assert_load_stat_between(standstill.load, SE_LOAD_LOST, DEPTH, 2 * DEPTH);
    assert_load_stat(standstill.load, SE_LOAD_LOST, se_load_stat(standstill.load, SE_LOAD_SENT));
    se_load_free(standstill.load);
}
END_TEST

/** What was due when the load was stopped, and had not left because the server stood still, is told. */
START_TEST(a_stop_at_a_rate_tells_what_was_due_and_did_not_leave)
{
    enum { RATE = 1000, CONNECTIONS = 2, DEPTH = 3 };
    struct standstill standstill = {.stops = 2};
    standstill.server = server_process_start_unlimited();
    standstill.load = load_at_rate(CONNECTIONS, 64, DEPTH, RATE, HOUR_MS);
    int64_t start_ns = clock_now_ns();
    run_standstill(&standstill, 1 + _i);
    int64_t most = (standstill.stopped_ns - start_ns) / (1000000000 / RATE) + 1;
    int64_t after_ms = clock_ms_since(standstill.stopped_ns);
    int64_t sent = se_load_stat(standstill.load, SE_LOAD_SENT);
    assert_load_stat_between(standstill.load, SE_LOAD_UNSENT, INTERVAL_MS, most + after_ms - sent);
    ck_assert_int_ge(sent + se_load_stat(standstill.load, SE_LOAD_UNSENT), 3 * INTERVAL_MS - 1);
    end_standstill(&standstill);
}
END_TEST

/** Stops the load by a signal while it waits for a connect, or for what a peer never answers. */
static void run_and_stop_by_signal(struct se_load *load, int port)
{
    load_of_handler = load;
    stop_by_signal_in_ms(200);
    int64_t start_ns = clock_now_ns();
    load_run(load, port);
    assert_took_less_than(start_ns, SOON_MS);
    ck_assert_int_ge(clock_ms_since(start_ns), 190);
    ck_assert(signal(SIGALRM, SIG_DFL) != SIG_ERR);
}

START_TEST(a_stop_does_not_wait_for_the_first_connect)
{
    struct stalled_listener stalled;
    if (!stalled_begin(&stalled))
        return;
    struct se_load *load = load_of_count(3, 64, 1, 10);
    run_and_stop_by_signal(load, stalled.port);
    assert_load_lost_nothing(load);
    assert_load_stat(load, SE_LOAD_CONNECTED, 0);
    stalled_end(&stalled);
    se_load_free(load);
}
END_TEST

static void *stop_after_a_while(void *argument)
{
    poll(NULL, 0, 200);
    ck_assert_int_eq(se_load_stop(argument), 0);
    return NULL;
}

/** No signal ends the wait: the load has to look by itself. */
START_TEST(a_stop_from_a_thread_does_not_wait_for_the_first_connect)
{
    struct stalled_listener stalled;
    if (!stalled_begin(&stalled))
        return;
    struct se_load *load = load_of_count(3, 64, 1, 10);
    ck_assert_int_eq(se_load_set_timeout(load, SE_TIMEOUT_NONE), 0);
    pthread_t stopper;
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(pthread_create(&stopper, NULL, stop_after_a_while, load), 0);
    load_run(load, stalled.port);
    assert_took_less_than(start_ns, SOON_MS);
    ck_assert_int_eq(pthread_join(stopper, NULL), 0);
    assert_load_stat(load, SE_LOAD_CONNECTED, 0);
    stalled_end(&stalled);
    se_load_free(load);
}
END_TEST

/** A queue of one: the first connect is answered, though never accepted, and all others are not. With two threads the
 * one stands at the gate while the other's connect hangs. Only the open connection's end is waited for, in vain. */
START_TEST(a_stop_does_not_wait_for_further_connects)
{
    int port = 0;
    int fd = io_listen(0, 0, &port);
    ck_assert_int_ge(fd, 0);
    struct se_load *load = load_of_count(_i == 0 ? 5 : 2, 64, 1, 10);
    ck_assert_int_eq(se_load_set_threads(load, 1 + _i), 0);
    ck_assert_int_eq(se_load_set_timeout(load, END_MS * environment_slow_factor()), 0);
    run_and_stop_by_signal(load, port);
    assert_load_stat(load, SE_LOAD_CONNECTED, 1);
    assert_load_stat(load, SE_LOAD_SENT, 0);
    assert_load_stat(load, SE_LOAD_TIMED_OUT, 1);
    se_load_free(load);
    close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stopping a load");
    TCase *tcase = fixture_add_tcase(suite, "who stops");
    tcase_add_loop_test(tcase, stop_before_the_run_ends_it_at_once_and_only_it, 0, 3);
    tcase_add_loop_test(tcase, another_thread_may_stop_a_load, 0, 4);
    tcase_add_loop_test(tcase, signal_handler_may_stop_the_load_that_it_interrupts, 0, 2);
    tcase = fixture_add_tcase(suite, "what a stop waits for");
    tcase_add_loop_test(tcase, a_stop_waits_for_what_is_in_flight, 0, 2);
    tcase_add_loop_test(tcase, a_second_stop_waits_for_nothing, 0, 2);
    tcase_add_test(tcase, a_second_stop_ends_the_connections_that_are_left);
    tcase_add_loop_test(tcase, a_stop_at_a_rate_tells_what_was_due_and_did_not_leave, 0, 2);
    tcase_add_test(tcase, a_stop_does_not_wait_for_the_first_connect);
    tcase_add_test(tcase, a_stop_from_a_thread_does_not_wait_for_the_first_connect);
    tcase_add_loop_test(tcase, a_stop_does_not_wait_for_further_connects, 0, 2);
    return fixture_run(suite);
}
