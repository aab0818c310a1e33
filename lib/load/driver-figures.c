/* Each driver counts for itself; what it counted goes to the run at the end of an interval, and what only the whole run
 * has at the end of that. */
#include "load/driver-inside.h"

static int64_t busy_permille(const struct se__driver *driver, int64_t elapsed_ns, int64_t waited_ns)
{
    if (driver->traffic.count == 0 || elapsed_ns <= 0)
        return 0;
    return (elapsed_ns - waited_ns) * 1000 / elapsed_ns;
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

void se__driver_end_own_interval(struct se__driver *driver)
{
    int64_t *stats = driver->traffic.shop.figures.stats;
    int64_t elapsed_ns = driver->traffic.shop.now_ns - driver->interval_began_ns;
    stats[SE_LOAD_ELAPSED_NS] = elapsed_ns > 0 ? elapsed_ns : 0;
    stats[SE_LOAD_BUSY_PERMILLE] = busy_permille(driver, elapsed_ns, driver->waited_ns - driver->interval_waited_ns);
    driver->interval_began_ns = driver->traffic.shop.now_ns;
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
    if (driver->traffic.shop.now_ns < driver->interval_due_ns)
        return;
    driver->interval_due_ns = se__later_ns(driver->interval_due_ns, driver->run->plan->interval_ms);
    se__driver_end_own_interval(driver);
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

void se__driver_sum_up(struct se__driver *driver)
{
    struct se__run *run = driver->run;
    const struct se__lane_shop *shop = &driver->traffic.shop;
    int64_t elapsed_ns = se__clock_now_ns() - driver->begin_ns;
    pthread_mutex_lock(&run->lock);
    se__raise_to(&run->elapsed_ns, shop->last_return_ns - shop->timetable.measure_ns);
    se__raise_to(&run->busy_permille, busy_permille(driver, elapsed_ns, driver->waited_ns));
    run->memory_bytes += se__traffic_memory(&driver->traffic);
    pthread_mutex_unlock(&run->lock);
}
