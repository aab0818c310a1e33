/* How often a worker waits, for how long, and what it heeds of what the wait gave it. The wait is a script that the
 * clock follows; the worker is real. */
#include <errno.h>
#include <stdbool.h>

#include "fixture.h"
#include "server/worker.h"
#include "system/deadline.h"
#include "system/poller.h"

enum { NS_PER_MS = 1000000, START_MS = 5000, RUN_MS = 100, READY_TURNS = 64, STEPS_MAX = 8 };

static const uint64_t wakeup_tag = UINT64_MAX - 1;
static const uint64_t nobodys_tag = 0;

static struct se__worker *worker;
static struct se__wakeup wakeup;
static struct se__service service;

static int64_t now_ns;
static bool is_flooded; /**< each wait ends with an event */
static int waits;
static int clears;
static int64_t work_ns; /**< passes after the next look at the clock */
static struct {
    int timeout_ms, count;
    int64_t takes_ns, work_ns;
} steps[STEPS_MAX];
static int step_count;

int64_t __wrap_se__clock_now_ns(void);
int __wrap_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms);
int64_t __wrap_se__deadline_in(int64_t timeout_ms);
void __wrap_se__wakeup_clear(const struct se__wakeup *those);

int64_t __wrap_se__clock_now_ns(void)
{
    int64_t told_ns = now_ns;
    now_ns += work_ns;
    work_ns = 0;
    return told_ns;
}

int64_t __wrap_se__deadline_in(int64_t timeout_ms)
{
    return now_ns / NS_PER_MS + timeout_ms;
}

void __wrap_se__wakeup_clear(const struct se__wakeup *those)
{
    ck_assert_ptr_eq(those, &wakeup);
    clears++;
}

/** Behind the events that it tells of, there is one of the wake-up. */
int __wrap_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms)
{
    (void)poller;
    int wait = waits++;
    int count = is_flooded;
    if (wait < step_count) {
        ck_assert_int_eq(timeout_ms, steps[wait].timeout_ms);
        now_ns += steps[wait].takes_ns;
        work_ns = steps[wait].work_ns;
        count = steps[wait].count;
    }
    for (int i = 0; i < count; i++)
        events[i].tag = nobodys_tag;
    events[count].tag = wakeup_tag;
    return count;
}

static void begin(void)
{
    now_ns = (int64_t)START_MS * NS_PER_MS;
    is_flooded = false;
    waits = clears = step_count = 0;
    work_ns = 0;
    service = (struct se__service){.settings = {.idle_ms = -1, .stall_ms = -1, .linger_ms = -1}};
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
    ck_assert_int_eq(se__service_begin(&service, NULL, &wakeup), 0);
    ck_assert_int_eq(se__worker_new(&service, 0, &wakeup, &worker), 0);
}

static void end(void)
{
    se__worker_end(worker);
    se__worker_free(worker);
    se__service_end(&service);
    se__wakeup_end(&wakeup);
}

static void then(int timeout_ms, int count, int64_t takes_ns)
{
    ck_assert_int_lt(step_count, STEPS_MAX);
    steps[step_count].timeout_ms = timeout_ms;
    steps[step_count].count = count;
    steps[step_count].work_ns = 0;
    steps[step_count++].takes_ns = takes_ns;
}

/** After the step before. */
static void then_work(int64_t ns)
{
    steps[step_count - 1].work_ns = ns;
}

static void run(void)
{
    ck_assert_int_eq(se__worker_run(worker, START_MS + RUN_MS), -ETIMEDOUT);
    ck_assert_int_eq(waits, step_count);
}

START_TEST(run_of_what_is_ready_looks_once_where_nothing_is)
{
    ck_assert_int_eq(se__worker_run_ready(worker), -EAGAIN);
    ck_assert_int_eq(waits, 1);
}
END_TEST

START_TEST(run_of_what_is_ready_ends_under_a_flood)
{
    is_flooded = true;
    ck_assert_int_eq(se__worker_run_ready(worker), -EAGAIN);
    ck_assert_int_eq(waits, READY_TURNS);
}
END_TEST

START_TEST(only_what_the_wait_tells_of_is_heeded)
{
    then(RUN_MS, 1, 0);
    then(RUN_MS, 0, RUN_MS * NS_PER_MS);
    run();
    ck_assert_int_eq(clears, 0);
}
END_TEST

START_TEST(wait_is_for_what_is_left_of_the_run_and_ends_with_it)
{
    then(RUN_MS, 0, 30 * NS_PER_MS);
    then(RUN_MS - 30, 0, (RUN_MS - 30) * NS_PER_MS);
    run();
}
END_TEST

START_TEST(time_that_a_turn_worked_is_not_waited_for_once_more)
{
    then(RUN_MS, 1, 10 * NS_PER_MS);
    then_work(30 * NS_PER_MS);
    then(RUN_MS - 40, 1, 0);
    then_work((RUN_MS - 40) * NS_PER_MS);
    then(0, 0, 0);
    run();
}
END_TEST

/** The listener is open still, so that somebody may yet come: for that it waits, not for the drain's end. */
START_TEST(worker_whose_drain_is_over_does_not_look_at_once_again)
{
    atomic_store(&service.stops, 1);
    service.settings.drain_ms = 10;
    then(10, 0, 10 * NS_PER_MS);
    then(RUN_MS - 10, 0, (RUN_MS - 10) * NS_PER_MS);
    run();
}
END_TEST

START_TEST(busy_worker_does_not_sleep_until_its_time_since_an_event_is_over)
{
    service.settings.busy_poll_us = 1000;
    then(0, 0, NS_PER_MS - 1);
    then(0, 0, 1);
    then(RUN_MS - 1, 1, 0);
    then(0, 0, NS_PER_MS);
    then(RUN_MS - 2, 0, (RUN_MS - 2) * NS_PER_MS);
    run();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the waits of a worker");
    TCase *tcase = fixture_add_tcase(suite, "waits");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, run_of_what_is_ready_looks_once_where_nothing_is);
    tcase_add_test(tcase, run_of_what_is_ready_ends_under_a_flood);
    tcase_add_test(tcase, only_what_the_wait_tells_of_is_heeded);
    tcase_add_test(tcase, wait_is_for_what_is_left_of_the_run_and_ends_with_it);
    tcase_add_test(tcase, time_that_a_turn_worked_is_not_waited_for_once_more);
    tcase_add_test(tcase, worker_whose_drain_is_over_does_not_look_at_once_again);
    tcase_add_test(tcase, busy_worker_does_not_sleep_until_its_time_since_an_event_is_over);
    return fixture_run(suite);
}
