/* What a load is meant to be: the settings, and which message leaves when. */
#ifndef SE_PLAN_H
#define SE_PLAN_H

#include "load/stream.h"

#include <sockecho/load.h>

struct se__plan {
    int connections;
    int64_t size;
    int depth;
    int64_t rate; /* messages a second, 0: as the echoes come back */
    int64_t duration_ms;
    int64_t count; /* 0: no limit */
    int64_t warmup_ms;
    int64_t timeout_ms;
    uint64_t seed;
    int threads;
    int64_t busy_poll_us;
    int64_t interval_ms;
    se_load_callback callback;
    void *user_data;
};

/* The moments of a run that has begun, on the library's clock. */
struct se__timetable {
    int64_t begin_ns;
    int64_t measure_ns; /* the warm-up is over */
    int64_t end_ns;     /* nothing is sent from here on; INT64_MAX for none */
};

/* So much later, INT64_MAX where that is beyond all clocks. */
int64_t se__later_ns(int64_t time_ns, int64_t by_ms);

void se__plan_begin(struct se__plan *plan);
struct se__timetable se__plan_timetable(const struct se__plan *plan, int64_t begin_ns);
/* When message `number` of all, from 0, is meant to leave. Only with a rate. */
int64_t se__plan_due_ns(const struct se__plan *plan, const struct se__timetable *timetable, int64_t number);
/* When the time to send in that was asked for is over; INT64_MAX: none was, and the number alone ends the load. */
int64_t se__plan_last_ns(const struct se__plan *plan, const struct se__timetable *timetable);
/* Which of all messages the `nth` one of a connection is. The connections take turns. */
int64_t se__plan_number(const struct se__plan *plan, int connection, int64_t nth);
/* How many messages are due by now, of all there are before the end. Only with a rate. */
int64_t se__plan_due_count(const struct se__plan *plan, const struct se__timetable *timetable, int64_t now_ns);
/* A connection's share of the first `messages`. */
int64_t se__plan_quota(const struct se__plan *plan, int connection, int64_t messages);
/* How many connections a thread has, and which is its nth one. The threads take turns. */
int se__plan_share(const struct se__plan *plan, int thread);
int se__plan_connection(const struct se__plan *plan, int thread, int nth);

#endif
