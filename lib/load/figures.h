/* What a load, or a part of one, came to. */
#ifndef SE_FIGURES_H
#define SE_FIGURES_H

#include "load/histogram.h"

#include <sockecho/load.h>

enum { SE__LOAD_STAT_COUNT = SE_LOAD_MEMORY_BYTES + 1 };

struct se__figures {
    int64_t stats[SE__LOAD_STAT_COUNT];
    int64_t late_sum_ns; /* of the messages that were sent at a rate */
    struct se__histogram latency;
};

static inline void se__raise_to(int64_t *greatest, int64_t value)
{
    if (value > *greatest)
        *greatest = value;
}

void se__figures_begin(struct se__figures *figures);
/* One more message left, so much later than it was meant to. */
void se__figures_late(struct se__figures *figures, int64_t late_ns);
/* A wrong byte. Only the first one's place is kept. */
void se__figures_mismatch(struct se__figures *figures, int64_t connection, int64_t position);
void se__figures_merge(struct se__figures *figures, const struct se__figures *other);

#endif
