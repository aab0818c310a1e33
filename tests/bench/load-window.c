/* The command line and the result of the load programs: see load-window.h. */
#include "load-window.h"

#include "measure.h"
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

enum { MAX_CONNECTIONS = 1000000, MAX_DEPTH = 65536, MAX_SIZE = 1 << 30, LEAST_DURATION_MS = 100 };

int load_read_wish(int count, char **arguments, struct load_wish *wish_out)
{
    struct load_wish wish = {.connections = 1, .size = 64, .depth = 1, .duration_ms = 10000};
    const struct bench_option options[] = {
        {"connections", 1, MAX_CONNECTIONS, &wish.connections},
        {"size", 1, MAX_SIZE, &wish.size},
        {"depth", 1, MAX_DEPTH, &wish.depth},
        {"duration", LEAST_DURATION_MS, 0, &wish.duration_ms},
        {.name = NULL},
    };
    if (bench_read_options(count, arguments, options, &wish.place) < 0)
        return -1;
    *wish_out = wish;
    return 0;
}

struct load_mark load_mark_now(int64_t echoes)
{
    return (struct load_mark){.at_ns = bench_now_ns(), .cpu_ns = bench_cpu_ns(), .echoes = echoes};
}

int load_print_window(const struct load_wish *wish, const struct load_mark *begin, const struct load_mark *end)
{
    int64_t echoes = end->echoes - begin->echoes;
    double seconds = (double)(end->at_ns - begin->at_ns) / 1e9;
    double cpu_seconds = (double)(end->cpu_ns - begin->cpu_ns) / 1e9;
    printf("{\"connections\": %" PRId64 ", \"size_bytes\": %" PRId64 ", \"depth\": %" PRId64 ", ", wish->connections,
           wish->size, wish->depth);
    printf("\"echoes\": %" PRId64 ", \"seconds\": %.6f, \"echoes_per_second\": %.1f, ", echoes, seconds,
           (double)echoes / seconds);
    printf("\"cpu_seconds\": %.6f, \"echoes_per_cpu_second\": %.1f}\n", cpu_seconds, (double)echoes / cpu_seconds);
    return flush_output();
}
