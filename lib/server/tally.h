/* The figures of one worker. Only that worker writes them, so they cost a plain load and store; any thread may read. */
#ifndef SE_TALLY_H
#define SE_TALLY_H

#include <sockecho/statistics.h>

#include <stdatomic.h>

enum { SE__STAT_COUNT = SE_STAT_PAUSES + 1 };

struct se__tally {
    _Atomic int64_t figures[SE__STAT_COUNT];
};

/* No read-modify-write: with one writer there is nothing to lock out. */
static inline void se__tally_add(struct se__tally *tally, enum se_server_stat stat, uint64_t count)
{
    _Atomic int64_t *figure = &tally->figures[stat];
    atomic_store_explicit(figure, atomic_load_explicit(figure, memory_order_relaxed) + (int64_t)count,
                          memory_order_relaxed);
}

static inline int64_t se__tally_get(const struct se__tally *tally, enum se_server_stat stat)
{
    return atomic_load_explicit(&tally->figures[stat], memory_order_relaxed);
}

#endif
