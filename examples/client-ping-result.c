/* What a ping has come to: see client-ping-result.h. */
#include "client-ping-result.h"

const struct ping_loss_name ping_losses[PING_LOSS_COUNT] = {
    [LOSS_REFUSED] = {"refused", "refused"},
    [LOSS_TIMED_OUT] = {"timed out", "timed_out"},
    [LOSS_RESET] = {"reset", "reset"},
    [LOSS_SHORT] = {"short", "short"},
    [LOSS_MISMATCH] = {"mismatched", "mismatch"},
    [LOSS_INTERRUPTED] = {"interrupted", "interrupted"},
};

int64_t total_lost(const struct ping_result *result)
{
    int64_t total = 0;
    for (int loss = 0; loss < PING_LOSS_COUNT; loss++)
        total += result->lost[loss];
    return total;
}

int is_all_well(const struct ping_result *result)
{
    return result->sent > 0 && result->samples.count == result->sent && !result->has_ended_badly;
}
