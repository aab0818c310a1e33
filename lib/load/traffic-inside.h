/* The lanes of a driver from inside: what opens and ends them (traffic.c) and what serves them (traffic-serve.c) both
 * see. */
#ifndef SE_TRAFFIC_INSIDE_H
#define SE_TRAFFIC_INSIDE_H

#include "load/traffic.h"

static inline int64_t se__traffic_now_ms(const struct se__traffic *traffic)
{
    return traffic->shop.now_ns / 1000000;
}

/* A message of which a part is out is owed: that part may be back while the rest has not left. */
static inline bool se__lane_is_owed_nothing(const struct se__lane *lane)
{
    return lane->whole == lane->begun;
}

/* Watches the lane for that, or out of the poller. 0 or -errno. */
int se__traffic_watch(struct se__traffic *traffic, struct se__lane *lane, int interest);
void se__traffic_look_away(struct se__traffic *traffic, struct se__lane *lane);
/* Closes a lane, in order or with a loss that counts. */
void se__traffic_close(struct se__traffic *traffic, struct se__lane *lane);
void se__traffic_lose(struct se__traffic *traffic, struct se__lane *lane, int error);
/* Ends the lane's stream when no message is left to send and none to wait for. */
void se__traffic_half_close_if_done(struct se__traffic *traffic, struct se__lane *lane);

#endif
