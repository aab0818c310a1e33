/* The figures of one worker. Only that worker writes them, so they cost a plain load and store; any thread may read. */
#ifndef SE_TALLY_H
#define SE_TALLY_H

#include <sockecho/statistics.h>

#include <stdatomic.h>

enum { SE__STAT_COUNT = SE_STAT_PAUSES + 1 };

struct se__tally {
    _Atomic int64_t figures[SE__STAT_COUNT];
};

void se__tally_add(struct se__tally *tally, enum se_server_stat stat, uint64_t count);
int64_t se__tally_get(const struct se__tally *tally, enum se_server_stat stat);

#endif
