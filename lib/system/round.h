/* Whether everybody who was ready has been told of. A wait tells of so many events and no more; pollers go round, so
 * that the waits of one round together tell of all who were ready when it began. Those whose time was over by then can
 * be judged when it is whole, and not before: whoever was not told of had not done his part in time. */
#ifndef SE_ROUND_H
#define SE_ROUND_H

#include "system/poller.h"

#include <stdbool.h>
#include <stdint.h>

struct se__round {
    int64_t asked_ms; /* when it began; INT64_MIN: it never did, so that nobody's time was over by then */
    uint32_t members; /* who were there then */
    uint32_t told;    /* of so many of them at least; 0: the next wait begins a round */
};

/* Before each wait. */
static inline void se__round_ask(struct se__round *round, int64_t now_ms, uint32_t members)
{
    if (round->told > 0)
        return;
    round->asked_ms = now_ms;
    round->members = members;
}

/* After it, with how many events it gave: whether the round is whole, so that the next wait begins another one. */
static inline bool se__round_is_whole(struct se__round *round, int events)
{
    enum { STRANGERS_MAX = 2 }; /* among the events: the listener's and the wake-up's */
    bool may_be_more = events == SE__POLLER_EVENTS_MAX;
    if (may_be_more)
        round->told += SE__POLLER_EVENTS_MAX - STRANGERS_MAX;
    if (may_be_more && round->told < round->members)
        return false;
    round->told = 0;
    return true;
}

/* After a wait for which the kernel had no memory: nobody was asked after. */
static inline void se__round_refuse(struct se__round *round)
{
    round->asked_ms = INT64_MIN;
    round->told = 0;
}

/* When the next wait shall end where somebody is due at `due_ms`: not at once after one that was refused. */
static inline int64_t se__round_wake_up_ms(const struct se__round *round, int64_t due_ms, int64_t now_ms)
{
    enum { RETRY_MS = 10 };
    bool is_refused = round->asked_ms == INT64_MIN;
    return is_refused && due_ms < now_ms + RETRY_MS ? now_ms + RETRY_MS : due_ms;
}

#endif
