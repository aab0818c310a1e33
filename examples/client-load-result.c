/* What a load came to: see client-load-result.h. */
#include "client-load-result.h"

#include <inttypes.h>
#include <stdio.h>

enum { SATURATED_PERMILLE = 950 };

/* In a shorter load one preemption makes most of the share. */
static const double least_seconds_to_judge = 0.1;

const struct load_loss load_losses[LOAD_LOSS_COUNT] = {{SE_LOAD_MISMATCH, "mismatch_connections"},
                                                       {SE_LOAD_SHORT, "short_connections"},
                                                       {SE_LOAD_RESET, "reset_connections"},
                                                       {SE_LOAD_TIMED_OUT, "timed_out_connections"},
                                                       {SE_LOAD_REFUSED, "refused_connections"},
                                                       {SE_LOAD_NO_PORT, "no_port_connections"},
                                                       {SE_LOAD_NO_DESCRIPTOR, "no_descriptor_connections"},
                                                       {SE_LOAD_UNSENT, "unsent"}};

int64_t load_figure(const struct load_result *result, int stat)
{
    return se_load_stat(result->load, stat);
}

double seconds_of_load(const struct load_result *result)
{
    return (double)load_figure(result, SE_LOAD_ELAPSED_NS) / 1e9;
}

double per_second(const struct load_result *result, int64_t figure)
{
    double seconds = seconds_of_load(result);
    return seconds > 0 ? (double)figure / seconds : -1;
}

static int64_t latency_ns(const void *load, double percentile)
{
    return se_load_latency_ns(load, percentile);
}

static int64_t mean_ns(const void *load)
{
    return se_load_latency_mean_ns(load);
}

static int64_t count_up_to(const void *load, int64_t latency)
{
    return se_load_count_up_to(load, latency);
}

struct round_trips round_trips_of_load(const struct load_result *result)
{
    return (struct round_trips){
        .count = load_figure(result, SE_LOAD_RETURNED),
        .source = result->load,
        .latency_ns = latency_ns,
        .mean_ns = mean_ns,
        .count_up_to = count_up_to,
    };
}

static void describe_mismatch(const struct load_result *result, int64_t count, char *text, size_t size)
{
    snprintf(text, size,
             "%" PRId64 " connection%s a wrong byte, the first at offset %" PRId64 " of connection %" PRId64, count,
             count == 1 ? " brought back" : "s brought back", load_figure(result, SE_LOAD_MISMATCH_AT),
             load_figure(result, SE_LOAD_MISMATCH_CONNECTION));
}

/* What befell the connections, after "were". */
static const char *fate(int stat)
{
    switch (stat) {
    case SE_LOAD_SHORT:
        return "closed by the peer before everything was back";
    case SE_LOAD_RESET:
        return "reset by the peer, or failed otherwise";
    case SE_LOAD_TIMED_OUT:
        return "given up, because a connect, an echo or the end of the connection took longer than the timeout";
    case SE_LOAD_REFUSED:
        return "refused: nobody listens there, or no way leads there";
    case SE_LOAD_NO_PORT:
        return "not opened, because the local ports are used up";
    default:
        return "not opened, because descriptors or memory are used up";
    }
}

void describe_loss(const struct load_result *result, int loss, char *text, size_t size)
{
    int stat = load_losses[loss].stat;
    int64_t count = load_figure(result, stat);
    const char *were = count == 1 ? " was" : "s were";
    if (stat == SE_LOAD_MISMATCH)
        describe_mismatch(result, count, text, size);
    else if (stat == SE_LOAD_UNSENT)
        snprintf(text, size, "%" PRId64 " message%s due and never sent", count, were);
    else
        snprintf(text, size, "%" PRId64 " connection%s %s", count, were, fate(stat));
}

double busy_percent(const struct load_result *result)
{
    return (double)load_figure(result, SE_LOAD_BUSY_PERMILLE) / 10;
}

int was_saturated(const struct load_result *result)
{
    return seconds_of_load(result) >= least_seconds_to_judge &&
           load_figure(result, SE_LOAD_BUSY_PERMILLE) >= SATURATED_PERMILLE;
}

static int find_loss(const struct load_result *result)
{
    for (int loss = 0; loss < LOAD_LOSS_COUNT; loss++)
        if (load_figure(result, load_losses[loss].stat) > 0)
            return loss;
    return -1;
}

int find_shortcoming(const struct load_result *result, char *text, size_t size)
{
    int loss = find_loss(result);
    int64_t connected = load_figure(result, SE_LOAD_CONNECTED);
    int64_t sent = load_figure(result, SE_LOAD_SENT);
    int64_t returned = load_figure(result, SE_LOAD_RETURNED);
    if (loss >= 0)
        describe_loss(result, loss, text, size);
    else if (connected < result->options->load.connections)
        snprintf(text, size, "%" PRId64 " of %" PRId64 " connections were opened", connected,
                 result->options->load.connections);
    else if (returned < sent)
        snprintf(text, size, "%" PRId64 " of %" PRId64 " messages did not come back", sent - returned, sent);
    else if (returned == 0)
        snprintf(text, size, "no message was measured");
    else if (was_saturated(result) && result->options->load.rate > 0)
        snprintf(text, size, "the engine itself was the limit: it was busy %.1f %% of the time", busy_percent(result));
    else
        return 0;
    return 1;
}
