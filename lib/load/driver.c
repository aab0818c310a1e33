/* A thread's loop: open, pass the gate, then turn after turn until nothing is left: wait no longer than until the next
 * message is due, serve the lanes that are ready, send what has become due. */
#include "load/driver-inside.h"

#include "load/rest.h"

#include <sockecho/server.h>

#include <errno.h>
#include <stdlib.h>

static const uint64_t wakeup_tag = UINT64_MAX;

enum {
    NS_PER_MS = 1000000,
    LOOK_AROUND_MS = 50,
    DUE_BATCH = 256 /* messages sent before the lanes get their turn */
};

/* ---- life ---- */

static int begin(struct se__driver *driver)
{
    int error = se__poller_new(SE_POLLER_AUTO, &driver->poller);
    if (error)
        return error;
    driver->traffic.poller = driver->poller;
    driver->traffic.address = &driver->run->address;
    error = se__poller_add(driver->poller, driver->run->wakeup->read_fd, SE__READ, wakeup_tag);
    if (error)
        return error;
    driver->watches_wakeup = true;
    se__schedule_begin(&driver->schedule, driver->run->plan, driver->thread);
    return se__traffic_begin(&driver->traffic, driver->run->plan, &driver->run->pool, driver->thread);
}

int se__driver_new(struct se__run *run, int thread, struct se__driver **driver_out)
{
    struct se__driver *driver = calloc(1, sizeof *driver);
    if (!driver)
        return -ENOMEM;
    driver->run = run;
    driver->thread = thread;
    int error = begin(driver);
    if (error) {
        se__driver_free(driver);
        return error;
    }
    *driver_out = driver;
    return 0;
}

void se__driver_free(struct se__driver *driver)
{
    se__traffic_end(&driver->traffic);
    se__poller_free(driver->poller);
    free(driver);
}

/* ---- the schedule ---- */

static bool has_schedule(const struct se__driver *driver)
{
    return driver->run->plan->rate > 0 && driver->begin_ns > 0 && !driver->traffic.is_ending;
}

static int64_t next_due_ns(const struct se__driver *driver)
{
    if (!has_schedule(driver))
        return INT64_MAX;
    return se__plan_due_ns(driver->run->plan, &driver->traffic.shop.timetable, se__schedule_number(&driver->schedule));
}

static bool is_beyond(const struct se__driver *driver, int64_t due_ns)
{
    int64_t count = driver->run->plan->count;
    return due_ns >= driver->traffic.shop.timetable.end_ns ||
           (count > 0 && se__schedule_number(&driver->schedule) >= count);
}

static void allow_next(struct se__driver *driver)
{
    se__traffic_allow(&driver->traffic, driver->schedule.lane, 1);
    se__schedule_advance(&driver->schedule);
}

static void send_what_is_due(struct se__driver *driver)
{
    struct se__traffic *traffic = &driver->traffic;
    for (int i = 0; i < DUE_BATCH && has_schedule(driver); i++) {
        int64_t due_ns = next_due_ns(driver);
        if (is_beyond(driver, due_ns)) {
            se__traffic_finish(traffic, false);
            return;
        }
        traffic->shop.now_ns = se__clock_now_ns();
        if (due_ns > traffic->shop.now_ns)
            return;
        allow_next(driver);
    }
}

/* Without a rate all that will ever be sent is allowed from the beginning; the window does the rest. */
static void allow_all(struct se__driver *driver)
{
    const struct se__plan *plan = driver->run->plan;
    for (int i = 0; i < driver->traffic.count; i++) {
        int64_t most = INT64_MAX / plan->size;
        int64_t quota = plan->count > 0 ? se__plan_quota(plan, driver->traffic.lanes[i].number, plan->count) : most;
        driver->traffic.shop.now_ns = se__clock_now_ns();
        se__traffic_allow(&driver->traffic, i, quota < most ? quota : most);
    }
    if (plan->count > 0)
        se__traffic_finish(&driver->traffic, false);
}

