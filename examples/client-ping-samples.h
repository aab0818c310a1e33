/* The round trips of a ping in fixed memory, however long it runs: counts in buckets that grow with the value, so that
 * each is known to 0.1 %, as a load's are.
 */
#ifndef EXAMPLES_CLIENT_PING_SAMPLES_H
#define EXAMPLES_CLIENT_PING_SAMPLES_H

#include "client-round-trips.h"

/* Below 2^11 ns a bucket is one nanosecond wide; above, every doubling has 2^10 buckets. The last one ends at 2^40 ns,
 * which is 18 minutes; what is longer counts there.
 */
enum { SAMPLE_SUB_BITS = 10, SAMPLE_VALUE_BITS = 40 };
enum { SAMPLE_BUCKETS = (SAMPLE_VALUE_BITS - SAMPLE_SUB_BITS + 1) << SAMPLE_SUB_BITS };

struct samples {
    int64_t count;
    int64_t sum_ns;
    int64_t least_ns; /* exact, and so is the most; only with a count */
    int64_t most_ns;
    int64_t buckets[SAMPLE_BUCKETS];
};

void add_sample(struct samples *samples, int64_t rtt_ns);

struct round_trips round_trips_of_ping(const struct samples *samples);

#endif
