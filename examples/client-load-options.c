/* The options of sockecho-client --load: see client-load-options.h. */
#include "client-load-options.h"

#include "arguments.h"
#include "report.h"

#include <inttypes.h>

enum { DEFAULT_DURATION_MS = 10000, DEFAULT_TIMEOUT_MS = 10000, DEFAULT_SIZE = 64, DEFAULT_INTERVAL_MS = 1000 };
enum { NOT_GIVEN = -1 };
enum {
    MAX_CONNECTIONS = 1000000,
    MAX_DEPTH = 65536,
    MAX_RATE = 1000000000,
    MAX_THREADS = 256,
    MAX_BUSY_POLL_US = 1000000
};

struct load_options default_load_options(void)
{
    return (struct load_options){.connections = 1,
                                 .depth = 1,
                                 .size = DEFAULT_SIZE,
                                 .duration_ms = NOT_GIVEN,
                                 .timeout_ms = DEFAULT_TIMEOUT_MS,
                                 .threads = 1,
                                 .seed = 1,
                                 .interval_ms = DEFAULT_INTERVAL_MS};
}

int read_load_option(int option, const char *value, struct load_options *options)
{
    switch (option) {
    case OPTION_CONNECTIONS:
        return read_whole_number("connections", value, 1, MAX_CONNECTIONS, &options->connections);
    case OPTION_DEPTH:
        return read_whole_number("depth", value, 1, MAX_DEPTH, &options->depth);
    case OPTION_RATE:
        return read_whole_number("rate", value, 0, MAX_RATE, &options->rate);
    case OPTION_DURATION:
        return read_seconds("duration", value, 1, &options->duration_ms);
    case OPTION_WARMUP:
        return read_seconds("warmup", value, 0, &options->warmup_ms);
    case OPTION_THREADS:
        return read_whole_number("threads", value, 1, MAX_THREADS, &options->threads);
    case OPTION_SEED:
        return read_whole_number("seed", value, 0, INT64_MAX, &options->seed);
    case OPTION_BUSY_POLL:
        return read_whole_number("busy-poll", value, 0, MAX_BUSY_POLL_US, &options->busy_poll_us);
    default:
        options->is_asked = 1;
        return 0;
    }
}

int settle_load_options(struct load_options *options, int64_t count, int64_t interval_ms, int64_t size)
{
    if (interval_ms == 0) {
        complain("interval '0' is too short beside --load");
        return -1;
    }
    if (options->duration_ms == NOT_GIVEN)
        options->duration_ms = count > 0 ? 0 : DEFAULT_DURATION_MS;
    options->count = count > 0 ? count : 0;
    if (interval_ms > 0)
        options->interval_ms = interval_ms;
    if (size > 0)
        options->size = size;
    return 0;
}
