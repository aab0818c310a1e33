/* What a ping has come to so far: how many echoes were sent, came back and were lost, by kind, and how long they took.
 */
#ifndef EXAMPLES_CLIENT_PING_RESULT_H
#define EXAMPLES_CLIENT_PING_RESULT_H

#include "client-ping-samples.h"

enum ping_loss {
    LOSS_REFUSED,     /* no connection: nobody listens there, or no way leads there */
    LOSS_TIMED_OUT,   /* the connection or the echo took too long */
    LOSS_RESET,       /* the peer reset the connection, opened or not, or it failed otherwise */
    LOSS_SHORT,       /* the peer closed before the whole echo was back */
    LOSS_MISMATCH,    /* a wrong byte came back, or one too many */
    LOSS_INTERRUPTED, /* a signal ended the ping before the echo was back */
    PING_LOSS_COUNT
};

struct ping_loss_name {
    const char *name; /* "timed out" */
    const char *key;  /* "timed_out" */
};
extern const struct ping_loss_name ping_losses[PING_LOSS_COUNT];

/* Those of `percentiles` that a ping reports. */
enum { PING_PERCENTILE_COUNT = PERCENTILE_COUNT - 1 };

struct ping_result {
    int64_t began_ns;
    int64_t sent;
    int64_t lost[PING_LOSS_COUNT];
    int has_ended_badly; /* all that was sent may have come back, but the connection did not end in order */
    int was_interrupted;
    struct samples samples; /* of those that came back */
};

int64_t total_lost(const struct ping_result *result);

int is_all_well(const struct ping_result *result);

#endif
