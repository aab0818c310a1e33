/* Most figures add up; a few are the first, the greatest, or a mean. */
#include "load/figures.h"

#include <string.h>

void se__figures_begin(struct se__figures *figures)
{
    memset(figures, 0, sizeof *figures); /* a literal would stand on the stack first, and it is large */
    figures->stats[SE_LOAD_MISMATCH_CONNECTION] = -1;
    figures->stats[SE_LOAD_MISMATCH_AT] = -1;
}

void se__figures_late(struct se__figures *figures, int64_t late_ns)
{
    figures->late_sum_ns += late_ns;
    se__raise_to(&figures->stats[SE_LOAD_LATE_MAX_NS], late_ns);
}

void se__figures_mismatch(struct se__figures *figures, int64_t connection, int64_t position)
{
    figures->stats[SE_LOAD_MISMATCH]++;
    if (figures->stats[SE_LOAD_MISMATCH_CONNECTION] >= 0)
        return;
    figures->stats[SE_LOAD_MISMATCH_CONNECTION] = connection;
    figures->stats[SE_LOAD_MISMATCH_AT] = position;
}

static void merge_mismatch(int64_t *stats, const int64_t *other)
{
    if (stats[SE_LOAD_MISMATCH_CONNECTION] >= 0)
        return;
    stats[SE_LOAD_MISMATCH_CONNECTION] = other[SE_LOAD_MISMATCH_CONNECTION];
    stats[SE_LOAD_MISMATCH_AT] = other[SE_LOAD_MISMATCH_AT];
}

void se__figures_merge(struct se__figures *figures, const struct se__figures *other)
{
    int64_t *stats = figures->stats;
    for (int i = SE_LOAD_CONNECTED; i <= SE_LOAD_NO_DESCRIPTOR; i++)
        stats[i] += other->stats[i];
    merge_mismatch(stats, other->stats);
    se__raise_to(&stats[SE_LOAD_ELAPSED_NS], other->stats[SE_LOAD_ELAPSED_NS]);
    se__raise_to(&stats[SE_LOAD_LATE_MAX_NS], other->stats[SE_LOAD_LATE_MAX_NS]);
    se__raise_to(&stats[SE_LOAD_BUSY_PERMILLE], other->stats[SE_LOAD_BUSY_PERMILLE]);
    stats[SE_LOAD_MEMORY_BYTES] += other->stats[SE_LOAD_MEMORY_BYTES];
    figures->late_sum_ns += other->late_sum_ns;
    int64_t sent = stats[SE_LOAD_SENT];
    stats[SE_LOAD_LATE_MEAN_NS] = sent > 0 ? figures->late_sum_ns / sent : 0;
    se__histogram_merge(&figures->latency, &other->latency);
}
