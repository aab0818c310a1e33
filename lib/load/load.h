/* The public load from inside: what its life (load.c) and its properties (load-properties.c) both see. */
#ifndef SE_LOAD_INSIDE_H
#define SE_LOAD_INSIDE_H

#include "load/figures.h"
#include "load/plan.h"
#include "system/wakeup.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct se_load {
    struct se__plan plan;
    struct se__figures figures;
    struct se__wakeup wakeup;
    atomic_int stops;
    atomic_bool busy;          /* it runs */
    struct se__run *run;       /* while it runs, and so are these two */
    struct se_load *intervals; /* one is handed in to while the other is told of */
    int current;               /* which */
};

/* Finds the address that can be connected to. Its first connection is kept in the run, to be the load's own. 0 or
 * -errno. */
int se__load_find_server(const struct se_load *load, const char *host, int port, struct se__run *run);

#endif
