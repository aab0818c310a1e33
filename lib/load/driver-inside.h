/* A driver from inside: what its turns (driver.c) and its figures (driver-figures.c) both see. */
#ifndef SE_DRIVER_INSIDE_H
#define SE_DRIVER_INSIDE_H

#include "load/driver.h"
#include "load/schedule.h"
#include "load/traffic.h"
#include "system/round.h"

struct se__driver {
    struct se__run *run;
    int thread;
    struct se__poller *poller;
    struct se__traffic traffic;
    struct se__schedule schedule;
    struct se__round round;
    int64_t begin_ns;
    int64_t waited_ns; /* since then */
    int64_t interval_began_ns;
    int64_t interval_waited_ns; /* of waited_ns: before the interval */
    int64_t interval_due_ns;    /* INT64_MAX: nobody wants to hear */
    int64_t measurement_end_ns; /* of all drivers that have ended; known when this one has */
    int64_t last_event_ns;
    int stops_heeded;
    int64_t stopped_ns; /* when the first of them was heeded; INT64_MAX: none was */
    bool watches_wakeup;
    bool is_time_over;
    bool is_measuring; /* the warm-up is over */
    struct se__poller_event events[SE__POLLER_EVENTS_MAX];
};

/* When an interval is over: hands in what there is since the last time, and the first driver tells the caller of it. */
void se__driver_end_interval(struct se__driver *driver);
/* Counts what was due and did not leave, when all is over. */
void se__driver_count_rest(struct se__driver *driver);
/* Tells what concerns the whole run and not its intervals. */
void se__driver_sum_up(struct se__driver *driver);
/* After that: hands in what came after the last interval. */
void se__driver_end_last_interval(struct se__driver *driver);

#endif
