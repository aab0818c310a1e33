/* Loads against an honest server: how many messages there were and came back, of every size, depth and number of
 * threads, by count, by time and at a rate; what the latencies tell of themselves; runs added up and repeated. */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "loads.h"

enum {
    SIZES = 5,
    DEPTHS = 3,
    THREADS = 2,
    CONNECTIONS = 5,
    VOLUME = 2 * 1024 * 1024,
    MESSAGES_MAX = 1501,
    SOON_MS = 2000
};

static const int64_t sizes_bytes[SIZES] = {1, 64, 511, 65536, 1048576};
static const int depths[DEPTHS] = {1, 7, 128};
static const int thread_counts[THREADS] = {1, 3};

static struct se_server *server;

static void begin(void)
{
    server = server_started(SE_POLLER_AUTO);
}

static void end(void)
{
    server_end(server);
}

static void run(struct se_load *load)
{
    load_run(load, se_server_port(server));
}

/* ---- by count ---- */

START_TEST(exactly_the_count_is_sent_and_comes_back)
{
    int64_t size_bytes = sizes_bytes[_i % SIZES];
    int depth = depths[_i / SIZES % DEPTHS];
    int64_t messages = VOLUME / size_bytes + 3;
    messages = messages < MESSAGES_MAX ? messages : MESSAGES_MAX;
    struct se_load *load = load_of_count(CONNECTIONS, size_bytes, depth, messages);
    ck_assert_int_eq(se_load_set_threads(load, thread_counts[_i / SIZES / DEPTHS]), 0);
    run(load);
    assert_load_is_whole(load, CONNECTIONS, messages, size_bytes);
    se_load_free(load);
}
END_TEST

/** Fewer than the connections, as many, one more, and numbers that they do not divide. */
START_TEST(any_count_is_shared_out_exactly)
{
    static const int64_t counts[] = {1, 2, 6, 7, 8, 13, 14, 15, 101, 1009};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct se_load *load = load_of_count(7, 30, 4, counts[i]);
        ck_assert_int_eq(se_load_set_threads(load, 1 + _i % 4), 0);
        ck_assert_int_eq(se_load_set_rate(load, _i < 4 ? 0 : 20000), 0);
        run(load);
        assert_load_is_whole(load, 7, counts[i], 30);
        se_load_free(load);
    }
}
END_TEST

START_TEST(threads_beyond_the_connections_do_no_harm)
{
    struct se_load *load = load_of_count(3, 64, 2, 100);
    ck_assert_int_eq(se_load_set_threads(load, 8), 0);
    run(load);
    assert_load_is_whole(load, 3, 100, 64);
    se_load_free(load);
}
END_TEST

START_TEST(busy_polling_and_no_timeout_lose_nothing)
{
    struct se_load *load = load_of_count(4, 64, 2, 1000);
    ck_assert_int_eq(se_load_set_busy_poll(load, 200), 0);
    ck_assert_int_eq(se_load_set_timeout(load, SE_TIMEOUT_NONE), 0);
    run(load);
    assert_load_is_whole(load, 4, 1000, 64);
    se_load_free(load);
}
END_TEST

START_TEST(a_count_ends_a_load_before_its_duration)
{
    struct se_load *load = load_of_count(2, 64, 1, 50);
    ck_assert_int_eq(se_load_set_duration(load, 3600000), 0);
    ck_assert_int_eq(se_load_set_rate(load, _i == 0 ? 0 : 1000), 0);
    int64_t start_ns = clock_now_ns();
    run(load);
    assert_took_less_than(start_ns, 5000);
    assert_load_is_whole(load, 2, 50, 64);
    se_load_free(load);
}
END_TEST

/* ---- by time ---- */

/** It lasts no less than it should, and on a busy machine not much more. */
static void assert_lasted(int64_t start_ns, int64_t asked_ms)
{
    ck_assert_int_ge(clock_ms_since(start_ns), asked_ms);
    assert_took_less_than(start_ns, asked_ms + SOON_MS);
}

START_TEST(a_load_lasts_as_long_as_its_duration)
{
    enum { DURATION_MS = 300 };
    struct se_load *load = load_new(3, 64, 2);
    ck_assert_int_eq(se_load_set_duration(load, DURATION_MS), 0);
    ck_assert_int_eq(se_load_set_threads(load, thread_counts[_i]), 0);
    int64_t start_ns = clock_now_ns();
    run(load);
    assert_lasted(start_ns, DURATION_MS);
    assert_load_lost_nothing(load);
    assert_load_stat_between(load, SE_LOAD_RETURNED, 6, INT64_MAX);
    assert_load_stat_between(load, SE_LOAD_ELAPSED_NS, DURATION_MS * 1000000, clock_now_ns() - start_ns);
    se_load_free(load);
}
END_TEST

