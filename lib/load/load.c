/* The life of a public load: a run finds the server, makes a driver for each thread, and adds up what they hand in. */
#include "load/load.h"

#include "load/driver.h"
#include "system/socket.h"
#include "system/thread.h"

#include <sockecho/error.h>

#include <errno.h>
#include <stdlib.h>

int se_load_new(struct se_load **load_out)
{
    if (!load_out)
        return -EINVAL;
    *load_out = NULL;
    struct se_load *load = calloc(1, sizeof *load);
    if (!load)
        return -ENOMEM;
    int error = se__wakeup_begin(&load->wakeup);
    if (error) {
        free(load);
        return error;
    }
    se__plan_begin(&load->plan);
    se__figures_begin(&load->figures);
    *load_out = load;
    return 0;
}

void se_load_free(struct se_load *load)
{
    if (!load)
        return;
    se__wakeup_end(&load->wakeup);
    free(load);
}

int se_load_stop(struct se_load *load)
{
    if (!load)
        return -EINVAL;
    atomic_fetch_add(&load->stops, 1);
    se__wakeup_signal(&load->wakeup);
    return 0;
}

/* ---- threads ---- */

struct crew {
    struct se__run *run;
    struct helper *helpers;
    int count; /* drivers that are made */
};

struct helper {
    struct se__run *run;
    struct se__driver *driver;
    pthread_t thread;
};

static void fail(struct se__run *run, int error)
{
    int none = 0;
    atomic_compare_exchange_strong(&run->failure, &none, error);
    se__wakeup_signal(run->wakeup);
}

static void *help(void *argument)
{
    const struct helper *helper = argument;
    int error = se__driver_run(helper->driver);
    if (error)
        fail(helper->run, error);
    atomic_fetch_sub(&helper->run->others_at_work, 1);
    return NULL;
}

static int start_helpers(struct crew *crew, int *started_out)
{
    for (*started_out = 1; *started_out < crew->count; (*started_out)++) {
        struct helper *helper = &crew->helpers[*started_out];
        int error = se__thread_start(&helper->thread, help, helper);
        if (error)
            return error;
    }
    return 0;
}

/* Whoever is expected and does not come would keep the others at the gate. */
static void expect_fewer(struct se__run *run, int missing)
{
    atomic_fetch_sub(&run->others_at_work, missing);
    for (int i = 0; i < missing; i++)
        se__gate_expect_fewer(&run->gate);
}

static int drive(struct crew *crew)
{
    struct se__run *run = crew->run;
    int started;
    atomic_store(&run->others_at_work, crew->count - 1);
    int error = start_helpers(crew, &started);
    expect_fewer(run, crew->count - started);
    if (error)
        fail(run, error);
    error = se__driver_run(crew->helpers[0].driver);
    if (error)
        fail(run, error);
    for (int i = 1; i < started; i++)
        se__thread_join(crew->helpers[i].thread);
    return atomic_load(&run->failure);
}

static int make_drivers(struct crew *crew)
{
    for (int i = 0; i < crew->run->plan->threads; i++) {
        crew->helpers[i].run = crew->run;
        int error = se__driver_new(crew->run, i, &crew->helpers[i].driver);
        if (error)
            return error;
        crew->count++;
    }
    return 0;
}

static int run_threads(struct se__run *run)
{
    struct crew crew = {.run = run, .helpers = calloc((size_t)run->plan->threads, sizeof *crew.helpers)};
    if (!crew.helpers)
        return -ENOMEM;
    int error = make_drivers(&crew);
    if (!error)
        error = drive(&crew);
    for (int i = 0; i < crew.count; i++)
        se__driver_free(crew.helpers[i].driver);
    free(crew.helpers);
    return error;
}

/* ---- the run ---- */

/* The threads hand in to the other of the two from here on. */
static struct se_load *take_interval(struct se_load *load)
{
    struct se__run *run = load->run;
    pthread_mutex_lock(&run->lock);
    struct se_load *taken = &load->intervals[load->current];
    load->current = !load->current;
    run->interval = &load->intervals[load->current].figures;
    pthread_mutex_unlock(&run->lock);
    return taken;
}

static void add_interval(struct se_load *load, struct se_load *interval)
{
    se__figures_merge(&load->figures, &interval->figures);
    se__figures_begin(&interval->figures);
}

