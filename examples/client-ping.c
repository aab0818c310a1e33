/* sockecho-client as ping(8) over TCP, with every byte checked. A round trip lasts from the first byte out to the last
 * byte in; connecting is not in it.
 */
#include "client-ping.h"

#include "client-histogram.h"
#include "client-ping-echo.h"
#include "client-signals.h"
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int is_over(const struct ping *ping)
{
    int64_t count = ping->options->ping.count;
    return ping->is_output_lost || ping->interrupted_ns != 0 || (count > 0 && ping->result.sent == count);
}

/* An error is that nobody has this name. */
static int measure_each(struct ping *ping)
{
    int error = measure_one(ping);
    while (error == 0 && !is_over(ping)) {
        pause_ping(ping, now_ns() + ping->options->ping.interval_ms * 1000000);
        if (!is_over(ping))
            error = measure_one(ping);
    }
    return error;
}

static void end_connection(struct ping *ping)
{
    if (!is_connected(ping) || ping->is_output_lost)
        return;
    int error = complete_call(ping, CALL_FINISH);
    if (error == 0 || error == -ECANCELED)
        return;
    ping->result.has_ended_badly = 1;
    report_failure(ping, error);
}

static void run(struct ping *ping, int error)
{
    ping->result.began_ns = now_ns();
    if (ping->format->start != NULL && ping->format->start(ping->options) < 0) {
        ping->is_output_lost = 1;
        return;
    }
    error = error ? error : measure_each(ping);
    if (error < 0)
        report_failure(ping, error);
    end_connection(ping);
}

static const struct ping_format *format_of(const struct client_options *options)
{
    switch (options->format) {
    case FORMAT_JSON:
        return &json_format;
    case FORMAT_ECHOPING:
        return &echoping_format;
    default:
        return &text_format;
    }
}

static int run_and_report(struct ping *ping, int error, FILE *histogram)
{
    run(ping, error);
    struct round_trips trips = round_trips_of_ping(&ping->result.samples);
    int failed = write_histogram(&trips, histogram, ping->options->histogram_path) < 0;
    /* Where a line could not be written, neither can the summary. */
    if (ping->is_output_lost)
        return -1;
    if (ping->format->summary != NULL && ping->format->summary(&ping->result, 1) < 0)
        return -1;
    return failed || !is_all_well(&ping->result) ? -1 : 0;
}

static int run_with_histogram(struct ping *ping, int error)
{
    FILE *histogram;
    if (open_histogram(ping->options->histogram_path, &histogram) < 0)
        return -1;
    int result = run_and_report(ping, error, histogram);
    close_histogram(histogram);
    return result;
}

static int set_up(struct ping *ping, const struct client_options *options)
{
    ping->options = options;
    ping->format = format_of(options);
    ping->message = malloc((size_t)options->ping.size);
    if (ping->message == NULL) {
        complain("no memory for a message of %" PRId64 " bytes", options->ping.size);
        return -1;
    }
    int error = se_client_new(&ping->client);
    error = error ? error : se_client_set_blocking(ping->client, 0);
    if (error < 0) {
        complain("cannot make a client: %s", se_strerror(error));
        return -1;
    }
    return prepare_signals();
}

int measure_round_trips(struct client_options *options)
{
    struct ping *ping = calloc(1, sizeof *ping);
    if (ping == NULL) {
        complain("no memory for a ping");
        return -1;
    }
    int result = set_up(ping, options) < 0 ? -1 : run_with_histogram(ping, find_address(options));
    se_client_free(ping->client);
    free(ping->message);
    free(ping);
    return result;
}
