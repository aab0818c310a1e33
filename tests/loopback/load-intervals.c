/* What a program hears while a load runs: every message once, in the thread that runs the load, at about the interval,
 * not in the warm-up, and also when the first thread has nothing left to do. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "damage.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "loads.h"
#include "peer.h"

enum { INTERVAL_MS = 25 };

static const int64_t NS_PER_MS = 1000000;

/** At a thousand a second the last message is due so long before the end, and the load may be over then. */
static const int64_t DUE_BEFORE_END_NS = 1000000;

/** What the callback has heard. */
struct listener {
    struct se_load *sum; /**< all intervals, added up */
    int64_t elapsed_ns;
    int64_t first_call_ns;
    int calls;
    int calls_with_returns;
    pthread_t caller;
};

static void listen_to(const struct se_load *interval, void *user_data)
{
    struct listener *listener = user_data;
    if (listener->calls++ == 0)
        listener->first_call_ns = clock_now_ns();
    listener->elapsed_ns += se_load_stat(interval, SE_LOAD_ELAPSED_NS);
    listener->calls_with_returns += se_load_stat(interval, SE_LOAD_RETURNED) > 0;
    listener->caller = pthread_self();
    ck_assert_int_eq(se_load_merge(listener->sum, interval), 0);
}

static void set_listener(struct se_load *load, struct listener *listener)
{
    *listener = (struct listener){.sum = load_new(1, 64, 1)};
    ck_assert_int_eq(se_load_set_callback(load, INTERVAL_MS, listen_to, listener), 0);
}

/** Counts and latencies; the times of the whole are no sums. */
static void assert_adds_up_to(const struct se_load *sum, const struct se_load *whole)
{
    for (int stat = SE_LOAD_CONNECTED; stat <= SE_LOAD_NO_DESCRIPTOR; stat++)
        assert_load_stat(sum, stat, se_load_stat(whole, stat));
    assert_load_stat(sum, SE_LOAD_LATE_MAX_NS, se_load_stat(whole, SE_LOAD_LATE_MAX_NS));
    assert_load_stat(sum, SE_LOAD_LATE_MEAN_NS, se_load_stat(whole, SE_LOAD_LATE_MEAN_NS));
    for (int percentile = 0; percentile <= 100; percentile += 5)
        ck_assert_int_eq(se_load_latency_ns(sum, percentile), se_load_latency_ns(whole, percentile));
    ck_assert_int_eq(se_load_latency_mean_ns(sum), se_load_latency_mean_ns(whole));
    ck_assert_int_eq(se_load_count_up_to(sum, INT64_MAX), se_load_stat(whole, SE_LOAD_RETURNED));
}

START_TEST(intervals_add_up_to_the_whole)
{
    static const int thread_counts[] = {1, 3};
    static const int64_t rates[] = {0, 3000};
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_at_rate(6, 64, 2, rates[_i / 2], 250);
    struct listener listener;
    set_listener(load, &listener);
    ck_assert_int_eq(se_load_set_threads(load, thread_counts[_i % 2]), 0);
    load_run(load, se_server_port(server));
    assert_load_lost_nothing(load);
    ck_assert_int_ge(listener.calls, 3);
    assert_adds_up_to(listener.sum, load);
    se_load_free(listener.sum);
    se_load_free(load);
    server_end(server);
}
END_TEST

/** Other threads hand in what they have while the callback reads: with an interval this short, often. */
START_TEST(intervals_of_a_millisecond_add_up_to_the_whole)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_at_rate(6, 64, 2, 0, 150);
    struct listener listener;
    set_listener(load, &listener);
    ck_assert_int_eq(se_load_set_callback(load, 1, listen_to, &listener), 0);
    ck_assert_int_eq(se_load_set_threads(load, 3), 0);
    load_run(load, se_server_port(server));
    assert_load_lost_nothing(load);
    assert_adds_up_to(listener.sum, load);
    se_load_free(listener.sum);
    se_load_free(load);
    server_end(server);
}
END_TEST

