/* Message n leaves n / rate seconds after the beginning, whatever has become of the others; that is the whole schedule.
 */
#include "load/plan.h"

static const int64_t ns_per_s = 1000000000;

void se__plan_begin(struct se__plan *plan)
{
    *plan = (struct se__plan){
        .connections = 1,
        .size = 64,
        .depth = 1,
        .duration_ms = 10000,
        .timeout_ms = 10000,
        .seed = 1,
        .threads = 1,
    };
}

int64_t se__later_ns(int64_t time_ns, int64_t by_ms)
{
    return by_ms > (INT64_MAX - time_ns) / 1000000 ? INT64_MAX : time_ns + by_ms * 1000000;
}

struct se__timetable se__plan_timetable(const struct se__plan *plan, int64_t begin_ns)
{
    int64_t measure_ns = se__later_ns(begin_ns, plan->warmup_ms);
    return (struct se__timetable){
        .begin_ns = begin_ns,
        .measure_ns = measure_ns,
        .end_ns = plan->duration_ms > 0 ? se__later_ns(measure_ns, plan->duration_ms) : INT64_MAX,
    };
}

/* Whole seconds apart from the rest, so that nothing overflows for as long as a load can last. */
int64_t se__plan_due_ns(const struct se__plan *plan, const struct se__timetable *timetable, int64_t number)
{
    int64_t seconds = number / plan->rate;
    int64_t rest = number % plan->rate;
    return timetable->begin_ns + seconds * ns_per_s + rest * ns_per_s / plan->rate;
}

/* At a rate a message's share of the time lasts until the next one would be due. */
int64_t se__plan_last_ns(const struct se__plan *plan, const struct se__timetable *timetable)
{
    if (plan->rate == 0 || plan->count == 0)
        return timetable->end_ns;
    if (plan->count / plan->rate >= (INT64_MAX - timetable->begin_ns) / ns_per_s)
        return timetable->end_ns; /* no clock comes so far */
    int64_t beyond_ns = se__plan_due_ns(plan, timetable, plan->count);
    return beyond_ns < timetable->end_ns ? beyond_ns : timetable->end_ns;
}

int64_t se__plan_number(const struct se__plan *plan, int connection, int64_t nth)
{
    return nth * plan->connections + connection;
}

/* A part counts as a whole one: what is due within a nanosecond is due at its beginning. */
static int64_t begun(int64_t number, int64_t of)
{
    return (number + of - 1) / of;
}

int64_t se__plan_due_count(const struct se__plan *plan, const struct se__timetable *timetable, int64_t now_ns)
{
    int64_t last_ns = now_ns < timetable->end_ns ? now_ns : timetable->end_ns - 1;
    int64_t elapsed_ns = last_ns - timetable->begin_ns;
    if (elapsed_ns < 0)
        return 0;
    /* No rate is above one a nanosecond, and the clock's last nanosecond is past every end: so there is room for all.
     */
    int64_t whole_seconds = elapsed_ns / ns_per_s * plan->rate;
    int64_t count = whole_seconds + begun((elapsed_ns % ns_per_s + 1) * plan->rate, ns_per_s);
    return plan->count > 0 && count > plan->count ? plan->count : count;
}

int64_t se__plan_quota(const struct se__plan *plan, int connection, int64_t messages)
{
    return messages / plan->connections + (connection < messages % plan->connections);
}

int se__plan_share(const struct se__plan *plan, int thread)
{
    return plan->connections / plan->threads + (thread < plan->connections % plan->threads);
}

int se__plan_connection(const struct se__plan *plan, int thread, int nth)
{
    return nth * plan->threads + thread;
}
