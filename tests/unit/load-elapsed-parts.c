/* How long the last interval was, beside the whole, and the whole of several threads, of which each tells its own. Time
 * is that of load-world.h. */
#include "fixture.h"
#include "load-in-world.h"
#include "load/driver-inside.h"

/* ---- intervals ---- */

struct sum {
    int calls;
    int64_t elapsed_ns, last_ns, last_busy;
};

static void add(const struct se_load *interval, void *user_data)
{
    struct sum *sum = user_data;
    sum->calls++;
    sum->last_ns = se_load_stat(interval, SE_LOAD_ELAPSED_NS);
    sum->last_busy = se_load_stat(interval, SE_LOAD_BUSY_PERMILLE);
    sum->elapsed_ns += sum->last_ns;
}

/** The last message is due 5 ms before the end and back soon; what is left of that time was idle. */
START_TEST(last_interval_ends_where_the_measurement_does)
{
    struct sum sum = {0};
    begin_duration(1, 1, 200, 25);
    ck_assert_int_eq(se_load_set_callback(load, 10, add, &sum), 0);
    world_set_send_ns(WORLD_MS);
    run();
    assert_whole(1, 5);
    ck_assert_int_eq(sum.calls, 3);
    ck_assert_int_eq(sum.elapsed_ns, 25 * WORLD_MS);
    ck_assert_int_eq(sum.last_busy, WORLD_MS * 1000 / sum.last_ns);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, 25 * WORLD_MS);
    assert_load_stat(load, SE_LOAD_BUSY_PERMILLE, 5 * 1000 / 25);
    end();
}
END_TEST

/** Nothing comes of the one message until 100 ms; the duration was over long before. */
START_TEST(interval_after_the_measurement_has_no_time)
{
    struct sum sum = {0};
    begin_duration(1, 1, 1000, 10);
    ck_assert_int_eq(se_load_set_timeout(load, 100), 0);
    ck_assert_int_eq(se_load_set_callback(load, 30, add, &sum), 0);
    world_peer(0)->echo_ns = WORLD_NEVER;
    run();
    assert_load_stat(load, SE_LOAD_LOST, 1);
    ck_assert_int_eq(sum.last_ns, 0);
    end();
}
END_TEST

/** The one message is of the warm-up, and the load over before the measurement begins. */
START_TEST(no_work_in_the_measurement_is_no_share_of_it)
{
    struct sum sum = {.last_busy = -1};
    begin_duration(1, 1, 1, 50);
    ck_assert_int_eq(se_load_set_warmup(load, 900), 0);
    ck_assert_int_eq(se_load_set_callback(load, 10, add, &sum), 0);
    run();
    ck_assert_int_eq(sum.calls, 1);
    ck_assert_int_eq(sum.last_ns, 50 * WORLD_MS);
    ck_assert_int_eq(sum.last_busy, 0);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, 50 * WORLD_MS);
    end();
}
END_TEST

/* ---- several threads ---- */

enum { THREADS = 3, BEGIN_NS = 1000, RATE = 1000, LASTS_MS = 10 };

static struct se__plan plan;
static struct se__run whole;
static struct se__lane lanes[THREADS];

/** A driver of one lane that has ended; each test says how. */
static void end_driver(int thread, int64_t last_return_ns, int64_t given_up_ns, int64_t stopped_ns)
{
    static struct se__driver driver;
    driver = (struct se__driver){.run = &whole, .thread = thread, .begin_ns = BEGIN_NS, .stopped_ns = stopped_ns};
    driver.traffic = (struct se__traffic){.lanes = &lanes[thread], .count = 1, .is_ending = given_up_ns == 0};
    driver.traffic.shop.plan = &plan;
    driver.traffic.shop.timetable = se__plan_timetable(&plan, BEGIN_NS);
    driver.traffic.shop.last_return_ns = last_return_ns;
    driver.traffic.shop.given_up_ns = given_up_ns;
    lanes[thread].is_given_up = given_up_ns > 0;
    se__driver_sum_up(&driver);
}

static void begin_whole(void)
{
    se__plan_begin(&plan);
    plan.connections = plan.threads = THREADS;
    plan.rate = RATE;
    plan.duration_ms = LASTS_MS;
    whole = (struct se__run){.plan = &plan, .stopped_ns = INT64_MAX};
    ck_assert_int_eq(pthread_mutex_init(&whole.lock, NULL), 0);
}

static void assert_whole_elapsed(int64_t elapsed_ns)
{
    ck_assert_int_eq(whole.elapsed_ns, elapsed_ns);
    pthread_mutex_destroy(&whole.lock);
    world_end();
}

START_TEST(last_return_of_all_threads_ends_it)
{
    const int64_t late_ns = 2 * LASTS_MS * WORLD_MS;
    begin_whole();
    for (int i = 0; i < THREADS; i++)
        end_driver(i, BEGIN_NS + late_ns + (i == _i), 0, INT64_MAX);
    assert_whole_elapsed(late_ns + 1);
}
END_TEST

START_TEST(thread_that_is_left_keeps_it_going)
{
    begin_whole();
    for (int i = 0; i < THREADS; i++)
        end_driver(i, BEGIN_NS + 1, i == _i ? 0 : BEGIN_NS + 5 + i, INT64_MAX);
    assert_whole_elapsed(LASTS_MS * WORLD_MS);
}
END_TEST

START_TEST(last_thread_that_loses_all_connections_ends_it)
{
    begin_whole();
    for (int i = 0; i < THREADS; i++)
        end_driver(i, BEGIN_NS + 1, BEGIN_NS + 5 + (i == _i), INT64_MAX);
    assert_whole_elapsed(6);
}
END_TEST

/** The others had sent what was theirs, and ended, before the stop came. */
START_TEST(stop_ends_it_also_for_threads_that_were_done)
{
    begin_whole();
    for (int i = 0; i < THREADS; i++)
        end_driver(i, BEGIN_NS + 1, 0, i == _i ? BEGIN_NS + 500 : INT64_MAX);
    assert_whole_elapsed(500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("how long the parts of a load measure");
    TCase *tcase = fixture_add_tcase(suite, "elapsed");
    tcase_add_checked_fixture(tcase, world_begin, NULL);
    tcase_add_test(tcase, last_interval_ends_where_the_measurement_does);
    tcase_add_test(tcase, interval_after_the_measurement_has_no_time);
    tcase_add_test(tcase, no_work_in_the_measurement_is_no_share_of_it);
    tcase_add_loop_test(tcase, last_return_of_all_threads_ends_it, 0, THREADS);
    tcase_add_loop_test(tcase, thread_that_is_left_keeps_it_going, 0, THREADS);
    tcase_add_loop_test(tcase, last_thread_that_loses_all_connections_ends_it, 0, THREADS);
    tcase_add_loop_test(tcase, stop_ends_it_also_for_threads_that_were_done, 0, THREADS);
    return fixture_run(suite);
}
