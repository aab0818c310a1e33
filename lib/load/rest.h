/* How a load waits: coarsely where milliseconds will do, and to the microsecond before a message is due. */
#ifndef SE_REST_H
#define SE_REST_H

#include "system/poller.h"

struct se__rest {
    int64_t now_ns;
    int64_t coarse_ns;  /* wake up then or a little later */
    int64_t precise_ns; /* wake up exactly then */
};

/* INT64_MAX is never. Returns as se__poller_wait(). */
int se__rest_until(const struct se__rest *rest, struct se__poller *poller,
                   struct se__poller_event events[SE__POLLER_EVENTS_MAX]);

#endif