START_TEST(a_duration_ends_a_load_before_its_count)
{
    struct se_load *load = load_of_count(2, 64, 1, INT64_C(1000000000));
    ck_assert_int_eq(se_load_set_duration(load, 100), 0);
    int64_t start_ns = clock_now_ns();
    run(load);
    assert_lasted(start_ns, 100);
    assert_load_stat_between(load, SE_LOAD_RETURNED, 2, INT64_C(999999999));
    assert_load_lost_nothing(load);
    se_load_free(load);
}
END_TEST

/** What is due before the end is sent, however late, so the number does not depend on the machine. */
START_TEST(a_rate_sends_exactly_what_is_due_in_the_duration)
{
    static const int64_t rates[] = {1, 7, 999, 3000, 20011};
    enum { DURATION_MS = 200 };
    struct se_load *load = load_at_rate(3, 64, 4, rates[_i], DURATION_MS);
    ck_assert_int_eq(se_load_set_threads(load, 1 + _i % 3), 0);
    int64_t start_ns = clock_now_ns();
    run(load);
    int64_t due = (rates[_i] * DURATION_MS + 999) / 1000;
    assert_load_is_whole(load, 3, due, 64);
    ck_assert_int_ge(clock_ms_since(start_ns), (due - 1) * 1000 / rates[_i]);
    assert_took_less_than(start_ns, DURATION_MS + SOON_MS);
    se_load_free(load);
}
END_TEST

START_TEST(messages_of_the_warm_up_are_told_and_not_measured)
{
    struct se_load *load = load_at_rate(3, 64, 4, 1000, 200);
    ck_assert_int_eq(se_load_set_warmup(load, 150), 0);
    ck_assert_int_eq(se_load_set_threads(load, thread_counts[_i]), 0);
    int64_t start_ns = clock_now_ns();
    run(load);
    assert_lasted(start_ns, 349); /* when the last message is due */
    assert_load_stat(load, SE_LOAD_WARMUP, 150);
    assert_load_is_whole(load, 3, 200, 64);
    /* the last message is due a millisecond before the end */
    assert_load_stat_between(load, SE_LOAD_ELAPSED_NS, 200000000, clock_now_ns() - start_ns - 149000000);
    se_load_free(load);
}
END_TEST

/** The count includes the warm-up. */
START_TEST(warm_up_and_measurement_add_up_to_the_count)
{
    struct se_load *load = load_of_count(2, 64, 1, 400);
    ck_assert_int_eq(se_load_set_rate(load, 2000), 0);
    ck_assert_int_eq(se_load_set_warmup(load, 100), 0);
    run(load);
    assert_load_stat(load, SE_LOAD_WARMUP, 200);
    assert_load_is_whole(load, 2, 200, 64);
    se_load_free(load);
}
END_TEST

START_TEST(warm_up_without_a_rate_is_told_too)
{
    struct se_load *load = load_new(2, 64, 2);
    ck_assert_int_eq(se_load_set_warmup(load, 100), 0);
    ck_assert_int_eq(se_load_set_duration(load, 100), 0);
    int64_t start_ns = clock_now_ns();
    run(load);
    assert_lasted(start_ns, 200);
    assert_load_stat_between(load, SE_LOAD_WARMUP, 4, INT64_MAX);
    assert_load_stat_between(load, SE_LOAD_RETURNED, 4, INT64_MAX);
    assert_load_lost_nothing(load);
    ck_assert_int_eq(se_load_count_up_to(load, INT64_MAX), se_load_stat(load, SE_LOAD_RETURNED));
    se_load_free(load);
}
END_TEST

/* ---- latencies ---- */

START_TEST(latencies_are_in_order_and_within_the_run)
{
    struct se_load *load = load_of_count(4, 64, 2, 2000);
    int64_t start_ns = clock_now_ns();
    run(load);
    int64_t took_ns = clock_now_ns() - start_ns;
    int64_t before_ns = 1;
    for (int percentile = 0; percentile <= 100; percentile++) {
        int64_t latency_ns = se_load_latency_ns(load, percentile);
        ck_assert_int_ge(latency_ns, before_ns);
        before_ns = latency_ns;
    }
    int64_t longest_ns = before_ns;
    ck_assert_int_lt(longest_ns, took_ns);
    ck_assert_int_le(longest_ns, se_load_stat(load, SE_LOAD_ELAPSED_NS));
    ck_assert_int_ge(se_load_latency_mean_ns(load), se_load_latency_ns(load, 0));
    ck_assert_int_le(se_load_latency_mean_ns(load), longest_ns);
    ck_assert_int_eq(se_load_count_up_to(load, longest_ns), 2000);
    ck_assert_int_eq(se_load_count_up_to(load, 0), 0);
    ck_assert_int_ge(se_load_count_up_to(load, se_load_latency_ns(load, 50)), 1000);
    ck_assert_int_lt(se_load_count_up_to(load, longest_ns / 2), 2000);
    se_load_free(load);
}
END_TEST

