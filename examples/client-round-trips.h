/* Round trips that were measured, as whoever reports them sees them: those of a load are kept by the library, those of
 * a ping by the program.
 */
#ifndef EXAMPLES_CLIENT_ROUND_TRIPS_H
#define EXAMPLES_CLIENT_ROUND_TRIPS_H

#include "client-json.h"

#include <stdint.h>

/* The functions mean what se_load_latency_ns(), se_load_latency_mean_ns() and se_load_count_up_to() mean. */
struct round_trips {
    int64_t count;
    const void *source;
    int64_t (*latency_ns)(const void *source, double percentile);
    int64_t (*mean_ns)(const void *source);
    int64_t (*count_up_to)(const void *source, int64_t latency_ns);
};

/* By nearest rank: so many per cent took no longer. It is told only where at least ten rank above it, for with fewer it
 * says more of them than of the path.
 */
struct percentile {
    const char *name; /* "p99.9" */
    const char *key;  /* "p99_9" */
    double percentile;
    int64_t least_count; /* so many round trips it takes to tell */
};

/* p50, p90, p99, p99.9 and p99.99. A ping leaves out the last one. */
enum { PERCENTILE_COUNT = 5 };
extern const struct percentile percentiles[PERCENTILE_COUNT];

/* Microseconds; below 0 where it is not known. */
double latency_us(const struct round_trips *trips, double percentile);
double mean_latency_us(const struct round_trips *trips);
double percentile_us(const struct round_trips *trips, const struct percentile *percentile);

/* rtt_min_us, rtt_mean_us, rtt_p50_us and so on for the first so many percentiles, rtt_max_us. */
void put_json_round_trips(struct json *json, const struct round_trips *trips, int percentile_count);

#endif
