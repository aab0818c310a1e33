/* What the load programs have in common: their command line, and the window in which they count. A load runs for a
 * tenth of the duration before the window begins, so that what is counted is a load that has settled. */
#ifndef BENCH_LOAD_WINDOW_H
#define BENCH_LOAD_WINDOW_H

#include "options.h"

struct load_wish {
    struct bench_place place;
    int64_t connections;
    int64_t size;
    int64_t depth; /* messages in flight on a connection */
    int64_t duration_ms;
};

enum { LOAD_TENTHS = 10 };

/* One edge of the window. */
struct load_mark {
    int64_t at_ns;
    int64_t cpu_ns;
    int64_t echoes;
};

/* 0, or -1 after a complaint. */
int load_read_wish(int count, char **arguments, struct load_wish *wish_out);

struct load_mark load_mark_now(int64_t echoes);

/* Prints what lies between the two as one JSON object. 0, or -1 after a complaint. */
int load_print_window(const struct load_wish *wish, const struct load_mark *begin, const struct load_mark *end);

#endif
