/* The lanes of one driver and what happens on them: which are open, who is owed an answer, who has none left. */
#ifndef SE_TRAFFIC_H
#define SE_TRAFFIC_H

#include "load/lane.h"
#include "system/address.h"
#include "system/poller.h"

struct se__traffic {
    struct se__poller *poller;
    const struct se__address *address;
    struct se__lane_shop shop;
    struct se__lane *lanes;
    int64_t *left_ns; /* of all lanes */
    int count;
    int to_open;                      /* the next lane that is to be opened */
    int connecting;                   /* lanes */
    int alive;                        /* lanes that are connecting, open or finishing */
    bool is_ending;                   /* no message becomes allowed any more */
    int64_t retry_ns;                 /* when lanes that found no memory try again; INT64_MAX: none has to */
    struct se__deadline_list waiting; /* lanes that are owed something */
};

/* Makes the lanes of a thread; poller and address are set already. 0 or -ENOMEM. */
int se__traffic_begin(struct se__traffic *traffic, const struct se__plan *plan, const struct se__stream_pool *pool,
                      int thread);
/* Closes what is open. */
void se__traffic_end(struct se__traffic *traffic);
/* For the first lane: it is connected already. */
void se__traffic_adopt(struct se__traffic *traffic, int fd);
/* Begins as many connects as may be under way at the same time. */
void se__traffic_open(struct se__traffic *traffic);
/* Whether connects are under way; where none is, se__traffic_open() has begun them all. */
bool se__traffic_is_opening(const struct se__traffic *traffic);

/* The lane with this tag is ready. */
void se__traffic_serve(struct se__traffic *traffic, uint64_t tag);
/* So many more messages of this lane may leave. */
void se__traffic_allow(struct se__traffic *traffic, int index, int64_t messages);
/* So many messages of this lane were allowed to leave by now, at least. None is sent. */
void se__traffic_owe(struct se__traffic *traffic, int index, int64_t messages);
/* From here on nothing more becomes allowed; `at_once` also takes back what is allowed and has not left. */
void se__traffic_finish(struct se__traffic *traffic, bool at_once);
/* Closes every lane, whatever it is owed. */
void se__traffic_abandon(struct se__traffic *traffic);
/* Loses whoever was owed something for too long at `asked_ms`: whoever was ready by then has been served. */
void se__traffic_keep_deadlines(struct se__traffic *traffic, int64_t asked_ms);
/* Serves those that found no memory, when it is time to. */
void se__traffic_retry(struct se__traffic *traffic);
int64_t se__traffic_memory(const struct se__traffic *traffic);

#endif
