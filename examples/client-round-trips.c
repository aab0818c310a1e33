/* What is reported of round trips, in microseconds: see client-round-trips.h. */
#include "client-round-trips.h"

#include <stdio.h>

/* Ten above: of 20 above the median, of 100,000 above the last. */
const struct percentile percentiles[PERCENTILE_COUNT] = {{"p50", "p50", 50, 20},
                                                         {"p90", "p90", 90, 100},
                                                         {"p99", "p99", 99, 1000},
                                                         {"p99.9", "p99_9", 99.9, 10000},
                                                         {"p99.99", "p99_99", 99.99, 100000}};

static double microseconds(int64_t nanoseconds)
{
    return nanoseconds >= 0 ? (double)nanoseconds / 1e3 : -1;
}

double latency_us(const struct round_trips *trips, double percentile)
{
    return microseconds(trips->latency_ns(trips->source, percentile));
}

double mean_latency_us(const struct round_trips *trips)
{
    return microseconds(trips->mean_ns(trips->source));
}

double percentile_us(const struct round_trips *trips, const struct percentile *percentile)
{
    return trips->count >= percentile->least_count ? latency_us(trips, percentile->percentile) : -1;
}

void put_json_round_trips(struct json *json, const struct round_trips *trips, int percentile_count)
{
    put_json_number(json, "rtt_min_us", latency_us(trips, 0));
    put_json_number(json, "rtt_mean_us", mean_latency_us(trips));
    for (int i = 0; i < percentile_count; i++) {
        char key[32];
        snprintf(key, sizeof key, "rtt_%s_us", percentiles[i].key);
        put_json_number(json, key, percentile_us(trips, &percentiles[i]));
    }
    put_json_number(json, "rtt_max_us", latency_us(trips, 100));
}
