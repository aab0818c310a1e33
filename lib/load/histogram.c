/* A bucket is named by the highest bits of its values: their position, and the ten that follow. */
#include "load/histogram.h"

#include <stdbool.h>

enum { SUB_BUCKETS = 1 << SE__HISTOGRAM_SUB_BITS, EXACT_BUCKETS = 2 << SE__HISTOGRAM_SUB_BITS };

/* Half of the bits at a time. */
static int highest_bit(int64_t value)
{
    int bit = 0;
    for (int step = 32; step > 0; step /= 2) {
        bool is_higher = value >> step > 0;
        value = is_higher ? value >> step : value;
        bit += is_higher ? step : 0;
    }
    return bit;
}

static int bucket_of(int64_t value_ns)
{
    if (value_ns < EXACT_BUCKETS)
        return value_ns > 0 ? (int)value_ns : 0;
    if (value_ns >> SE__HISTOGRAM_VALUE_BITS)
        return SE__HISTOGRAM_BUCKETS - 1;
    int shift = highest_bit(value_ns) - SE__HISTOGRAM_SUB_BITS;
    return shift * SUB_BUCKETS + (int)(value_ns >> shift);
}

static int64_t highest_value_of(int bucket)
{
    if (bucket < EXACT_BUCKETS)
        return bucket;
    int shift = bucket / SUB_BUCKETS - 1;
    int64_t sub_bucket = bucket % SUB_BUCKETS + SUB_BUCKETS;
    return ((sub_bucket + 1) << shift) - 1;
}

void se__histogram_record(struct se__histogram *histogram, int64_t value_ns, int64_t count)
{
    if (histogram->count == 0 || value_ns < histogram->minimum_ns)
        histogram->minimum_ns = value_ns;
    if (histogram->count == 0 || value_ns > histogram->maximum_ns)
        histogram->maximum_ns = value_ns;
    histogram->count += count;
    histogram->sum_ns += value_ns * count;
    histogram->buckets[bucket_of(value_ns)] += count;
}

void se__histogram_merge(struct se__histogram *histogram, const struct se__histogram *other)
{
    if (other->count == 0)
        return;
    if (histogram->count == 0 || other->minimum_ns < histogram->minimum_ns)
        histogram->minimum_ns = other->minimum_ns;
    if (histogram->count == 0 || other->maximum_ns > histogram->maximum_ns)
        histogram->maximum_ns = other->maximum_ns;
    histogram->count += other->count;
    histogram->sum_ns += other->sum_ns;
    for (int i = 0; i < SE__HISTOGRAM_BUCKETS; i++)
        histogram->buckets[i] += other->buckets[i];
}

/* 99.9 % of 1,000 is the 999th, whatever binary fractions make of it. */
static int64_t rank_of(double percentile, int64_t count)
{
    double exact = percentile * (double)count / 100;
    int64_t rank = (int64_t)exact;
    if (exact - (double)rank > exact * 1e-12)
        rank++;
    return rank > 0 ? rank : 1;
}

int64_t se__histogram_percentile(const struct se__histogram *histogram, double percentile)
{
    if (percentile <= 0)
        return histogram->minimum_ns;
    int64_t rank = rank_of(percentile, histogram->count);
    int64_t seen = 0;
    for (int i = 0; i < SE__HISTOGRAM_BUCKETS - 1 && rank < histogram->count; i++) {
        seen += histogram->buckets[i];
        if (seen >= rank)
            return highest_value_of(i) < histogram->maximum_ns ? highest_value_of(i) : histogram->maximum_ns;
    }
    return histogram->maximum_ns;
}

int64_t se__histogram_count_up_to(const struct se__histogram *histogram, int64_t value_ns)
{
    if (value_ns < 0)
        return 0;
    int64_t count = 0;
    for (int i = 0; i <= bucket_of(value_ns); i++)
        count += histogram->buckets[i];
    return count;
}
