/* Time: one clock for the whole library, absolute deadlines on it, and lists of deadlines.
 *
 * The clock is CLOCK_MONOTONIC in 64 bits: nobody can set it, and it does not wrap. */
#ifndef SE_DEADLINE_H
#define SE_DEADLINE_H

#include <stdint.h>

/* The longest that server, client and load may be told to look without sleeping. */
enum { SE__BUSY_POLL_MAX_US = 1000000 };

/* A deadline that never comes. */
#define SE__NEVER INT64_MAX

int64_t se__clock_now_ns(void);
int64_t se__clock_now_ms(void);

/* now + timeout, SE__NEVER for a timeout below 0 or a sum that no clock reaches. */
int64_t se__deadline_after(int64_t now_ms, int64_t timeout_ms);
/* The same from this moment on, rounded up to the next whole millisecond: a deadline is never early. */
int64_t se__deadline_in(int64_t timeout_ms);

/* In whatever unit both are. */
static inline int64_t se__sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Milliseconds left as poll(2) takes them: -1 for SE__NEVER, 0 when it is past, else at most INT_MAX. */
int se__deadline_poll_ms(int64_t deadline_ms, int64_t now_ms);

/* A list for one class of deadlines that all have the same duration: whoever is touched goes to the end, so the list
 * is in order as it is filled, and adding, touching and expiring cost the same however many there are.
 *
 * A busy connection is touched for every echo. To keep that cheap, a touch within 1/256 of the duration since the last
 * one is dropped, and the deadline comes that much later instead: never early, at most 0.4 % and 1 ms late. */
struct se__deadline {
    struct se__deadline *next;
    struct se__deadline *previous;
    struct se__deadline_list *list; /* the one that it is in, or NULL */
    int64_t touched_ms;
};

struct se__deadline_list {
    struct se__deadline *first;
    struct se__deadline *last;
    int64_t duration_ms; /* SE__NEVER: members stay, none falls due */
};

void se__deadline_list_begin(struct se__deadline_list *list, int64_t duration_ms);
/* From here on all of its members have this duration, and none of them falls due too early for it. */
void se__deadline_list_set_duration(struct se__deadline_list *list, int64_t duration_ms, int64_t now_ms);
/* Puts the deadline to the end of the list, taking it out of the one it was in. */
void se__deadline_move(struct se__deadline *deadline, struct se__deadline_list *list, int64_t now_ms);

static inline int64_t se__deadline_slack_ms(const struct se__deadline_list *list)
{
    return (int64_t)((uint64_t)list->duration_ms / 256); /* never negative: a shift is enough */
}

/* Puts it into the list, where it was not; its time starts anew. */
static inline void se__deadline_touch(struct se__deadline *deadline, struct se__deadline_list *list, int64_t now_ms)
{
    if (deadline->list != list || now_ms - deadline->touched_ms > se__deadline_slack_ms(list))
        se__deadline_move(deadline, list, now_ms);
}

/* The same for something that happened at an earlier time, without slack. It costs a walk from the end past those that
 * were touched later: none for what happened just now, however many are in the list. */
void se__deadline_touch_at(struct se__deadline *deadline, struct se__deadline_list *list, int64_t then_ms);
void se__deadline_remove(struct se__deadline *deadline);
/* When the first one falls due, SE__NEVER for an empty list. */
int64_t se__deadline_list_due_ms(const struct se__deadline_list *list);
/* The first one that is due at now_ms, still in the list, or NULL. */
struct se__deadline *se__deadline_list_expired(const struct se__deadline_list *list, int64_t now_ms);

#endif
