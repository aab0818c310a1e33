/* The command line of the measuring programs: options of a number each, then the server's port and host. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdint.h>

struct bench_option {
    const char *name; /* of the long option */
    int64_t least;
    int64_t most; /* 0: the option is a time in seconds, and the value is in milliseconds */
    int64_t *value;
};

/* Where the server is. */
struct bench_place {
    const char *host;
    int port;
};

/* Reads --NAME VALUE for each of the options, which end with one without a name. A program that needs no server gives
 * NULL for the place; all others get `-p PORT HOST`. 0, or -1 after a complaint. */
int bench_read_options(int count, char **arguments, const struct bench_option *options, struct bench_place *place_out);

#endif
