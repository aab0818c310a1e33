/* What a person sees while a load runs: one line on stderr that is written anew in its place. */
#ifndef EXAMPLES_CLIENT_LOAD_LIVE_H
#define EXAMPLES_CLIENT_LOAD_LIVE_H

#include "client-load-options.h"

#include <sockecho.h>

struct live_line {
    int is_shown;
    int length; /* of what stands there */
    int64_t elapsed_ns;
    int64_t lost;
};

/* Only where stderr is a terminal; elsewhere nothing is ever written. 0, or a negative error of the library. */
int begin_live_line(struct live_line *line, struct se_load *load, const struct load_options *options);

/* Leaves the place of the line empty. */
void end_live_line(struct live_line *line);

#endif
