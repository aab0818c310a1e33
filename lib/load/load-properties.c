/* The properties of a public load: one setter each, refused while it runs or outside the range, and its figures. */
#include "load/load.h"

#include "system/deadline.h"

#include <errno.h>

enum {
    CONNECTIONS_MAX = 1000000,
    SIZE_MAX_BYTES = 1073741824,
    DEPTH_MAX = 65536,
    RATE_MAX = 1000000000,
    THREADS_MAX = 256
};

/* 0 where the load may be set. */
static int refusal(const struct se_load *load, int64_t value, int64_t least, int64_t most)
{
    if (!load || value < least || value > most)
        return -EINVAL;
    return atomic_load(&load->busy) ? -EBUSY : 0;
}

int se_load_set_connections(struct se_load *load, int connections)
{
    int error = refusal(load, connections, 1, CONNECTIONS_MAX);
    if (!error)
        load->plan.connections = connections;
    return error;
}

int se_load_set_size(struct se_load *load, int64_t size_bytes)
{
    int error = refusal(load, size_bytes, 1, SIZE_MAX_BYTES);
    if (!error)
        load->plan.size = size_bytes;
    return error;
}

int se_load_set_depth(struct se_load *load, int messages)
{
    int error = refusal(load, messages, 1, DEPTH_MAX);
    if (!error)
        load->plan.depth = messages;
    return error;
}

int se_load_set_rate(struct se_load *load, int64_t messages_per_second)
{
    int error = refusal(load, messages_per_second, 0, RATE_MAX);
    if (!error)
        load->plan.rate = messages_per_second;
    return error;
}

int se_load_set_duration(struct se_load *load, int64_t duration_ms)
{
    int error = refusal(load, duration_ms, 0, INT64_MAX);
    if (!error)
        load->plan.duration_ms = duration_ms;
    return error;
}

int se_load_set_count(struct se_load *load, int64_t messages)
{
    int error = refusal(load, messages, 0, INT64_MAX);
    if (!error)
        load->plan.count = messages;
    return error;
}

int se_load_set_warmup(struct se_load *load, int64_t warmup_ms)
{
    int error = refusal(load, warmup_ms, 0, INT64_MAX);
    if (!error)
        load->plan.warmup_ms = warmup_ms;
    return error;
}

int se_load_set_timeout(struct se_load *load, int64_t timeout_ms)
{
    int error = timeout_ms == 0 ? -EINVAL : refusal(load, timeout_ms, -1, INT64_MAX);
    if (!error)
        load->plan.timeout_ms = timeout_ms;
    return error;
}

int se_load_set_seed(struct se_load *load, uint64_t seed)
{
    int error = refusal(load, 0, 0, 0);
    if (!error)
        load->plan.seed = seed;
    return error;
}

int se_load_set_threads(struct se_load *load, int threads)
{
    int error = refusal(load, threads, 1, THREADS_MAX);
    if (!error)
        load->plan.threads = threads;
    return error;
}

int se_load_set_busy_poll(struct se_load *load, int64_t busy_poll_us)
{
    int error = refusal(load, busy_poll_us, 0, SE__BUSY_POLL_MAX_US);
    if (!error)
        load->plan.busy_poll_us = busy_poll_us;
    return error;
}

int se_load_set_callback(struct se_load *load, int64_t interval_ms, se_load_callback callback, void *user_data)
{
    int error = refusal(load, interval_ms, callback ? 1 : 0, INT64_MAX / 1000000);
    if (error)
        return error;
    load->plan.interval_ms = interval_ms;
    load->plan.callback = callback;
    load->plan.user_data = user_data;
    return 0;
}

int64_t se_load_stat(const struct se_load *load, int stat)
{
    if (!load || stat < 0 || stat >= SE__LOAD_STAT_COUNT)
        return -EINVAL;
    return load->figures.stats[stat];
}

int64_t se_load_latency_ns(const struct se_load *load, double percentile)
{
    if (!load || !(percentile >= 0 && percentile <= 100))
        return -EINVAL;
    if (load->figures.latency.count == 0)
        return -ENODATA;
    return se__histogram_percentile(&load->figures.latency, percentile);
}

int64_t se_load_latency_mean_ns(const struct se_load *load)
{
    if (!load)
        return -EINVAL;
    const struct se__histogram *latency = &load->figures.latency;
    return latency->count > 0 ? latency->sum_ns / latency->count : -ENODATA;
}

int64_t se_load_count_up_to(const struct se_load *load, int64_t latency_ns)
{
    return load ? se__histogram_count_up_to(&load->figures.latency, latency_ns) : -EINVAL;
}

int se_load_merge(struct se_load *load, const struct se_load *other)
{
    if (!load || !other)
        return -EINVAL;
    if (atomic_load(&load->busy) || atomic_load(&other->busy))
        return -EBUSY;
    se__figures_merge(&load->figures, &other->figures);
    return 0;
}
