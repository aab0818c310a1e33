/* Honest time: a server that stands still for two seconds. At a fixed rate every message that was due meanwhile shows
 * the stop; without one, only those do that were in flight. Three loads meet the same stop, so that it is needed once.
 */
#include <pthread.h>
#include <stdlib.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "loads.h"
#include "server-process.h"

enum { CONNECTIONS = 4, DEEP = 64, INTERVAL_MS = 100, STOP_MS = 2000, DURATION_MS = 2600, RATE = 1000 };

static const int64_t NS_PER_MS = 1000000;
static const int64_t NS_PER_S = 1000000000;

struct timed_load {
    struct se_load *load;
    int port;
    int result;
    pthread_t thread;
};

static void *run_apart(void *argument)
{
    struct timed_load *timed = argument;
    timed->result = se_load_run(timed->load, NULL, timed->port);
    return NULL;
}

static void start(struct timed_load *timed, struct se_load *load, int port)
{
    *timed = (struct timed_load){.load = load, .port = port};
    ck_assert_int_eq(pthread_create(&timed->thread, NULL, run_apart, timed), 0);
}

static void join(const struct timed_load *timed)
{
    ck_assert_int_eq(pthread_join(timed->thread, NULL), 0);
    ck_assert_int_eq(timed->result, 0);
}

/** The stop, as the callback of one of the loads makes it. */
struct stop {
    struct server_process *server;
    int64_t began_ns;
    int64_t lasted_ns; /**< 0 until it is over */
};

static void stop_for_a_while(const struct se_load *interval, void *user_data)
{
    struct stop *stop = user_data;
    (void)interval;
    if (stop->began_ns == 0) {
        server_process_pause(stop->server);
        stop->began_ns = clock_now_ns();
    } else if (stop->lasted_ns == 0 && clock_ms_since(stop->began_ns) >= STOP_MS) {
        stop->lasted_ns = clock_now_ns() - stop->began_ns;
        server_process_resume(stop->server);
    }
}

static int64_t rate(void)
{
    return RATE / environment_slow_factor();
}

static int64_t count_above(const struct se_load *load, int64_t latency_ns)
{
    return se_load_stat(load, SE_LOAD_RETURNED) - se_load_count_up_to(load, latency_ns);
}

/** So many of the messages were due so long before the end of the stop. */
static int64_t due_before(const struct stop *stop, int64_t before_end_ns)
{
    return (stop->lasted_ns - before_end_ns) / (NS_PER_S / rate());
}

/** A message that was due when the stop began waited for all of it, the next one a little less, and so on. */
static void assert_shows_the_stop(const struct se_load *load, const struct stop *stop)
{
    assert_load_is_whole(load, CONNECTIONS, (rate() * DURATION_MS + 999) / 1000, 64);
    ck_assert_int_ge(se_load_latency_ns(load, 100), 1900 * NS_PER_MS);
    ck_assert_int_ge(se_load_latency_ns(load, 99), 1800 * NS_PER_MS);
    ck_assert_int_ge(se_load_latency_ns(load, 50), 500 * NS_PER_MS);
    ck_assert_int_ge(count_above(load, NS_PER_S), due_before(stop, NS_PER_S) * 9 / 10);
    ck_assert_int_ge(count_above(load, 100 * NS_PER_MS), due_before(stop, 100 * NS_PER_MS) * 9 / 10);
    ck_assert_int_lt(se_load_latency_ns(load, 0), NS_PER_S); /* whoever was due before it did not wait for it */
}

static void assert_hides_the_stop(const struct se_load *load)
{
    assert_load_stat(load, SE_LOAD_CONNECTED, CONNECTIONS);
    assert_load_lost_nothing(load);
    ck_assert_int_ge(se_load_latency_ns(load, 100), 1900 * NS_PER_MS);
    ck_assert_int_ge(count_above(load, NS_PER_S), 1);
    ck_assert_int_le(count_above(load, NS_PER_S), CONNECTIONS);
    ck_assert_int_lt(se_load_latency_ns(load, 99), NS_PER_S);
    assert_load_stat(load, SE_LOAD_LATE_MAX_NS, 0);
    assert_load_stat(load, SE_LOAD_LATE_MEAN_NS, 0);
}

