/* Latencies in fixed memory: counts in buckets that grow with the value, so that each is known to 0.1 %. */
#ifndef SE_HISTOGRAM_H
#define SE_HISTOGRAM_H

#include <stdint.h>

/* Below 2^11 ns a bucket is one nanosecond wide; above, every doubling has 2^10 buckets. The last one ends at 2^40 ns,
 * which is 18 minutes; what is longer counts there. */
enum {
    SE__HISTOGRAM_SUB_BITS = 10,
    SE__HISTOGRAM_VALUE_BITS = 40,
    SE__HISTOGRAM_BUCKETS = (SE__HISTOGRAM_VALUE_BITS - SE__HISTOGRAM_SUB_BITS + 1) << SE__HISTOGRAM_SUB_BITS
};

struct se__histogram {
    int64_t count;
    int64_t sum_ns;
    int64_t minimum_ns; /* exact, and so is the maximum; only with a count */
    int64_t maximum_ns;
    int64_t buckets[SE__HISTOGRAM_BUCKETS];
};

/* The same as to record the value so many times. */
void se__histogram_record(struct se__histogram *histogram, int64_t value_ns, int64_t count);
/* Exactly as if all had been recorded in one. */
void se__histogram_merge(struct se__histogram *histogram, const struct se__histogram *other);
/* The least value that `percentile` per cent do not exceed (nearest rank), at most 0.1 % too high; 0 and 100 are exact.
 * There must be a count. */
int64_t se__histogram_percentile(const struct se__histogram *histogram, double percentile);
/* How many are in the buckets up to the one of this value. */
int64_t se__histogram_count_up_to(const struct se__histogram *histogram, int64_t value_ns);

#endif
