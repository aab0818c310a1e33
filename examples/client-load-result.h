/* What a load came to, for whoever reports it: figures in the units of a person, losses in words, and whether the load
 * did all that was asked of it.
 */
#ifndef EXAMPLES_CLIENT_LOAD_RESULT_H
#define EXAMPLES_CLIENT_LOAD_RESULT_H

#include "client-options.h"

#include <sockecho.h>
#include <stddef.h>

struct load_result {
    const struct se_load *load;
    const struct client_options *options;
    int was_stopped; /* by a signal */
};

int64_t load_figure(const struct load_result *result, int stat);
double seconds_of_load(const struct load_result *result);

/* A second; below 0 where no time has passed. `figure` is of messages or of bytes. */
double per_second(const struct load_result *result, int64_t figure);

/* The percentiles that are reported. One is told only where at least ten echoes took longer. */
struct load_percentile {
    const char *name; /* "p99.9" */
    const char *key;  /* "p99_9" */
    double percentile;
    int64_t least_count; /* so many echoes it takes */
};
enum { LOAD_PERCENTILE_COUNT = 5 };
extern const struct load_percentile load_percentiles[LOAD_PERCENTILE_COUNT];

/* Microseconds; below 0 where it is not known. */
double latency_us(const struct load_result *result, double percentile);
double mean_latency_us(const struct load_result *result);
double percentile_us(const struct load_result *result, const struct load_percentile *percentile);

/* What can befall a connection, the gravest first, and what was not even sent. */
struct load_loss {
    int stat;
    const char *key; /* "timed_out_connections" */
};
enum { LOAD_LOSS_COUNT = 8 };
extern const struct load_loss load_losses[LOAD_LOSS_COUNT];

/* A sentence without its full stop: what happened, and how often. */
void describe_loss(const struct load_result *result, int loss, char *text, size_t size);

double busy_percent(const struct load_result *result);

/* The engine's own core had no time left: what was measured is the engine. */
int was_saturated(const struct load_result *result);

/* Whether the load failed to do all that was asked; then `text` says why. */
int find_shortcoming(const struct load_result *result, char *text, size_t size);

#endif
