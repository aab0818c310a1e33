/* What a person sees while a load runs: the figures of the last interval, on the live line. */
#ifndef EXAMPLES_CLIENT_LOAD_LIVE_H
#define EXAMPLES_CLIENT_LOAD_LIVE_H

#include "client-live.h"
#include "client-load-options.h"

#include <sockecho.h>

struct load_live {
    struct live_line line;
    int64_t interval_ms;
    int64_t elapsed_ns;
    int64_t lost;
};

/* Only where stderr is a terminal; elsewhere nothing is ever written. 0, or a negative error of the library. */
int begin_load_live(struct load_live *live, struct se_load *load, const struct load_options *options);

void end_load_live(struct load_live *live);

#endif
