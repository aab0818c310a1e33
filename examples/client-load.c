/* sockecho-client --load: sets up the library's load, lets signals end it, and reports what it came to. */
#include "client-load.h"

#include "client-connection.h"
#include "client-histogram.h"
#include "client-load-live.h"
#include "client-load-report.h"
#include "hangup.h"
#include "report.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct se_load *running;
static volatile sig_atomic_t was_stopped;

/* The first one lets what is in flight come back, the next one does not. */
static void stop_running(int signal_number)
{
    (void)signal_number;
    was_stopped = 1;
    se_load_stop(running);
}

static void on_termination(void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (is_hangup_heard())
        sigaction(SIGHUP, &action, NULL);
}

static int set_up(struct se_load *load, const struct load_options *options)
{
    int error = se_load_set_connections(load, (int)options->connections);
    error = error ? error : se_load_set_depth(load, (int)options->depth);
    error = error ? error : se_load_set_size(load, options->size);
    error = error ? error : se_load_set_rate(load, options->rate);
    error = error ? error : se_load_set_duration(load, options->duration_ms);
    error = error ? error : se_load_set_count(load, options->count);
    error = error ? error : se_load_set_warmup(load, options->warmup_ms);
    error = error ? error : se_load_set_timeout(load, options->timeout_ms);
    error = error ? error : se_load_set_threads(load, (int)options->threads);
    error = error ? error : se_load_set_seed(load, (uint64_t)options->seed);
    error = error ? error : se_load_set_busy_poll(load, options->busy_poll_us);
    return error;
}

static int find_host(struct client_options *options)
{
    int error = find_address(options);
    if (error == 0)
        return 0;
    complain("cannot load '%s' port %d: %s", options->host, options->port, reason_for_host(options, error));
    return -1;
}

static int run(struct se_load *load, const struct client_options *options)
{
    struct load_live live;
    int error = set_up(load, &options->load);
    error = error ? error : begin_load_live(&live, load, &options->load);
    if (error < 0) {
        complain("cannot set up the load: %s", se_strerror(error));
        return -1;
    }
    running = load;
    on_termination(stop_running);
    error = se_load_run(load, host_to_connect(options), options->port);
    /* The report is written to its end, and the handler must not meet a load that is gone. */
    on_termination(SIG_IGN);
    end_load_live(&live);
    if (error < 0) {
        complain("cannot load '%s' port %d: %s", options->host, options->port, se_strerror(error));
        return -1;
    }
    return 0;
}

static int judge(const struct load_result *result)
{
    char reason[256];
    if (!find_shortcoming(result, reason, sizeof reason))
        return 0;
    complain("%s", reason);
    return -1;
}

static int run_and_report(struct se_load *load, const struct client_options *options, FILE *histogram)
{
    if (run(load, options) < 0)
        return -1;
    const struct load_result result = {load, options, was_stopped};
    const struct round_trips trips = round_trips_of_load(&result);
    int failed = write_histogram(&trips, histogram, options->histogram_path) < 0;
    if ((options->format == FORMAT_JSON ? print_load_json : print_load_summary)(&result) < 0)
        failed = 1;
    if (judge(&result) < 0)
        failed = 1;
    return failed ? -1 : 0;
}

static int run_with_histogram(struct se_load *load, const struct client_options *options)
{
    FILE *histogram;
    if (open_histogram(options->histogram_path, &histogram) < 0)
        return -1;
    int result = run_and_report(load, options, histogram);
    close_histogram(histogram);
    return result;
}

int make_load(struct client_options *options)
{
    struct se_load *load;
    int error = se_load_new(&load);
    if (error < 0) {
        complain("cannot make a load: %s", se_strerror(error));
        return -1;
    }
    int result = find_host(options) < 0 ? -1 : run_with_histogram(load, options);
    se_load_free(load);
    return result;
}
