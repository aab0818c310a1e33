/* Takes peers in, and rests where accepting would fail again and again. */
#ifndef SE_LIB_LISTENER_H
#define SE_LIB_LISTENER_H

#include "peers.h"

struct se__listener {
    struct se__poller *poller; /* the worker's */
    int fd;                    /* -1 once it is closed */
    bool watched;              /* false while it rests */
    int lost_in_a_row;         /* connections that were gone when they were accepted */
    int64_t rest_until_ms;
    uint64_t ended_at_rest; /* one more connection that ends makes room: the rest is over */
    uint64_t tag;
};

int se__listener_begin(struct se__listener *listener, struct se__poller *poller, int fd, uint64_t tag);
/* Accepts one batch of those who wait, so that the others get their turn. While the peers drain, an empty queue closes
 * the listener: those who wait in it come first, for closing would reset them. */
void se__listener_accept(struct se__listener *listener, struct se__peers *peers);
/* Ends a rest that is over. */
void se__listener_wake(struct se__listener *listener, const struct se__peers *peers);
/* When a rest ends at the latest; SE__NEVER where there is none. */
int64_t se__listener_due_ms(const struct se__listener *listener);
void se__listener_close(struct se__listener *listener);

#endif