START_TEST(intervals_come_in_time_and_say_how_long_they_were)
{
    enum { DURATION_MS = 300 };
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_at_rate(1, 64, 1, 1000, DURATION_MS);
    struct listener listener;
    set_listener(load, &listener);
    int64_t start_ns = clock_now_ns();
    load_run(load, se_server_port(server));
    int64_t took_ns = clock_now_ns() - start_ns;
    ck_assert_int_ge(listener.calls, 2);
    ck_assert_int_le(listener.calls, took_ns / NS_PER_MS / INTERVAL_MS + 1);
    ck_assert_int_ge(listener.first_call_ns - start_ns, INTERVAL_MS * NS_PER_MS);
    ck_assert_int_ge(listener.elapsed_ns, (DURATION_MS - 2 * INTERVAL_MS) * NS_PER_MS);
    ck_assert_int_le(listener.elapsed_ns, took_ns + DUE_BEFORE_END_NS);
    ck_assert(pthread_equal(listener.caller, pthread_self()));
    se_load_free(listener.sum);
    se_load_free(load);
    server_end(server);
}
END_TEST

START_TEST(nothing_is_heard_in_the_warm_up)
{
    enum { WARMUP_MS = 150 };
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_at_rate(2, 64, 1, 1000, 100);
    struct listener listener;
    set_listener(load, &listener);
    ck_assert_int_eq(se_load_set_warmup(load, WARMUP_MS), 0);
    int64_t start_ns = clock_now_ns();
    load_run(load, se_server_port(server));
    int64_t took_ns = clock_now_ns() - start_ns;
    assert_load_stat(load, SE_LOAD_WARMUP, WARMUP_MS);
    ck_assert_int_ge(listener.first_call_ns - start_ns, (WARMUP_MS + INTERVAL_MS) * NS_PER_MS);
    ck_assert_int_le(listener.elapsed_ns, took_ns + DUE_BEFORE_END_NS - WARMUP_MS * NS_PER_MS);
    assert_load_stat(listener.sum, SE_LOAD_RETURNED, 100);
    se_load_free(listener.sum);
    se_load_free(load);
    server_end(server);
}
END_TEST

/** The peer accepts two connections, drops the first one, which is the first thread's only one, and echoes the other.
 */
START_TEST(the_first_thread_tells_of_the_others_when_its_connections_are_lost)
{
    static const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_ACCEPT}, {.act = PEER_ECHO}, {0}};
    struct peer *peer = peer_start(script);
    struct se_load *load = load_at_rate(2, 64, 8, 400, 500);
    struct listener listener;
    set_listener(load, &listener);
    ck_assert_int_eq(se_load_set_threads(load, 2), 0);
    load_run(load, peer_port(peer));
    peer_end(peer);
    int64_t lost =
        se_load_stat(load, SE_LOAD_RESET) + se_load_stat(load, SE_LOAD_SHORT) + se_load_stat(load, SE_LOAD_REFUSED);
    ck_assert_int_eq(lost, 1);
    assert_load_stat_between(load, SE_LOAD_RETURNED, 100, 200);
    ck_assert_int_ge(listener.calls_with_returns, 2);
    assert_adds_up_to(listener.sum, load);
    se_load_free(listener.sum);
    se_load_free(load);
}
END_TEST

static struct peer *peer_to_tell;

/** Lets the peer go on once its echo has been heard of. */
static void listen_and_tell_peer(const struct se_load *interval, void *user_data)
{
    listen_to(interval, user_data);
    if (peer_to_tell && se_load_stat(interval, SE_LOAD_RETURNED) > 0) {
        peer_tell(peer_to_tell);
        peer_to_tell = NULL;
    }
}

