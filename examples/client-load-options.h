/* The options that sockecho-client has for --load alone, beside those that it shares with -n. */
#ifndef EXAMPLES_CLIENT_LOAD_OPTIONS_H
#define EXAMPLES_CLIENT_LOAD_OPTIONS_H

#include <stdint.h>

/* Their numbers for getopt_long(3), above those of every other option. */
enum {
    OPTION_LOAD = 512,
    OPTION_CONNECTIONS,
    OPTION_DEPTH,
    OPTION_RATE,
    OPTION_DURATION,
    OPTION_WARMUP,
    OPTION_THREADS,
    OPTION_SEED,
    OPTION_BUSY_POLL
};

struct load_options {
    int is_asked; /* --load was given */
    int64_t connections;
    int64_t depth;
    int64_t size;
    int64_t rate;        /* messages a second; 0: as fast as they come back */
    int64_t duration_ms; /* 0: no limit of time */
    int64_t count;       /* 0: no limit of number */
    int64_t warmup_ms;
    int64_t timeout_ms;
    int64_t threads;
    int64_t seed;
    int64_t busy_poll_us;
    int64_t interval_ms; /* between two live lines */
};

/* What a load is when nothing is said about it. */
struct load_options default_load_options(void);

/* 0, or -1 after a complaint. The texts stay those of the arguments. */
int read_load_option(int option, const char *value, struct load_options *options);

/* Fills in what depends on several options: those that --load shares with -n, negative where they were not given. 0, or
 * -1 after a complaint.
 */
int settle_load_options(struct load_options *options, int64_t count, int64_t interval_ms, int64_t size);

#endif
