/* Which message leaves next, of those that one thread sends: the lanes of the thread take turns. */
#ifndef SE_SCHEDULE_H
#define SE_SCHEDULE_H

#include "load/plan.h"

struct se__schedule {
    const struct se__plan *plan;
    int thread;
    int lanes;
    int lane;    /* the next message: which of the thread's lanes */
    int64_t nth; /* and which of that lane's messages */
};

void se__schedule_begin(struct se__schedule *schedule, const struct se__plan *plan, int thread);
/* Which of all messages it is. */
int64_t se__schedule_number(const struct se__schedule *schedule);
void se__schedule_advance(struct se__schedule *schedule);

#endif
