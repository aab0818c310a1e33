/* HdrHistogram's percentile text form: a row for each percentile tick, five ticks for every halving of the distance to
 * 100 %, until a row holds all values; then a last one for 100 %, and three lines of summary.
 */
#include "client-load-report.h"

#include <inttypes.h>
#include <math.h>

enum { TICKS_PER_HALVING = 5 };

/* How the library keeps latencies in nanoseconds, said in HdrHistogram's terms: 2048 values, then 29 times as many
 * again, each time twice as wide, up to 2 to the power of 40.
 */
enum { BUCKETS = 30, SUB_BUCKETS = 2048 };

static double microseconds(int64_t nanoseconds)
{
    return (double)nanoseconds / 1e3;
}

/* The distance of a tick to 100 %: 1, 0.9, 0.8, 0.7, 0.6, then 0.5, 0.45 and so on. */
static double distance_at(int tick)
{
    return ldexp(1 - (double)(tick % TICKS_PER_HALVING) / (2.0 * TICKS_PER_HALVING), -(tick / TICKS_PER_HALVING));
}

static void write_row(FILE *stream, int64_t value_ns, double distance, int64_t count)
{
    fprintf(stream, "%12.3f %2.12f %10" PRId64 " %14.2f\n", microseconds(value_ns), 1 - distance, count, 1 / distance);
}

static void write_rows(const struct se_load *load, int64_t total, FILE *stream)
{
    int64_t count = 0;
    for (int tick = 0; count < total; tick++) {
        double distance = distance_at(tick);
        int64_t value_ns = se_load_latency_ns(load, 100 * (1 - distance));
        count = se_load_count_up_to(load, value_ns);
        write_row(stream, value_ns, distance, count);
    }
    fprintf(stream, "%12.3f %2.12f %10" PRId64 " %14s\n", microseconds(se_load_latency_ns(load, 100)), 1.0, total,
            "inf");
}

/* From bucket to bucket: the next value is the one of the next rank. */
static double deviation_us(const struct se_load *load, int64_t total)
{
    double mean_us = microseconds(se_load_latency_mean_ns(load));
    double squares = 0;
    int64_t seen = 0;
    while (seen < total) {
        int64_t value_ns = se_load_latency_ns(load, 100 * (double)(seen + 1) / (double)total);
        int64_t count = se_load_count_up_to(load, value_ns);
        double difference_us = microseconds(value_ns) - mean_us;
        squares += difference_us * difference_us * (double)(count - seen);
        seen = count > seen ? count : total;
    }
    return sqrt(squares / (double)total);
}

void write_load_histogram(const struct se_load *load, FILE *stream)
{
    int64_t total = se_load_stat(load, SE_LOAD_RETURNED);
    fprintf(stream, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    if (total > 0)
        write_rows(load, total, stream);
    fprintf(stream, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
            total > 0 ? microseconds(se_load_latency_mean_ns(load)) : 0, total > 0 ? deviation_us(load, total) : 0);
    fprintf(stream, "#[Max     = %12.3f, Total count    = %12" PRId64 "]\n",
            total > 0 ? microseconds(se_load_latency_ns(load, 100)) : 0, total);
    fprintf(stream, "#[Buckets = %12d, SubBuckets     = %12d]\n", BUCKETS, SUB_BUCKETS);
}