/** It is lost while nothing is owed, and the run is over before the next interval. */
START_TEST(a_connection_lost_after_the_last_interval_is_heard_of)
{
    enum { LONG_INTERVAL_MS = 300 };
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = 64}, {.act = PEER_AWAIT}, {.act = PEER_RESET}, {0}};
    struct peer *peer = peer_start(script);
    peer_to_tell = peer;
    struct se_load *load = load_at_rate(1, 64, 1, 1, 3600000);
    struct listener listener;
    set_listener(load, &listener);
    ck_assert_int_eq(se_load_set_callback(load, LONG_INTERVAL_MS, listen_and_tell_peer, &listener), 0);
    load_run(load, peer_port(peer));
    peer_end(peer);
    assert_load_stat(load, SE_LOAD_RESET, 1);
    assert_adds_up_to(listener.sum, load);
    se_load_free(listener.sum);
    se_load_free(load);
}
END_TEST

/** The first thread's connection stays silent until its timeout; the other one's comes back soon. */
START_TEST(the_whole_lasted_as_long_as_its_longest_thread)
{
    static const struct damage silence = {.kind = DAMAGE_SILENCE, .connection = 0};
    int port = 0;
    int fd = io_listen(8, 0, &port);
    ck_assert_int_ge(fd, 0);
    struct damage_peer *peer = damage_peer_start(fd, 2, 2000, &silence, NULL);
    struct se_load *load = load_of_count(2, 100, 20, 40);
    struct listener listener;
    set_listener(load, &listener);
    ck_assert_int_eq(se_load_set_threads(load, 2), 0);
    ck_assert_int_eq(se_load_set_timeout(load, 300 * environment_slow_factor()), 0);
    load_run(load, port);
    damage_peer_join(peer);
    assert_load_stat(load, SE_LOAD_TIMED_OUT, 1);
    assert_load_stat(load, SE_LOAD_RETURNED, 20);
    assert_load_stat(load, SE_LOAD_LOST, 20);
    ck_assert_int_ge(se_load_stat(load, SE_LOAD_ELAPSED_NS), se_load_latency_ns(load, 100));
    assert_adds_up_to(listener.sum, load);
    damage_peer_free(peer);
    se_load_free(listener.sum);
    se_load_free(load);
    close(fd);
}
END_TEST

enum { DELAY_MS = 100, RATE = 20000, DURATION_MS = 200 };

static void delay_once(const struct se_load *interval, void *user_data)
{
    int *calls = user_data;
    (void)interval;
    const struct timespec delay = {.tv_nsec = DELAY_MS * NS_PER_MS};
    if ((*calls)++ == 0)
        ck_assert_int_eq(nanosleep(&delay, NULL), 0);
}

/** The callback holds the engine up until the duration is over. What was due meanwhile is no secret. */
START_TEST(messages_that_the_callback_delays_show_with_their_delay)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_at_rate(2, 64, 16, RATE, DURATION_MS);
    int calls = 0;
    ck_assert_int_eq(se_load_set_callback(load, DURATION_MS - DELAY_MS / 2, delay_once, &calls), 0);
    load_run(load, se_server_port(server));
    assert_load_is_whole(load, 2, RATE * DURATION_MS / 1000, 64);
    ck_assert_int_ge(se_load_latency_ns(load, 100), DELAY_MS * NS_PER_MS * 9 / 10);
    assert_load_stat_between(load, SE_LOAD_LATE_MAX_NS, DELAY_MS * NS_PER_MS * 9 / 10, INT64_MAX);
    se_load_free(load);
    server_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("intervals of a load");
    TCase *tcase = fixture_add_tcase(suite, "callback");
    tcase_add_loop_test(tcase, intervals_add_up_to_the_whole, 0, 4);
    tcase_add_test(tcase, intervals_of_a_millisecond_add_up_to_the_whole);
    tcase_add_test(tcase, intervals_come_in_time_and_say_how_long_they_were);
    tcase_add_test(tcase, nothing_is_heard_in_the_warm_up);
    tcase_add_test(tcase, the_first_thread_tells_of_the_others_when_its_connections_are_lost);
    tcase_add_test(tcase, a_connection_lost_after_the_last_interval_is_heard_of);
    tcase_add_test(tcase, the_whole_lasted_as_long_as_its_longest_thread);
    tcase_add_test(tcase, messages_that_the_callback_delays_show_with_their_delay);
    return fixture_run(suite);
}
