/** @file judge-inside.h
 * What the three files of the judge share.
 */
#ifndef SIMULATION_JUDGE_INSIDE_H
#define SIMULATION_JUDGE_INSIDE_H

#include "judge.h"
#include "threads.h"

struct judge {
    struct judge_rules rules;
    int stops;
    bool is_freed;
    int64_t stop_ns;
    int64_t stop_waited_ns;
    int64_t second_stop_waited_ns;
    struct judge_moment put_off;
    int deaf[THREADS_MAX];    /* how often in a row, for each thread */
    int refused[THREADS_MAX]; /* how often in all */
    int refused_in_all;
    int active;
    int most;
    int of_address[JUDGE_ADDRESSES];
    int ambiguous;
    int64_t expected[SE_STAT_PAUSES + 1];
    int64_t accept_errors;
    int64_t pauses;
    int64_t opened; /* by what the callback heard */
    uint64_t lives;
    uint64_t received;
    uint64_t echoed;
};

extern struct judge judge;

int judge_address(const struct link *link);

/* For whoever this thread serves, and for whoever any thread may serve. */
struct judge_moment judge_now(void);
struct judge_moment judge_now_for_any(void);

/* The time that was waited, but for the pauses that a want of memory for poll(2) may have cost. */
int64_t judge_waited_ns(void);

/* Whether a limit of time is over, so that it may act. */
bool judge_idle_is_over(const struct link *link);
bool judge_stall_is_over(const struct link *link);
bool judge_linger_is_over(const struct link *link);
/* Whether what is left may be cut: a second stop, the end of the drain, or of the server. */
bool judge_may_cut(void);

/* That none should have acted before. */
void judge_not_late(const struct link *link);
void judge_queue_time(const struct link *link);

void judge_count_end(struct link *link);

#endif
