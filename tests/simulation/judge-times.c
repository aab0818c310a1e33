/* When a limit of time may act, and when it must have acted. Early is judged by the clock, from the turn in which the
 * last byte moved; late by the time that was waited, with the slack that the headers name and a little for whole
 * milliseconds. */
#include "calls.h"
#include "clock.h"
#include "failure.h"
#include "judge-inside.h"
#include "threads.h"

enum { ROUNDING_MS = 4, TICKS_MS = 11, REST_MS = 100, RETRY_MS = 10, LINGERS_IN_ALL = 6 };

static bool is_over(int64_t since_ns, int64_t limit_ms)
{
    return limit_ms >= 0 && clock_ns() - since_ns >= limit_ms * NS_PER_MS;
}

bool judge_idle_is_over(const struct link *link)
{
    return is_over(link->record->progress_ns, judge.rules.idle_ms);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What moves while the server makes up its mind comes too late. */
static int64_t moved_before_turn_ns(const struct link_record *record)
{
    if (record->moved_ns < threads_turn_ns())
        return record->moved_ns;
    return record->moved_before_ns < threads_turn_ns() ? record->moved_before_ns : 0;
}

bool judge_stall_is_over(const struct link *link)
{
    int64_t since_ns = link->record->progress_ns;
    if (calls_tell_progress())
        since_ns = later(since_ns, moved_before_turn_ns(link->record));
    return is_over(since_ns, judge.rules.stall_ms);
}

bool judge_linger_is_over(const struct link *link)
{
    int64_t limit_ms = judge.rules.linger_ms;
    if (link->record->lingered_turn == threads_turn() || is_over(link->record->progress_ns, limit_ms))
        return true;
    /* A peer that keeps sending: the last millisecond is lost where both times are cut to whole ones. */
    return limit_ms >= 0 && clock_ns() - link->record->finished_ns >= ((LINGERS_IN_ALL - 1) * limit_ms - 1) * NS_PER_MS;
}

bool judge_may_cut(void)
{
    return judge.is_freed || judge.stops > 1 || (judge.stops > 0 && is_over(judge.stop_ns, judge.rules.drain_ms));
}

int64_t judge_waited_ns(void)
{
    return clock_waited_ns() - (int64_t)judge.refused_in_all * RETRY_MS * NS_PER_MS;
}

/* Nobody is served while the thread is not at work, or pauses for want of memory for poll(2). */
static int64_t away_ns(int thread)
{
    int64_t refused = thread < 0 ? judge.refused_in_all : judge.refused[thread];
    return (thread < 0 ? threads_some_away_ns() : threads_away_ns(thread)) + refused * RETRY_MS * NS_PER_MS;
}

static struct judge_moment now_for(int thread)
{
    return (struct judge_moment){.waited_ns = clock_waited_ns(), .away_ns = away_ns(thread), .thread = thread};
}

struct judge_moment judge_now(void)
{
    return now_for(threads_current());
}

struct judge_moment judge_now_for_any(void)
{
    return now_for(-1);
}

static int64_t waited_since_ns(const struct judge_moment *moment)
{
    return (clock_waited_ns() - moment->waited_ns) - (away_ns(moment->thread) - moment->away_ns);
}

static void within(int64_t waited_ns, int64_t limit_ms, int64_t more_ms, const char *promise, int fd)
{
    int64_t late_ms = limit_ms + limit_ms / 256 + ROUNDING_MS + more_ms;
    if (limit_ms >= 0)
        demand(waited_ns <= late_ms * NS_PER_MS, promise, fd);
}

void judge_not_late(const struct link *link)
{
    const struct link_record *record = link->record;
    const struct judge_rules *rules = &judge.rules;
    int64_t quiet_ns = waited_since_ns(&record->quiet);
    if (record->waits_for_memory)
        within(waited_since_ns(&record->in_need), RETRY_MS, 0, "who waits for memory is tried again", link->fd);
    if (link->out_finished) {
        within(quiet_ns, rules->linger_ms, 0, "lingering ends in time", link->fd);
        if (rules->linger_ms >= 0)
            within(waited_since_ns(&record->finished), LINGERS_IN_ALL * rules->linger_ms, 0, "lingering ends in all",
                   link->fd);
    } else if (link->in_taken > link->out_sent) {
        if (calls_tell_progress())
            quiet_ns = sooner(quiet_ns, waited_since_ns(&record->moved));
        within(quiet_ns, rules->stall_ms, TICKS_MS, "a stalled peer is cut in time", link->fd);
    } else if (!record->waits_for_memory) {
        /* Whoever waits for memory when the time is over may have bytes to echo: it is tried again until that is known.
         */
        within(quiet_ns, rules->idle_ms, 0, "an idle connection ends in time", link->fd);
    }
}

void judge_queue_time(const struct link *link)
{
    int64_t queued_ns = sooner(waited_since_ns(&link->record->queued), waited_since_ns(&judge.put_off));
    within(queued_ns, REST_MS, 0, "nobody waits in the listen queue for nothing", link->fd);
}

void judge_stopped(void)
{
    if (judge.stops > 1)
        within(judge_waited_ns() - judge.second_stop_waited_ns, 0, 0, "a second stop ends at once", judge.stops);
    else
        within(judge_waited_ns() - judge.stop_waited_ns, judge.rules.drain_ms, 0, "a stop ends in time", judge.stops);
}

bool judge_lets_queue_go(const struct link *link, int64_t empty_ns)
{
    bool was_empty = judge.stops > 0 && empty_ns >= judge.stop_ns;
    return judge_may_cut() || (was_empty && link->record->queued_ns >= empty_ns);
}
