/* Round trips in buckets: see client-ping-samples.h. A bucket is named by the highest bits of its values: their
 * position, and the ten that follow.
 */
#include "client-ping-samples.h"

#include <errno.h>

enum { SUB_BUCKETS = 1 << SAMPLE_SUB_BITS, EXACT_BUCKETS = 2 << SAMPLE_SUB_BITS };

static int bucket_of(int64_t value_ns)
{
    if (value_ns < EXACT_BUCKETS)
        return value_ns > 0 ? (int)value_ns : 0;
    if (value_ns >> SAMPLE_VALUE_BITS != 0)
        return SAMPLE_BUCKETS - 1;
    int shift = 0;
    while (value_ns >> shift >= EXACT_BUCKETS)
        shift++;
    return shift * SUB_BUCKETS + (int)(value_ns >> shift);
}

static int64_t highest_value_of(int bucket)
{
    if (bucket < EXACT_BUCKETS)
        return bucket;
    int shift = bucket / SUB_BUCKETS - 1;
    int64_t highest_bits = bucket % SUB_BUCKETS + SUB_BUCKETS;
    return ((highest_bits + 1) << shift) - 1;
}

void add_sample(struct samples *samples, int64_t rtt_ns)
{
    if (samples->count == 0 || rtt_ns < samples->least_ns)
        samples->least_ns = rtt_ns;
    if (rtt_ns > samples->most_ns)
        samples->most_ns = rtt_ns;
    samples->count++;
    samples->sum_ns += rtt_ns;
    samples->buckets[bucket_of(rtt_ns)]++;
}

/* Nearest rank. 99.9 % of 1000 is the 999th, whatever binary fractions make of it. */
static int64_t rank_of(double percentile, int64_t count)
{
    double exact = percentile * (double)count / 100;
    int64_t rank = (int64_t)exact;
    if (exact - (double)rank > exact * 1e-12)
        rank++;
    return rank > 0 ? rank : 1;
}

static int64_t latency_ns(const void *source, double percentile)
{
    const struct samples *samples = source;
    if (samples->count == 0)
        return -ENODATA;
    if (percentile <= 0)
        return samples->least_ns;
    int64_t rank = rank_of(percentile, samples->count);
    int64_t seen = 0;
    for (int i = 0; i < SAMPLE_BUCKETS - 1 && rank < samples->count; i++) {
        seen += samples->buckets[i];
        if (seen >= rank)
            return highest_value_of(i) < samples->most_ns ? highest_value_of(i) : samples->most_ns;
    }
    return samples->most_ns;
}

static int64_t mean_ns(const void *source)
{
    const struct samples *samples = source;
    return samples->count > 0 ? samples->sum_ns / samples->count : -ENODATA;
}

static int64_t count_up_to(const void *source, int64_t value_ns)
{
    const struct samples *samples = source;
    int64_t count = 0;
    for (int i = 0; i <= bucket_of(value_ns); i++)
        count += samples->buckets[i];
    return count;
}

struct round_trips round_trips_of_ping(const struct samples *samples)
{
    return (struct round_trips){
        .count = samples->count,
        .source = samples,
        .latency_ns = latency_ns,
        .mean_ns = mean_ns,
        .count_up_to = count_up_to,
    };
}
