/* A ping for a person: a line a reply, and a summary at the end or on demand. What went wrong is on stderr. */
#include "client-ping-report.h"
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { SUMMARY_COLUMNS = PING_PERCENTILE_COUNT + 3 };

static int print_reply(const struct client_options *options, const struct ping_reply *reply)
{
    printf("%" PRId64 " byte%s from %s: seq=%" PRId64 " rtt=%.3f ms\n", options->ping.size,
           options->ping.size == 1 ? "" : "s", reply->peer, reply->sequence, (double)reply->rtt_ns / 1e6);
    return flush_output();
}

/* "2 lost (1 refused, 1 timed out)" */
static void print_losses(const struct ping_result *result)
{
    const char *before = " (";
    printf("%" PRId64 " lost", total_lost(result));
    for (int loss = 0; loss < PING_LOSS_COUNT; loss++) {
        if (result->lost[loss] == 0)
            continue;
        printf("%s%" PRId64 " %s", before, result->lost[loss], ping_losses[loss].name);
        before = ", ";
    }
    puts(total_lost(result) > 0 ? ")" : "");
}

struct column {
    const char *name;
    double value_us;
};

/* Only what is known has a column. */
static int find_columns(const struct round_trips *trips, struct column columns[SUMMARY_COLUMNS])
{
    int count = 0;
    columns[count++] = (struct column){"min", latency_us(trips, 0)};
    columns[count++] = (struct column){"avg", mean_latency_us(trips)};
    for (int i = 0; i < PING_PERCENTILE_COUNT; i++) {
        double value_us = percentile_us(trips, &percentiles[i]);
        if (value_us >= 0)
            columns[count++] = (struct column){percentiles[i].name, value_us};
    }
    columns[count++] = (struct column){"max", latency_us(trips, 100)};
    return count;
}

/* "rtt min/avg/max = 0.027/0.102/0.160 ms" */
static void print_round_trips(const struct round_trips *trips)
{
    struct column columns[SUMMARY_COLUMNS];
    int count = find_columns(trips, columns);
    for (int i = 0; i < count; i++)
        printf("%s%s", i == 0 ? "rtt " : "/", columns[i].name);
    for (int i = 0; i < count; i++)
        printf("%s%.3f", i == 0 ? " = " : "/", columns[i].value_us / 1e3);
    puts(" ms");
}

static int print_summary(const struct ping_result *result, int is_final)
{
    if (result->sent == 0)
        return 0;
    /* A terminal shows the key that sent the signal, and stays in that line. */
    if ((result->was_interrupted || !is_final) && isatty(STDOUT_FILENO))
        putchar('\n');
    struct round_trips trips = round_trips_of_ping(&result->samples);
    printf("%" PRId64 " sent, %" PRId64 " returned, ", result->sent, trips.count);
    print_losses(result);
    if (trips.count > 0)
        print_round_trips(&trips);
    return flush_output();
}

const struct ping_format text_format = {.reply = print_reply, .summary = print_summary};
