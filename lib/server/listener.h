/* Accepts peers, and rests where accepting would fail again and again. */
#ifndef SE_LISTENER_H
#define SE_LISTENER_H

#include "server/service.h"
#include "server/tally.h"
#include "system/address.h"
#include "system/poller.h"

struct se__listener {
    struct se__poller *poller; /* the worker's, and so are these two */
    struct se__service *service;
    struct se__tally *tally;
    int fd;            /* -1 once it is closed or lost, and where somebody else accepts */
    bool watched;      /* false while it rests */
    int lost_in_a_row; /* connections that were gone when they were accepted */
    int64_t rest_until_ms;
    unsigned left_at_rest; /* one more connection that ends makes room: the rest is over */
    uint64_t tag;
};

/* After success the descriptor is the listener's. */
int se__listener_begin(struct se__listener *listener, int fd);
/* Gives the next peer that waits. A descriptor; -EAGAIN nobody waits; -EBADF nobody comes any more; else it rests from
 * now on, or did before. */
int se__listener_accept(struct se__listener *listener, struct se__address *peer_out, int64_t now_ms);
/* There is no room for one more peer. Not while it rests. */
void se__listener_rest(struct se__listener *listener, int64_t now_ms);
/* Ends a rest that is over. */
void se__listener_wake(struct se__listener *listener, int64_t now_ms);
/* When a rest ends at the latest; SE__NEVER where there is none. */
int64_t se__listener_due_ms(const struct se__listener *listener);
void se__listener_close(struct se__listener *listener);

#endif
