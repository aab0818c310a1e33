/* All lanes once, then all lanes again: that is the order in which the messages of a thread are due. */
#include "load/schedule.h"

void se__schedule_begin(struct se__schedule *schedule, const struct se__plan *plan, int thread)
{
    *schedule = (struct se__schedule){.plan = plan, .thread = thread, .lanes = se__plan_share(plan, thread)};
}

int64_t se__schedule_number(const struct se__schedule *schedule)
{
    int connection = se__plan_connection(schedule->plan, schedule->thread, schedule->lane);
    return se__plan_number(schedule->plan, connection, schedule->nth);
}

void se__schedule_advance(struct se__schedule *schedule)
{
    if (++schedule->lane < schedule->lanes)
        return;
    schedule->lane = 0;
    schedule->nth++;
}
