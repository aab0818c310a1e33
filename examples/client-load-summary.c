/* The summary of a load for a person: what was asked, what became of it, how long it took. */
#include "client-load-report.h"
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_seconds(int64_t milliseconds)
{
    if (milliseconds % 1000 == 0)
        printf("%" PRId64 " s", milliseconds / 1000);
    else
        printf("%.3f s", (double)milliseconds / 1000);
}

static void print_limits(const struct load_options *asked)
{
    if (asked->count > 0)
        printf(", %" PRId64 " message%s", asked->count, plural(asked->count));
    if (asked->duration_ms > 0) {
        printf(asked->count > 0 ? " or " : ", for ");
        print_seconds(asked->duration_ms);
    }
}

static void print_asked(const struct client_options *options)
{
    const struct load_options *asked = &options->load;
    int is_ipv6 = strchr(options->host, ':') != NULL;
    printf("asked:      %" PRId64 " connection%s to %s%s%s:%d, %" PRId64 " message%s of %" PRId64
           " byte%s in flight on each,\n            ",
           asked->connections, plural(asked->connections), is_ipv6 ? "[" : "", options->host, is_ipv6 ? "]" : "",
           options->port, asked->depth, plural(asked->depth), asked->size, plural(asked->size));
    if (asked->rate > 0)
        printf("%" PRId64 " message%s a second", asked->rate, plural(asked->rate));
    else
        printf("as fast as they come back");
    print_limits(asked);
    printf(", %" PRId64 " thread%s\n", asked->threads, plural(asked->threads));
}

static void print_losses(const struct load_result *result)
{
    char text[256];
    printf("lost:       %" PRId64 "\n", load_figure(result, SE_LOAD_LOST));
    for (int loss = 0; loss < LOAD_LOSS_COUNT; loss++) {
        if (load_figure(result, load_losses[loss].stat) == 0)
            continue;
        describe_loss(result, loss, text, sizeof text);
        printf("            %s\n", text);
    }
}

static void print_counts(const struct load_result *result)
{
    if (result->was_stopped)
        puts("stopped:    by a signal, before its time");
    printf("connected:  %" PRId64 " of %" PRId64 "\n", load_figure(result, SE_LOAD_CONNECTED),
           result->options->load.connections);
    printf("sent:       %" PRId64 "\n", load_figure(result, SE_LOAD_SENT));
    printf("returned:   %" PRId64 "\n", load_figure(result, SE_LOAD_RETURNED));
    print_losses(result);
    if (result->options->load.warmup_ms > 0) {
        printf("warm-up:    %" PRId64 " returned in the first ", load_figure(result, SE_LOAD_WARMUP));
        print_seconds(result->options->load.warmup_ms);
        puts(" and are not counted here");
    }
}

static void print_throughput(const struct load_result *result)
{
    double messages = per_second(result, load_figure(result, SE_LOAD_RETURNED));
    double bytes = per_second(result, load_figure(result, SE_LOAD_RETURNED_BYTES));
    if (messages >= 0)
        printf("throughput: %.1f messages/s, %.2f MB/s each way, over %.3f s\n", messages, bytes / 1e6,
               seconds_of_load(result));
}

static void print_percentiles(const struct round_trips *trips)
{
    for (int i = 0; i < PERCENTILE_COUNT; i++) {
        const struct percentile *percentile = &percentiles[i];
        double value_us = percentile_us(trips, percentile);
        if (value_us >= 0)
            printf("  %-6s %13.1f us\n", percentile->name, value_us);
        else
            printf("  %-6s takes %" PRId64 " echoes to tell\n", percentile->name, percentile->least_count);
    }
}

static void print_round_trips(const struct load_result *result)
{
    struct round_trips trips = round_trips_of_load(result);
    if (trips.count == 0) {
        puts("round trip: not known, nothing came back");
        return;
    }
    puts("round trip:");
    printf("  min    %13.1f us\n", latency_us(&trips, 0));
    printf("  mean   %13.1f us\n", mean_latency_us(&trips));
    print_percentiles(&trips);
    printf("  max    %13.1f us\n", latency_us(&trips, 100));
}

static void print_engine(const struct load_result *result)
{
    if (result->options->load.rate > 0)
        printf("lateness:   mean %.1f us, max %.1f us, from when a message was due until it left\n",
               (double)load_figure(result, SE_LOAD_LATE_MEAN_NS) / 1e3,
               (double)load_figure(result, SE_LOAD_LATE_MAX_NS) / 1e3);
    printf("engine:     busy %.1f %% of the time\n", busy_percent(result));
    if (was_saturated(result))
        puts("warning:    the engine itself was the limit: the figures are its own as much as the server's");
}

int print_load_summary(const struct load_result *result)
{
    print_asked(result->options);
    print_counts(result);
    print_throughput(result);
    print_round_trips(result);
    print_engine(result);
    return flush_output();
}