START_TEST(a_stop_of_two_seconds_shows_in_full_at_a_rate)
{
    struct stop stop = {0};
    struct timed_load deep;
    struct timed_load unpaced;
    stop.server = server_process_start_unlimited();
    int port = server_process_port(stop.server);
    struct se_load *load = load_at_rate(CONNECTIONS, 64, 1, rate(), DURATION_MS);
    ck_assert_int_eq(se_load_set_callback(load, INTERVAL_MS, stop_for_a_while, &stop), 0);
    start(&deep, load_at_rate(CONNECTIONS, 64, DEEP, rate(), DURATION_MS), port);
    start(&unpaced, load_at_rate(CONNECTIONS, 64, 1, 0, DURATION_MS), port);
    load_run(load, port);
    join(&deep);
    join(&unpaced);
    ck_assert_int_ge(stop.lasted_ns, STOP_MS * NS_PER_MS);
    assert_shows_the_stop(load, &stop);
    assert_shows_the_stop(deep.load, &stop);
    assert_hides_the_stop(unpaced.load);
    /* What could not leave on time was late; with a deep window as many left on time as it holds. */
    int64_t window_ns = CONNECTIONS * DEEP * (NS_PER_S / rate());
    assert_load_stat_between(load, SE_LOAD_LATE_MAX_NS, 1900 * NS_PER_MS, INT64_MAX);
    if (window_ns < NS_PER_S)
        assert_load_stat_between(deep.load, SE_LOAD_LATE_MAX_NS, 1900 * NS_PER_MS - window_ns, INT64_MAX);
    ck_assert_int_lt(se_load_stat(deep.load, SE_LOAD_LATE_MEAN_NS), se_load_stat(load, SE_LOAD_LATE_MEAN_NS));
    se_load_free(load);
    se_load_free(deep.load);
    se_load_free(unpaced.load);
    server_process_stop(stop.server);
    server_process_end(stop.server);
}
END_TEST

/** On an idle machine it is a few microseconds; on one that has others to serve, well below the length of the run. */
START_TEST(a_load_that_is_in_time_says_so)
{
    enum { LENGTH_MS = 500 };
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_at_rate(2, 64, 4, 20, LENGTH_MS);
    load_run(load, se_server_port(server));
    assert_load_is_whole(load, 2, 10, 64);
    int64_t most_ns = se_load_stat(load, SE_LOAD_LATE_MAX_NS);
    assert_load_stat_between(load, SE_LOAD_LATE_MEAN_NS, 0, most_ns);
    assert_load_stat_between(load, SE_LOAD_LATE_MEAN_NS, 0, LENGTH_MS / 2 * NS_PER_MS);
    se_load_free(load);
    server_end(server);
}
END_TEST

/** The server stands still until long after the end: without a timeout all that was due by then still leaves. */
START_TEST(a_load_without_a_timeout_waits_for_all_that_was_due)
{
    enum { SHORT_MS = 500 };
    struct stop stop = {.server = server_process_start_unlimited()};
    struct se_load *load = load_at_rate(CONNECTIONS, 64, 1, rate(), SHORT_MS);
    ck_assert_int_eq(se_load_set_timeout(load, SE_TIMEOUT_NONE), 0);
    ck_assert_int_eq(se_load_set_callback(load, INTERVAL_MS, stop_for_a_while, &stop), 0);
    load_run(load, server_process_port(stop.server));
    ck_assert_int_ge(stop.lasted_ns, STOP_MS * NS_PER_MS);
    assert_load_is_whole(load, CONNECTIONS, (rate() * SHORT_MS + 999) / 1000, 64);
    se_load_free(load);
    server_process_stop(stop.server);
    server_process_end(stop.server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("honest time of a load");
    TCase *tcase = fixture_add_tcase(suite, "time");
    tcase_add_test(tcase, a_stop_of_two_seconds_shows_in_full_at_a_rate);
    tcase_add_test(tcase, a_load_that_is_in_time_says_so);
    tcase_add_test(tcase, a_load_without_a_timeout_waits_for_all_that_was_due);
    return fixture_run(suite);
}
