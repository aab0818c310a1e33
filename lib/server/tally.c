/* No read-modify-write: with one writer there is nothing to lock out. */
#include "server/tally.h"

void se__tally_add(struct se__tally *tally, enum se_server_stat stat, uint64_t count)
{
    _Atomic int64_t *figure = &tally->figures[stat];
    atomic_store_explicit(figure, atomic_load_explicit(figure, memory_order_relaxed) + (int64_t)count,
                          memory_order_relaxed);
}

int64_t se__tally_get(const struct se__tally *tally, enum se_server_stat stat)
{
    return atomic_load_explicit(&tally->figures[stat], memory_order_relaxed);
}