/* ---- turns ---- */

/* With a rate, what was due before the end may still leave for as long as a message may take: a stall at the end shall
 * show like any other. */
static int64_t last_departure_ns(const struct se__driver *driver)
{
    const struct se__plan *plan = driver->run->plan;
    int64_t end_ns = driver->traffic.shop.timetable.end_ns;
    if (plan->rate == 0)
        return end_ns;
    return plan->timeout_ms < 0 ? INT64_MAX : se__later_ns(end_ns, plan->timeout_ms);
}

/* Where nobody wakes the driver up: a second stop, or the end of the other threads. */
static bool looks_around(const struct se__driver *driver)
{
    return driver->stops_heeded > 0 || driver->traffic.alive == 0;
}

static int64_t coarse_due_ns(const struct se__driver *driver, int64_t now_ns)
{
    int64_t waiting_ms =
        se__round_wake_up_ms(&driver->round, se__deadline_list_due_ms(&driver->traffic.waiting), now_ns / NS_PER_MS);
    int64_t due_ns = se__sooner(se__later_ns(0, waiting_ms), driver->traffic.retry_ns);
    if (!driver->is_time_over)
        due_ns = se__sooner(due_ns, last_departure_ns(driver));
    if (looks_around(driver))
        due_ns = se__sooner(due_ns, se__later_ns(now_ns, LOOK_AROUND_MS));
    return se__sooner(due_ns, driver->interval_due_ns);
}

static int wait_for_events(struct se__driver *driver, int64_t now_ns)
{
    bool is_busy = now_ns - driver->last_event_ns < driver->run->plan->busy_poll_us * 1000;
    const struct se__rest rest = {
        .now_ns = now_ns,
        .coarse_ns = is_busy ? now_ns : coarse_due_ns(driver, now_ns),
        .precise_ns = next_due_ns(driver),
    };
    se__round_ask(&driver->round, now_ns / NS_PER_MS, (uint32_t)driver->traffic.alive);
    return se__rest_until(&rest, driver->poller, driver->events);
}

/* What is due by now counts as unsent, also what the schedule has not come to yet. */
static void owe_what_is_due(struct se__driver *driver)
{
    if (!has_schedule(driver))
        return;
    const struct se__plan *plan = driver->run->plan;
    struct se__traffic *traffic = &driver->traffic;
    int64_t due = se__plan_due_count(plan, &traffic->shop.timetable, se__clock_now_ns());
    for (int i = 0; i < traffic->count; i++)
        se__traffic_owe(traffic, i, se__plan_quota(plan, traffic->lanes[i].number, due));
}

/* The signal may be one of a run before, and every wait would end with it at once. One of this run may be cleared with
 * it: but whoever signals has told of the stop or the failure before, so that is seen here, and signalled again. In the
 * same turn the thread looks away or ends, and clears no more: after the last clear all who still watch will hear. */
static void clear_wakeup_of_old(const struct se__run *run)
{
    se__wakeup_clear(run->wakeup);
    if (atomic_load(run->stops) > 0 || atomic_load(&run->failure))
        se__wakeup_signal(run->wakeup);
}

/* The wake-up of a stop stays readable, because all threads watch it: each looks away once it has seen it. */
static void look_away(struct se__driver *driver)
{
    if (driver->watches_wakeup)
        se__poller_remove(driver->poller, driver->run->wakeup->read_fd);
    driver->watches_wakeup = false;
}

static void heed_stops(struct se__driver *driver)
{
    int stops = atomic_load(driver->run->stops);
    if (stops == driver->stops_heeded)
        return;
    if (driver->stops_heeded == 0)
        driver->stopped_ns = driver->traffic.shop.now_ns;
    driver->stops_heeded = stops;
    look_away(driver);
    owe_what_is_due(driver);
    se__traffic_finish(&driver->traffic, true);
    if (stops > 1)
        se__traffic_abandon(&driver->traffic);
}

