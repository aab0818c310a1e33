/* The report of a load for a program: one flat JSON object, a line a key. Units are in the keys, and what is not known
 * is null.
 */
#include "client-json.h"
#include "client-load-report.h"
#include "report.h"

/* 0 stands for what was not asked for. */
static int64_t wish(int64_t asked)
{
    return asked > 0 ? asked : -1;
}

static double seconds(int64_t milliseconds)
{
    return (double)milliseconds / 1e3;
}

static void put_asked(struct json *json, const struct client_options *options)
{
    const struct load_options *asked = &options->load;
    put_json_text(json, "host", options->host);
    put_json_count(json, "port", options->port);
    put_json_count(json, "asked_connections", asked->connections);
    put_json_count(json, "asked_depth", asked->depth);
    put_json_count(json, "asked_size_bytes", asked->size);
    put_json_count(json, "asked_rate_per_s", wish(asked->rate));
    put_json_number(json, "asked_duration_s", asked->duration_ms > 0 ? seconds(asked->duration_ms) : -1);
    put_json_count(json, "asked_count", wish(asked->count));
    put_json_number(json, "asked_warmup_s", seconds(asked->warmup_ms));
    put_json_number(json, "asked_timeout_s", seconds(asked->timeout_ms));
    put_json_count(json, "asked_threads", asked->threads);
    put_json_count(json, "asked_seed", asked->seed);
    put_json_count(json, "asked_busy_poll_us", asked->busy_poll_us);
}

static void put_counts(struct json *json, const struct load_result *result)
{
    put_json_truth(json, "stopped_by_signal", result->was_stopped);
    put_json_count(json, "connected", load_figure(result, SE_LOAD_CONNECTED));
    put_json_count(json, "sent", load_figure(result, SE_LOAD_SENT));
    put_json_count(json, "returned", load_figure(result, SE_LOAD_RETURNED));
    put_json_count(json, "returned_bytes", load_figure(result, SE_LOAD_RETURNED_BYTES));
    put_json_count(json, "warmup_returned", load_figure(result, SE_LOAD_WARMUP));
    put_json_count(json, "lost", load_figure(result, SE_LOAD_LOST));
    for (int loss = 0; loss < LOAD_LOSS_COUNT; loss++)
        put_json_count(json, load_losses[loss].key, load_figure(result, load_losses[loss].stat));
    put_json_count(json, "mismatch_connection", load_figure(result, SE_LOAD_MISMATCH_CONNECTION));
    put_json_count(json, "mismatch_offset_bytes", load_figure(result, SE_LOAD_MISMATCH_AT));
}

static void put_round_trips(struct json *json, const struct load_result *result)
{
    struct round_trips trips = round_trips_of_load(result);
    put_json_round_trips(json, &trips, PERCENTILE_COUNT);
}

static double lateness_us(const struct load_result *result, int stat)
{
    return result->options->load.rate > 0 ? (double)load_figure(result, stat) / 1e3 : -1;
}

static void put_engine(struct json *json, const struct load_result *result)
{
    put_json_number(json, "elapsed_us", seconds_of_load(result) * 1e6);
    put_json_number(json, "messages_per_s", per_second(result, load_figure(result, SE_LOAD_RETURNED)));
    put_json_number(json, "bytes_per_s", per_second(result, load_figure(result, SE_LOAD_RETURNED_BYTES)));
    put_json_number(json, "late_mean_us", lateness_us(result, SE_LOAD_LATE_MEAN_NS));
    put_json_number(json, "late_max_us", lateness_us(result, SE_LOAD_LATE_MAX_NS));
    put_json_number(json, "busy_percent", busy_percent(result));
    put_json_truth(json, "engine_was_the_limit", was_saturated(result));
    put_json_count(json, "memory_bytes", load_figure(result, SE_LOAD_MEMORY_BYTES));
}

static void put_verdict(struct json *json, const struct load_result *result)
{
    char reason[256];
    int has_failed = find_shortcoming(result, reason, sizeof reason);
    put_json_truth(json, "ok", !has_failed);
    put_json_text(json, "reason", has_failed ? reason : NULL);
}

int print_load_json(const struct load_result *result)
{
    struct json json;
    begin_json(&json, JSON_OF_LINES);
    put_asked(&json, result->options);
    put_counts(&json, result);
    put_round_trips(&json, result);
    put_engine(&json, result);
    put_verdict(&json, result);
    end_json(&json);
    return flush_output();
}
