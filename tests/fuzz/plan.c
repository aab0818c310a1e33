/* The plan of a load, for any settings within the setters' ranges: no message is due before its time, each belongs to
 * one connection of one thread, and the schedule of a thread is in the order of time. */
#include "input.h"

#include "load/plan.h"
#include "load/schedule.h"

enum { CONNECTIONS_MAX = 1000000, RATE_MAX = 1000000000, STEPS = 64 };

static const int64_t begin_max_ns = INT64_C(1) << 60;

static struct se__plan read_plan(struct input *input)
{
    struct se__plan plan;
    se__plan_begin(&plan);
    plan.connections = 1 + (int)(input_word(input) % CONNECTIONS_MAX);
    plan.threads = 1 + (int)input_number(input, 255);
    if (plan.threads > plan.connections)
        plan.threads = plan.connections;
    plan.rate = 1 + (int64_t)(input_word(input) % RATE_MAX);
    plan.count = (int64_t)(input_word(input) % UINT64_C(1000000000000000));
    plan.warmup_ms = (int64_t)(input_word(input) % UINT64_C(1000000000));
    plan.duration_ms = (int64_t)(input_word(input) % UINT64_C(1000000000));
    return plan;
}

static void check_times(const struct se__plan *plan, const struct se__timetable *timetable, int64_t number)
{
    int64_t due_ns = se__plan_due_ns(plan, timetable, number);
    demand(due_ns >= timetable->begin_ns, "nothing is due before the beginning");
    demand(se__plan_due_ns(plan, timetable, number + 1) >= due_ns, "messages are due in their order");
    bool is_counted = due_ns < timetable->end_ns && (plan->count == 0 || number < plan->count);
    int64_t count = se__plan_due_count(plan, timetable, due_ns);
    demand(plan->count == 0 || count <= plan->count, "no more are due than there are");
    /* A message that is due at the same nanosecond counts as well. */
    demand(!is_counted || count >= number + 1, "a message is due when its time has come");
    demand(count == 0 || se__plan_due_ns(plan, timetable, count - 1) <= due_ns, "and not before");
}

static void check_share(const struct se__plan *plan, struct input *input)
{
    int64_t connections = 0;
    for (int thread = 0; thread < plan->threads; thread++)
        connections += se__plan_share(plan, thread);
    demand(connections == plan->connections, "every connection has one thread");
    int thread = (int)input_number(input, (uint64_t)plan->threads - 1);
    int nth = (int)(input_word(input) % (uint64_t)se__plan_share(plan, thread));
    int connection = se__plan_connection(plan, thread, nth);
    demand(connection >= 0 && connection < plan->connections, "a thread's connections are among all");
    int64_t messages = (int64_t)(input_word(input) >> 24);
    int64_t quota = se__plan_quota(plan, connection, messages);
    demand(quota == 0 || se__plan_number(plan, connection, quota - 1) < messages, "a quota is among the messages");
    demand(se__plan_number(plan, connection, quota) >= messages, "and nothing is left out");
}

static void check_schedule(const struct se__plan *plan, struct input *input)
{
    struct se__schedule schedule;
    int thread = (int)input_number(input, (uint64_t)plan->threads - 1);
    se__schedule_begin(&schedule, plan, thread);
    int64_t before = -1;
    for (int i = 0; i < STEPS; i++) {
        int64_t number = se__schedule_number(&schedule);
        demand(number > before, "a schedule goes on in the order of time");
        demand((int)(number % plan->connections) % plan->threads == thread, "and has its own connections alone");
        before = number;
        se__schedule_advance(&schedule);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {.bytes = bytes, .left = size};
    struct se__plan plan = read_plan(&input);
    int64_t begin_ns = (int64_t)(input_word(&input) % (uint64_t)begin_max_ns);
    struct se__timetable timetable = se__plan_timetable(&plan, begin_ns);
    demand(timetable.measure_ns >= begin_ns && timetable.end_ns >= timetable.measure_ns, "a timetable is in order");
    check_times(&plan, &timetable, (int64_t)(input_word(&input) >> 24) % (plan.rate * INT64_C(1000000)));
    check_share(&plan, &input);
    check_schedule(&plan, &input);
    return 0;
}
