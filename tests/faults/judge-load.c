/* That all figures of a load fit together its scenario sees to: here it is only which of them counts the fault. */
#include "judge-load.h"

#include <errno.h>
#include <sockecho/load.h>

#include "aim.h"
#include "verdict.h"

static int64_t figure(const struct story *story, int stat)
{
    for (int i = 0; i < story->count; i++)
        if (story->facts[i].kind == FACT_LOAD && story->facts[i].number == stat)
            return story->facts[i].value;
    return 0;
}

static int64_t count_lost(const struct story *story)
{
    int64_t lost = 0;
    for (int stat = SE_LOAD_REFUSED; stat <= SE_LOAD_NO_DESCRIPTOR; stat++)
        lost += figure(story, stat);
    return lost;
}

/** Where poll(2) is all there is, its EINVAL says that more is watched than the process may have open. */
static bool is_told(const struct fault *fault)
{
    bool is_of_limit = fault->call == CALL_POLL && fault->value == EINVAL && aim_met_result() == -EMFILE;
    return is_of_limit || aim_met_result() == -fault->value;
}

void judge_load(const struct story *story, const struct fault *fault, bool lasts)
{
    if (is_told(fault))
        return;
    if (aim_met_result() != 0)
        verdict_fail("the load came to %d instead of %d", aim_met_result(), -fault->value);
    int64_t lost = count_lost(story);
    bool may_be_more = lasts || figure(story, SE_LOAD_CONNECTED) == 0;
    bool may_be_none = (lasts ? fault->lasting : fault->once) == MAY_LOSE_A_LANE;
    if (lost > 1 && !may_be_more)
        verdict_fail("one connection was to be lost, %lld were", (long long)lost);
    if (lost == 0 && !may_be_none)
        verdict_fail("no connection counts as lost");
    if (figure(story, fault->detail) != lost)
        verdict_fail("%lld connections were lost, figure %d counts %lld", (long long)lost, fault->detail,
                     (long long)figure(story, fault->detail));
}