/** One message in flight on each of C connections: the latencies fill C times the run, but for what lies between. */
START_TEST(latencies_fill_the_time_of_their_connections)
{
    struct se_load *load = load_of_count(1, 64, 1, 1000);
    run(load);
    int64_t sum_ns = 1000 * se_load_latency_mean_ns(load);
    ck_assert_int_le(sum_ns, se_load_stat(load, SE_LOAD_ELAPSED_NS));
    ck_assert_int_ge(sum_ns, se_load_stat(load, SE_LOAD_ELAPSED_NS) / 2);
    se_load_free(load);
}
END_TEST

/* ---- several runs ---- */

START_TEST(merged_runs_are_as_one_run)
{
    struct se_load *load = load_of_count(2, 64, 1, 300);
    struct se_load *other = load_of_count(3, 64, 4, 500);
    run(load);
    run(other);
    int64_t least_ns = se_load_latency_ns(load, 0);
    int64_t most_ns = se_load_latency_ns(load, 100);
    int64_t up_to_50_us = se_load_count_up_to(load, 50000) + se_load_count_up_to(other, 50000);
    least_ns = least_ns < se_load_latency_ns(other, 0) ? least_ns : se_load_latency_ns(other, 0);
    most_ns = most_ns > se_load_latency_ns(other, 100) ? most_ns : se_load_latency_ns(other, 100);
    ck_assert_int_eq(se_load_merge(load, other), 0);
    assert_load_is_whole(load, 5, 800, 64);
    assert_load_is_whole(other, 3, 500, 64);
    ck_assert_int_eq(se_load_latency_ns(load, 0), least_ns);
    ck_assert_int_eq(se_load_latency_ns(load, 100), most_ns);
    ck_assert_int_eq(se_load_count_up_to(load, 50000), up_to_50_us);
    se_load_free(load);
    se_load_free(other);
}
END_TEST

START_TEST(a_second_run_forgets_the_figures_of_the_first)
{
    struct se_load *load = load_of_count(4, 100, 2, 500);
    run(load);
    assert_load_is_whole(load, 4, 500, 100);
    ck_assert_int_eq(se_load_set_connections(load, 2), 0);
    ck_assert_int_eq(se_load_set_size(load, 7), 0);
    ck_assert_int_eq(se_load_set_count(load, 31), 0);
    ck_assert_int_eq(se_load_set_threads(load, 2), 0);
    run(load);
    assert_load_is_whole(load, 2, 31, 7);
    ck_assert_int_eq(se_load_run(load, "no-such-host.invalid", 7), SE_ERESOLVE);
    assert_load_stat(load, SE_LOAD_RETURNED, 0);
    ck_assert_int_eq(se_load_latency_mean_ns(load), -ENODATA);
    run(load);
    assert_load_is_whole(load, 2, 31, 7);
    se_load_free(load);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("counts of a load");
    TCase *tcase = fixture_add_tcase(suite, "counts");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_loop_test(tcase, exactly_the_count_is_sent_and_comes_back, 0, SIZES * DEPTHS * THREADS);
    tcase_add_loop_test(tcase, any_count_is_shared_out_exactly, 0, 8);
    tcase_add_test(tcase, threads_beyond_the_connections_do_no_harm);
    tcase_add_test(tcase, busy_polling_and_no_timeout_lose_nothing);
    tcase_add_loop_test(tcase, a_count_ends_a_load_before_its_duration, 0, 2);
    tcase_add_loop_test(tcase, a_load_lasts_as_long_as_its_duration, 0, THREADS);
    tcase_add_test(tcase, a_duration_ends_a_load_before_its_count);
    tcase_add_loop_test(tcase, a_rate_sends_exactly_what_is_due_in_the_duration, 0, 5);
    tcase_add_loop_test(tcase, messages_of_the_warm_up_are_told_and_not_measured, 0, THREADS);
    tcase_add_test(tcase, warm_up_and_measurement_add_up_to_the_count);
    tcase_add_test(tcase, warm_up_without_a_rate_is_told_too);
    tcase = fixture_add_tcase(suite, "latencies and runs");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, latencies_are_in_order_and_within_the_run);
    tcase_add_test(tcase, latencies_fill_the_time_of_their_connections);
    tcase_add_test(tcase, merged_runs_are_as_one_run);
    tcase_add_test(tcase, a_second_run_forgets_the_figures_of_the_first);
    return fixture_run(suite);
}
