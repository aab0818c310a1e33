/* The report of a load for a program: one flat JSON object (RFC 8259) on one line a key. Units are in the keys, and what
 * is not known is null.
 */
#include "client-load-report.h"
#include "report.h"

#include <inttypes.h>

/* Bytes beyond ASCII are taken for Latin-1: whatever a host name holds, the text is valid. */
static void put_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char character = (unsigned char)*text;
        if (character < ' ' || character > '~' || character == '"' || character == '\\')
            printf("\\u%04x", (unsigned)character);
        else
            putchar(character);
    }
    putchar('"');
}

static void print_key(const char *prefix, const char *key, const char *suffix)
{
    printf(",\n  \"%s%s%s\": ", prefix, key, suffix);
}

static void print_count(const char *key, int64_t count)
{
    print_key("", key, "");
    printf("%" PRId64, count);
}

/* 0 stands for what was not asked for. */
static void print_wish(const char *key, int64_t wish)
{
    print_key("", key, "");
    if (wish > 0)
        printf("%" PRId64, wish);
    else
        printf("null");
}

static void print_truth(const char *key, int truth)
{
    print_key("", key, "");
    printf(truth ? "true" : "false");
}

static void print_value(double value)
{
    if (value >= 0)
        printf("%.3f", value);
    else
        printf("null");
}

static void print_number(const char *key, double value)
{
    print_key("", key, "");
    print_value(value);
}

/* Below 0 is what has no place. */
static void print_place(const char *key, int64_t place)
{
    print_key("", key, "");
    if (place >= 0)
        printf("%" PRId64, place);
    else
        printf("null");
}

static void print_asked(const struct client_options *options)
{
    const struct load_options *asked = &options->load;
    printf("  \"host\": ");
    put_string(options->host);
    print_count("port", options->port);
    print_count("asked_connections", asked->connections);
    print_count("asked_depth", asked->depth);
    print_count("asked_size_bytes", asked->size);
    print_wish("asked_rate_per_s", asked->rate);
    print_number("asked_duration_s", asked->duration_ms > 0 ? (double)asked->duration_ms / 1e3 : -1);
    print_wish("asked_count", asked->count);
    print_number("asked_warmup_s", (double)asked->warmup_ms / 1e3);
    print_number("asked_timeout_s", (double)asked->timeout_ms / 1e3);
    print_count("asked_threads", asked->threads);
    print_count("asked_seed", asked->seed);
    print_count("asked_busy_poll_us", asked->busy_poll_us);
}

static void print_counts(const struct load_result *result)
{
    print_truth("stopped_by_signal", result->was_stopped);
    print_count("connected", load_figure(result, SE_LOAD_CONNECTED));
    print_count("sent", load_figure(result, SE_LOAD_SENT));
    print_count("returned", load_figure(result, SE_LOAD_RETURNED));
    print_count("returned_bytes", load_figure(result, SE_LOAD_RETURNED_BYTES));
    print_count("warmup_returned", load_figure(result, SE_LOAD_WARMUP));
    print_count("lost", load_figure(result, SE_LOAD_LOST));
    for (int loss = 0; loss < LOAD_LOSS_COUNT; loss++)
        print_count(load_losses[loss].key, load_figure(result, load_losses[loss].stat));
    print_place("mismatch_connection", load_figure(result, SE_LOAD_MISMATCH_CONNECTION));
    print_place("mismatch_offset_bytes", load_figure(result, SE_LOAD_MISMATCH_AT));
}

static void print_round_trips(const struct load_result *result)
{
    print_number("rtt_min_us", latency_us(result, 0));
    print_number("rtt_mean_us", mean_latency_us(result));
    for (int i = 0; i < LOAD_PERCENTILE_COUNT; i++) {
        print_key("rtt_", load_percentiles[i].key, "_us");
        print_value(percentile_us(result, &load_percentiles[i]));
    }
    print_number("rtt_max_us", latency_us(result, 100));
}

static double lateness_us(const struct load_result *result, int stat)
{
    return result->options->load.rate > 0 ? (double)load_figure(result, stat) / 1e3 : -1;
}

static void print_engine(const struct load_result *result)
{
    print_number("elapsed_us", seconds_of_load(result) * 1e6);
    print_number("messages_per_s", per_second(result, load_figure(result, SE_LOAD_RETURNED)));
    print_number("bytes_per_s", per_second(result, load_figure(result, SE_LOAD_RETURNED_BYTES)));
    print_number("late_mean_us", lateness_us(result, SE_LOAD_LATE_MEAN_NS));
    print_number("late_max_us", lateness_us(result, SE_LOAD_LATE_MAX_NS));
    print_number("busy_percent", busy_percent(result));
    print_truth("engine_was_the_limit", was_saturated(result));
    print_count("memory_bytes", load_figure(result, SE_LOAD_MEMORY_BYTES));
}

static void print_verdict(const struct load_result *result)
{
    char reason[256];
    int has_failed = find_shortcoming(result, reason, sizeof reason);
    print_truth("ok", !has_failed);
    print_key("", "reason", "");
    if (has_failed)
        put_string(reason);
    else
        printf("null");
}

int print_load_json(const struct load_result *result)
{
    puts("{");
    print_asked(result->options);
    print_counts(result);
    print_round_trips(result);
    print_engine(result);
    print_verdict(result);
    puts("\n}");
    return flush_output();
}