/* Waits and serves. 0 or -errno. */
static int turn(struct se__driver *driver)
{
    struct se__traffic *traffic = &driver->traffic;
    int64_t before_ns = se__clock_now_ns();
    int count = wait_for_events(driver, before_ns);
    traffic->shop.now_ns = se__clock_now_ns();
    driver->waited_ns += traffic->shop.now_ns - before_ns;
    if (count == -ENOMEM) {
        se__round_refuse(&driver->round);
        count = 0;
    }
    if (count < 0)
        return count;
    if (count > 0)
        driver->last_event_ns = traffic->shop.now_ns;
    for (int i = 0; i < count; i++)
        if (driver->events[i].tag == wakeup_tag)
            clear_wakeup_of_old(driver->run);
        else
            se__traffic_serve(traffic, driver->events[i].tag);
    se__traffic_retry(traffic);
    if (se__round_is_whole(&driver->round, count))
        se__traffic_keep_deadlines(traffic, driver->round.asked_ms);
    heed_stops(driver);
    return atomic_load(&driver->run->failure);
}

static int open_all(struct se__driver *driver)
{
    struct se__run *run = driver->run;
    if (driver->thread == 0) {
        se__traffic_adopt(&driver->traffic, run->first_fd);
        run->first_fd = -1;
    }
    int error = 0;
    while (!error && !driver->traffic.is_ending) {
        se__traffic_open(&driver->traffic);
        if (!se__traffic_is_opening(&driver->traffic))
            break;
        error = turn(driver);
    }
    return error;
}

/* All threads begin at the same moment, which the first one names. */
static void pass_gate(struct se__driver *driver)
{
    struct se__run *run = driver->run;
    se__gate_pass(&run->gate);
    if (driver->thread == 0)
        run->begin_ns = se__clock_now_ns();
    se__gate_pass(&run->gate);
    driver->begin_ns = run->begin_ns;
    driver->waited_ns = 0;
    driver->traffic.shop.now_ns = se__clock_now_ns();
    driver->traffic.shop.timetable = se__plan_timetable(driver->run->plan, run->begin_ns);
    driver->interval_began_ns = driver->traffic.shop.timetable.measure_ns;
    if (driver->run->plan->callback)
        driver->interval_due_ns = se__later_ns(driver->interval_began_ns, driver->run->plan->interval_ms);
}

static void heed_time(struct se__driver *driver)
{
    if (driver->is_time_over || driver->traffic.shop.now_ns < last_departure_ns(driver))
        return;
    driver->is_time_over = true;
    owe_what_is_due(driver);
    se__traffic_finish(&driver->traffic, true);
}

/* The first thread stays until the others have ended: somebody has to tell of the intervals. */
static bool has_work(const struct se__driver *driver)
{
    if (driver->traffic.alive > 0)
        return true;
    return driver->thread == 0 && atomic_load(&driver->run->others_at_work) > 0;
}

static int drive(struct se__driver *driver)
{
    struct se__traffic *traffic = &driver->traffic;
    heed_stops(driver); /* one may have come while this thread stood at the gate */
    if (driver->run->plan->rate == 0 && !traffic->is_ending)
        allow_all(driver);
    int error = 0;
    while (!error && has_work(driver)) {
        send_what_is_due(driver);
        heed_time(driver);
        se__driver_end_interval(driver);
        if (has_work(driver))
            error = turn(driver);
    }
    return error;
}

int se__driver_run(struct se__driver *driver)
{
    driver->interval_due_ns = driver->stopped_ns = INT64_MAX;
    driver->traffic.shop.timetable.end_ns = INT64_MAX;
    int error = open_all(driver);
    pass_gate(driver);
    if (!error)
        error = drive(driver);
    se__driver_count_rest(driver);
    se__driver_sum_up(driver);
    se__driver_end_last_interval(driver);
    return error;
}
