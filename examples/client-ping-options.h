/* The options that sockecho-client has for measuring round trips one by one, beside those that it shares with --load.
 */
#ifndef EXAMPLES_CLIENT_PING_OPTIONS_H
#define EXAMPLES_CLIENT_PING_OPTIONS_H

#include <stdint.h>

struct ping_options {
    int is_asked;        /* --ping was given */
    int64_t count;       /* 0: until a signal */
    int64_t interval_ms; /* from the end of one to the beginning of the next */
    int64_t size;
    int fill; /* what every byte is, or FILL_VARIES */
};

enum { FILL_VARIES = -1 };

/* One character, which is one byte. 0, or -1 after a complaint. */
int read_fill(const char *text, int *fill_out);

#endif