static void report(void *argument)
{
    struct se_load *load = argument;
    struct se_load *interval = take_interval(load);
    load->plan.callback(interval, load->plan.user_data);
    add_interval(load, interval);
}

static bool has_figures(const struct se__figures *figures)
{
    for (int i = SE_LOAD_SENT; i <= SE_LOAD_NO_DESCRIPTOR; i++)
        if (figures->stats[i] > 0)
            return true;
    return false;
}

/* What came after the last interval is one more, so that they add up to the whole. */
static void report_rest(struct se_load *load)
{
    struct se_load *interval = take_interval(load);
    if (load->plan.callback && has_figures(&interval->figures))
        load->plan.callback(interval, load->plan.user_data);
    add_interval(load, interval);
}

/* Of these three the whole has its own, which the drivers told at their ends. */
static void sum_up(struct se_load *load, const struct se__run *run)
{
    int64_t *stats = load->figures.stats;
    stats[SE_LOAD_ELAPSED_NS] = run->elapsed_ns;
    stats[SE_LOAD_BUSY_PERMILLE] = run->busy_permille;
    stats[SE_LOAD_MEMORY_BYTES] = run->memory_bytes;
}

static int run_with_lock(struct se_load *load, struct se__run *run)
{
    int error = -pthread_mutex_init(&run->lock, NULL);
    if (error)
        return error;
    error = se__gate_begin(&run->gate, load->plan.threads);
    if (!error) {
        error = run_threads(run);
        report_rest(load);
        sum_up(load, run);
        se__gate_end(&run->gate);
    }
    pthread_mutex_destroy(&run->lock);
    return error;
}

/* Nobody could be reached: that is a figure of the load and no failure of the call. */
static bool is_loss(int error)
{
    return error < 0 && error != -ENOMEM && error != SE_ERESOLVE && error != -EMFILE && error != -ENFILE;
}

static void count_unreachable(struct se_load *load, int error)
{
    load->figures.stats[se__lane_kind_of_loss(SE__LANE_CONNECTING, error)] += load->plan.connections;
}

static int run_to_end(struct se_load *load, const char *host, int port)
{
    struct se__run *run = load->run;
    int error = se__load_find_server(load, host, port, run);
    if (error == -ECANCELED)
        return 0; /* stopped before there was anything to lose */
    if (is_loss(error))
        count_unreachable(load, error);
    if (error)
        return is_loss(error) ? 0 : error;
    se__stream_pool_fill(&run->pool, load->plan.seed);
    error = run_with_lock(load, run);
    if (run->first_fd >= 0)
        se__socket_hang_up(run->first_fd);
    return error;
}

static void begin_run(struct se_load *load)
{
    struct se__run *run = load->run;
    run->plan = &load->plan;
    run->first_fd = -1;
    run->stops = &load->stops;
    run->wakeup = &load->wakeup;
    run->report = report;
    run->load = load;
    run->interval = &load->intervals[0].figures;
    run->stopped_ns = INT64_MAX;
    load->current = 0;
    se__figures_begin(&load->figures);
    se__figures_begin(&load->intervals[0].figures);
    se__figures_begin(&load->intervals[1].figures);
}

static int run_load(struct se_load *load, const char *host, int port)
{
    load->run = calloc(1, sizeof *load->run);
    load->intervals = calloc(2, sizeof *load->intervals);
    int error = -ENOMEM;
    if (load->run && load->intervals) {
        begin_run(load);
        error = run_to_end(load, host, port);
    }
    free(load->intervals);
    free(load->run);
    load->intervals = NULL;
    load->run = NULL;
    return error;
}

int se_load_run(struct se_load *load, const char *host, int port)
{
    if (!load || port < 1 || port > 65535)
        return -EINVAL;
    if (load->plan.duration_ms == 0 && load->plan.count == 0)
        return -EINVAL;
    if (atomic_exchange(&load->busy, true))
        return -EBUSY;
    int error = run_load(load, host, port);
    /* The wake-up stays as it is: that of a stop may come later still, and the next run clears it when it hears it. */
    atomic_store(&load->stops, 0);
    atomic_store(&load->busy, false);
    return error;
}
