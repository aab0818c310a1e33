/* What a load came to, for whoever reports it: figures in the units of a person, losses in words, and whether the load
 * did all that was asked of it.
 */
#ifndef EXAMPLES_CLIENT_LOAD_RESULT_H
#define EXAMPLES_CLIENT_LOAD_RESULT_H

#include "client-options.h"
#include "client-round-trips.h"

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

struct round_trips round_trips_of_load(const struct load_result *result);

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
