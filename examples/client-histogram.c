/* HdrHistogram's percentile text form: a row for each percentile tick, five ticks for every halving of the distance to
 * 100 %, until a row holds all values; then a last one for 100 %, and three lines of summary.
 */
#include "client-histogram.h"

#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { TICKS_PER_HALVING = 5 };

/* How the library keeps the latencies of a load in nanoseconds, said in HdrHistogram's terms: 2048 values, then 29
 * times as many again, each time twice as wide, up to 2 to the power of 40. Those of a ping are kept in the same way.
 */
enum { BUCKETS = 30, SUB_BUCKETS = 2048 };

/* The distance of a tick to 100 %: 1, 0.9, 0.8, 0.7, 0.6, then 0.5, 0.45 and so on. */
static double distance_at(int tick)
{
    return ldexp(1 - (double)(tick % TICKS_PER_HALVING) / (2.0 * TICKS_PER_HALVING), -(tick / TICKS_PER_HALVING));
}

static void write_row(FILE *file, int64_t value_ns, double distance, int64_t count)
{
    fprintf(file, "%12.3f %2.12f %10" PRId64 " %14.2f\n", (double)value_ns / 1e3, 1 - distance, count, 1 / distance);
}

static void write_rows(const struct round_trips *trips, FILE *file)
{
    int64_t count = 0;
    for (int tick = 0; count < trips->count; tick++) {
        double distance = distance_at(tick);
        int64_t value_ns = trips->latency_ns(trips->source, 100 * (1 - distance));
        count = trips->count_up_to(trips->source, value_ns);
        write_row(file, value_ns, distance, count);
    }
    fprintf(file, "%12.3f %2.12f %10" PRId64 " %14s\n", latency_us(trips, 100), 1.0, trips->count, "inf");
}

/* From bucket to bucket: the next value is the one of the next rank. */
static double deviation_us(const struct round_trips *trips)
{
    double mean_us = mean_latency_us(trips);
    double squares = 0;
    int64_t seen = 0;
    while (seen < trips->count) {
        int64_t value_ns = trips->latency_ns(trips->source, 100 * (double)(seen + 1) / (double)trips->count);
        int64_t count = trips->count_up_to(trips->source, value_ns);
        double difference_us = (double)value_ns / 1e3 - mean_us;
        squares += difference_us * difference_us * (double)(count - seen);
        seen = count > seen ? count : trips->count;
    }
    return sqrt(squares / (double)trips->count);
}

static void write_distribution(const struct round_trips *trips, FILE *file)
{
    fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    if (trips->count > 0)
        write_rows(trips, file);
    fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", trips->count > 0 ? mean_latency_us(trips) : 0,
            trips->count > 0 ? deviation_us(trips) : 0);
    fprintf(file, "#[Max     = %12.3f, Total count    = %12" PRId64 "]\n",
            trips->count > 0 ? latency_us(trips, 100) : 0, trips->count);
    fprintf(file, "#[Buckets = %12d, SubBuckets     = %12d]\n", BUCKETS, SUB_BUCKETS);
}

int open_histogram(const char *path, FILE **file_out)
{
    *file_out = path != NULL ? fopen(path, "we") : NULL;
    if (path == NULL || *file_out != NULL)
        return 0;
    complain("cannot open histogram '%s': %s", path, strerror(errno));
    return -1;
}

int write_histogram(const struct round_trips *trips, FILE *file, const char *path)
{
    if (file == NULL)
        return 0;
    write_distribution(trips, file);
    /* A write that failed before is known to ferror(3) alone. */
    int failed = fflush(file) == EOF || ferror(file);
    if (failed)
        complain("cannot write histogram '%s': %s", path, strerror(errno));
    return failed ? -1 : 0;
}

void close_histogram(FILE *file)
{
    if (file != NULL)
        fclose(file);
}
