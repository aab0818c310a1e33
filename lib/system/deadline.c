/* The clock, the arithmetic on it that cannot overflow, and the deadline lists. */
#include "system/deadline.h"

#include <limits.h>
#include <stddef.h>
#include <time.h>

int64_t se__clock_now_ns(void)
{
    struct timespec now;
    /* It cannot fail: CLOCK_MONOTONIC exists wherever this library builds, and the address is good. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t se__clock_now_ms(void)
{
    return se__clock_now_ns() / 1000000;
}

int64_t se__deadline_after(int64_t now_ms, int64_t timeout_ms)
{
    if (timeout_ms < 0 || timeout_ms > SE__NEVER - now_ms)
        return SE__NEVER;
    return now_ms + timeout_ms;
}

int64_t se__deadline_in(int64_t timeout_ms)
{
    if (timeout_ms < 0)
        return SE__NEVER; /* what has no end needs no beginning: a reading of the clock saved for every echo */
    return se__deadline_after((se__clock_now_ns() + 999999) / 1000000, timeout_ms);
}

int se__deadline_poll_ms(int64_t deadline_ms, int64_t now_ms)
{
    if (deadline_ms == SE__NEVER)
        return -1;
    if (deadline_ms <= now_ms)
        return 0;
    int64_t left_ms = deadline_ms - now_ms;
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

void se__deadline_list_begin(struct se__deadline_list *list, int64_t duration_ms)
{
    *list = (struct se__deadline_list){.duration_ms = duration_ms};
}

void se__deadline_list_set_duration(struct se__deadline_list *list, int64_t duration_ms, int64_t now_ms)
{
    if (duration_ms == list->duration_ms)
        return;
    /* With the slack of before, each may have been touched so much later than it says. */
    for (struct se__deadline *member = list->first; member; member = member->next)
        member->touched_ms = se__sooner(now_ms, se__deadline_after(member->touched_ms, se__deadline_slack_ms(list)));
    list->duration_ms = duration_ms;
}

/* Behind previous, or to the front where that is NULL. */
static void insert(struct se__deadline *deadline, struct se__deadline_list *list, struct se__deadline *previous)
{
    struct se__deadline *next = previous ? previous->next : list->first;
    deadline->list = list;
    deadline->previous = previous;
    deadline->next = next;
    *(previous ? &previous->next : &list->first) = deadline;
    *(next ? &next->previous : &list->last) = deadline;
}

void se__deadline_move(struct se__deadline *deadline, struct se__deadline_list *list, int64_t now_ms)
{
    se__deadline_remove(deadline);
    insert(deadline, list, list->last);
    deadline->touched_ms = now_ms;
}

void se__deadline_touch_at(struct se__deadline *deadline, struct se__deadline_list *list, int64_t then_ms)
{
    se__deadline_remove(deadline);
    deadline->touched_ms = then_ms;
    struct se__deadline *previous = list->last;
    while (previous && previous->touched_ms > then_ms)
        previous = previous->previous;
    insert(deadline, list, previous);
}

void se__deadline_remove(struct se__deadline *deadline)
{
    struct se__deadline_list *list = deadline->list;
    if (!list)
        return;
    *(deadline->previous ? &deadline->previous->next : &list->first) = deadline->next;
    *(deadline->next ? &deadline->next->previous : &list->last) = deadline->previous;
    deadline->list = NULL;
}

int64_t se__deadline_list_due_ms(const struct se__deadline_list *list)
{
    if (!list->first || list->duration_ms == SE__NEVER)
        return SE__NEVER;
    /* One more: touched_ms is a time that was cut to whole milliseconds. */
    int64_t due_ms = se__deadline_after(list->first->touched_ms, list->duration_ms);
    return se__deadline_after(due_ms, se__deadline_slack_ms(list) + 1);
}

struct se__deadline *se__deadline_list_expired(const struct se__deadline_list *list, int64_t now_ms)
{
    int64_t due_ms = se__deadline_list_due_ms(list);
    return due_ms != SE__NEVER && due_ms <= now_ms ? list->first : NULL;
}
