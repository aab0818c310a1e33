/* Each driver counts for itself; what it counted goes to the run at the end of an interval, and what only the whole run
 * has at the end of that. */
#include "load/driver-inside.h"

static int64_t busy_permille(const struct se__driver *driver, int64_t worked_ns, int64_t of_ns)
{
    if (driver->traffic.count == 0 || of_ns <= 0)
        return 0;
    return worked_ns * 1000 / of_ns;
}

static void hand_in(struct se__driver *driver)
{
    struct se__run *run = driver->run;
    struct se__figures *own = &driver->traffic.shop.figures;
    pthread_mutex_lock(&run->lock);
    se__figures_merge(run->interval, own);
    pthread_mutex_unlock(&run->lock);
    se__figures_begin(own);
}

/* The first driver tells of the intervals, and so it alone says how long they were. */
static void end_own_interval(struct se__driver *driver, int64_t end_ns)
{
    int64_t *stats = driver->traffic.shop.figures.stats;
    int64_t now_ns = driver->traffic.shop.now_ns;
    int64_t span_ns = now_ns - driver->interval_began_ns;
    int64_t worked_ns = span_ns - (driver->waited_ns - driver->interval_waited_ns);
    int64_t elapsed_ns = end_ns - driver->interval_began_ns;
    se__raise_to(&span_ns, elapsed_ns);
    if (driver->thread == 0)
        se__raise_to(&stats[SE_LOAD_ELAPSED_NS], elapsed_ns);
    se__raise_to(&stats[SE_LOAD_BUSY_PERMILLE], busy_permille(driver, worked_ns, span_ns));
    driver->interval_began_ns = now_ns;
    driver->interval_waited_ns = driver->waited_ns;
    hand_in(driver);
}

void se__driver_end_interval(struct se__driver *driver)
{
    const struct se__lane_shop *shop = &driver->traffic.shop;
    if (!driver->is_measuring && shop->now_ns >= shop->timetable.measure_ns) {
        driver->is_measuring = true;
        driver->interval_waited_ns = driver->waited_ns;
    }
    if (shop->now_ns < driver->interval_due_ns)
        return;
    driver->interval_due_ns = se__later_ns(driver->interval_due_ns, driver->run->plan->interval_ms);
    end_own_interval(driver, shop->now_ns);
    if (driver->thread == 0)
        driver->run->report(driver->run->load);
}

void se__driver_count_rest(struct se__driver *driver)
{
    const struct se__plan *plan = driver->run->plan;
    struct se__figures *figures = &driver->traffic.shop.figures;
    for (int i = 0; i < driver->traffic.count; i++) {
        const struct se__lane *lane = &driver->traffic.lanes[i];
        int64_t unsent = lane->allowed - lane->begun;
        if (unsent > 0 && (plan->rate > 0 || plan->count > 0))
            figures->stats[SE_LOAD_UNSENT] += unsent;
    }
}

/* ---- the whole ---- */

/* Whether the lane would have sent for as long as there was time. With a number and no rate none does whose share has
 * left. */
static bool outlasted(const struct se__plan *plan, const struct se__lane *lane)
{
    if (lane->is_given_up)
        return false;
    bool has_share = plan->rate == 0 && plan->count > 0;
    return !has_share || lane->begun < se__plan_quota(plan, lane->number, plan->count);
}

static bool has_outlasting_lane(const struct se__driver *driver)
{
    const struct se__traffic *traffic = &driver->traffic;
    for (int i = 0; i < traffic->count; i++)
        if (outlasted(driver->run->plan, &traffic->lanes[i]))
            return true;
    return false;
}

/* The time that was asked for counts in full, also where the last message at a rate was back before its end. */
static int64_t sending_end_ns(const struct se__driver *driver, int64_t now_ns)
{
    const struct se__lane_shop *shop = &driver->traffic.shop;
    int64_t asked_ns = se__plan_last_ns(driver->run->plan, &shop->timetable);
    if (!has_outlasting_lane(driver))
        return se__sooner(asked_ns, shop->given_up_ns);
    bool has_failed = driver->traffic.alive > 0;
    return has_failed ? se__sooner(asked_ns, now_ns) : asked_ns;
}

/* A stop is everybody's, also of those who were done before it and did not hear of it. */
static int64_t measurement_end_ns(const struct se__run *run)
{
    int64_t end_ns = se__sooner(run->sending_end_ns, run->stopped_ns);
    se__raise_to(&end_ns, run->last_return_ns);
    return end_ns;
}

static void tell_ends(struct se__driver *driver, int64_t now_ns)
{
    struct se__run *run = driver->run;
    const struct se__lane_shop *shop = &driver->traffic.shop;
    run->stopped_ns = se__sooner(run->stopped_ns, driver->stopped_ns);
    se__raise_to(&run->last_return_ns, shop->last_return_ns);
    se__raise_to(&run->sending_end_ns, sending_end_ns(driver, now_ns));
    driver->measurement_end_ns = measurement_end_ns(run);
    run->elapsed_ns = 0;
    se__raise_to(&run->elapsed_ns, driver->measurement_end_ns - shop->timetable.measure_ns);
}

void se__driver_sum_up(struct se__driver *driver)
{
    struct se__run *run = driver->run;
    int64_t now_ns = se__clock_now_ns();
    int64_t span_ns = now_ns - driver->begin_ns;
    int64_t worked_ns = span_ns - driver->waited_ns;
    pthread_mutex_lock(&run->lock);
    tell_ends(driver, now_ns);
    se__raise_to(&span_ns, driver->measurement_end_ns - driver->begin_ns);
    se__raise_to(&run->busy_permille, busy_permille(driver, worked_ns, span_ns));
    run->memory_bytes += se__traffic_memory(&driver->traffic);
    pthread_mutex_unlock(&run->lock);
}

/* The first driver comes last, and knows when the measurement of all ended. */
void se__driver_end_last_interval(struct se__driver *driver)
{
    end_own_interval(driver, driver->measurement_end_ns);
}
