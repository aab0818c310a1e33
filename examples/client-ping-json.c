/* A ping for a program: an object a line. "event" says which it is: start, reply, error or summary. */
#include "client-json.h"
#include "client-ping-report.h"
#include "client-signals.h"
#include "report.h"

#include <sockecho.h>
#include <sys/socket.h>
#include <time.h>

static void begin_event(struct json *json, const char *event)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    begin_json(json, JSON_IN_ONE_LINE);
    put_json_text(json, "event", event);
    put_json_number(json, "unix_time_s", (double)now.tv_sec + (double)now.tv_nsec / 1e9);
}

static int end_event(struct json *json)
{
    end_json(json);
    return flush_output();
}

/* As a text: a byte is a character of Latin-1. */
static void put_fill(struct json *json, int fill)
{
    const char text[] = {(char)fill, '\0'};
    put_json_text(json, "fill", fill != FILL_VARIES ? text : NULL);
}

static int64_t version_of_family(int family)
{
    if (family == AF_UNSPEC)
        return -1;
    return family == AF_INET ? 4 : 6;
}

static int print_start(const struct client_options *options)
{
    const struct ping_options *ping = &options->ping;
    struct json json;
    begin_event(&json, "start");
    put_json_text(&json, "host", options->host);
    put_json_count(&json, "port", options->unix_path == NULL ? options->port : -1);
    put_json_text(&json, "unix_path", options->unix_path);
    put_json_count(&json, "ip_version", version_of_family(options->family));
    put_json_count(&json, "count", ping->count > 0 ? ping->count : -1);
    put_json_number(&json, "interval_s", (double)ping->interval_ms / 1e3);
    put_json_number(&json, "timeout_s", (double)options->timeout_ms / 1e3);
    put_json_count(&json, "size_bytes", ping->size);
    put_fill(&json, ping->fill);
    return end_event(&json);
}

static int print_reply(const struct client_options *options, const struct ping_reply *reply)
{
    struct json json;
    begin_event(&json, "reply");
    put_json_count(&json, "sequence", reply->sequence);
    put_json_text(&json, "peer", reply->peer);
    put_json_count(&json, "size_bytes", options->ping.size);
    put_json_number(&json, "rtt_us", (double)reply->rtt_ns / 1e3);
    return end_event(&json);
}

static int print_error(const struct ping_error *error)
{
    struct json json;
    begin_event(&json, "error");
    put_json_count(&json, "sequence", error->sequence);
    put_json_text(&json, "lost", error->loss >= 0 ? ping_losses[error->loss].key : NULL);
    put_json_text(&json, "error", se_error_name(error->error));
    put_json_text(&json, "reason", error->reason);
    put_json_count(&json, "mismatch_offset_bytes", error->mismatch_at);
    return end_event(&json);
}

static int print_summary(const struct ping_result *result, int is_final)
{
    struct round_trips trips = round_trips_of_ping(&result->samples);
    struct json json;
    begin_event(&json, "summary");
    put_json_truth(&json, "final", is_final);
    put_json_truth(&json, "stopped_by_signal", result->was_interrupted);
    put_json_number(&json, "elapsed_s", (double)(now_ns() - result->began_ns) / 1e9);
    put_json_count(&json, "sent", result->sent);
    put_json_count(&json, "returned", trips.count);
    put_json_count(&json, "lost", total_lost(result));
    for (int loss = 0; loss < PING_LOSS_COUNT; loss++)
        put_json_count(&json, ping_losses[loss].key, result->lost[loss]);
    put_json_round_trips(&json, &trips, PING_PERCENTILE_COUNT);
    put_json_truth(&json, "ok", is_all_well(result));
    return end_event(&json);
}

const struct ping_format json_format = {
    .start = print_start, .reply = print_reply, .error = print_error, .summary = print_summary};
