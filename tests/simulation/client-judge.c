/* What the far side did is known from its fault, and where in the stream that lies. */
#include "client-judge.h"

#include "clock.h"
#include "descriptors.h"
#include "failure.h"
#include "far-sides.h"
#include "network.h"

#include <errno.h>
#include <string.h>

static const struct link *latest_link(void)
{
    return &far_sides_latest()->link;
}

bool client_far_side_is_silent(void)
{
    const struct far_side *far = far_sides_latest();
    return far && far->fault == FAR_SILENT;
}

bool client_is_in_need(int result)
{
    return world.is_scarce && (result == -ENOMEM || result == -ENOBUFS || result == -ENFILE);
}

void client_judge_time(const struct call *call, int result)
{
    int64_t timeout_ns = world.timeout_ms * NS_PER_MS;
    int64_t took_ns = clock_ns() - call->began_ns;
    if (world.timeout_ms <= 0)
        return;
    if (result == -ETIMEDOUT && se_client_events(world.client) != 0)
        demand(took_ns >= timeout_ns, "a timeout is not early", took_ns);
    /* Where the machine never stands still, work counts as well: progress does not prolong a call. */
    int64_t counted_ns = world.is_suspended ? clock_waited_ns() - call->began_waited_ns : took_ns;
    demand(counted_ns <= timeout_ns + 4 * NS_PER_MS, "a timeout is not late", counted_ns);
}

void client_judge_gone(int result)
{
    demand(se_client_fd(world.client) == -ENOTCONN, "a call that failed drops the connection", result);
    demand(descriptors_count() == 0, "a dropped connection leaves no descriptor", result);
}

/* From this position on the far side does not echo as it should. */
static uint64_t fault_at(void)
{
    const struct far_side *far = far_sides_latest();
    return far->fault == FAR_NONE ? UINT64_MAX : far->fault_at;
}

static int error_of_fault(void)
{
    switch (far_sides_latest()->fault) {
    case FAR_WRONG:
        return SE_EMISMATCH;
    case FAR_CLOSES:
        return SE_ECLOSED;
    case FAR_RESETS:
        return -ECONNRESET;
    case FAR_VANISHES:
        return -ETIMEDOUT;
    default:
        return 0;
    }
}

void client_judge_connect(int result)
{
    const struct far_side *far = far_sides_latest();
    if (client_is_in_need(result)) {
        client_judge_gone(result);
        return;
    }
    int error = far->link.state == LINK_SELF ? ECONNREFUSED : far->connect_error;
    /* The kernel tells of a connection that stood for a moment as of one that never did. */
    bool is_lost_again = error == 0 && far->fault_at == 0 && result == error_of_fault();
    demand(result == -error || is_lost_again, "connecting ends as the last address does", result);
    if (result == 0)
        return;
    demand(far_sides_tried() == network.addresses, "every address is tried", result);
    client_judge_gone(result);
}

void client_judge_echo(const struct call *call, int result, uint64_t from)
{
    const struct link *link = latest_link();
    if (client_is_in_need(result))
        return;
    if (result == 0) {
        demand(fault_at() >= from + call->length, "no fault goes unseen", (int64_t)fault_at());
        demand(link->in_taken == from + call->length, "an echo is whole", (int64_t)link->in_taken);
        if (call->reply)
            demand(memcmp(call->reply, world.message, call->length) == 0, "the reply is the message", 0);
        demand(se_client_mismatch_at(world.client) == -1, "nothing was wrong", 0);
        return;
    }
    demand(fault_at() < from + call->length, "a right echo succeeds", result);
    demand(result == error_of_fault(), "a fault is told by its name", result);
    if (result == SE_EMISMATCH)
        demand(se_client_mismatch_at(world.client) == (int64_t)(fault_at() - from), "a wrong byte is told by its place",
               se_client_mismatch_at(world.client));
    client_judge_gone(result);
}

/* A byte too many is the one fault that the far side has left behind when the echoes are back. */
void client_judge_finish(int result)
{
    const struct link *link = latest_link();
    bool is_too_many = link->in_sent > link->out_sent;
    if (result == 0)
        demand(link->in_finished && !is_too_many && link->out_finished, "both sides have ended in order", 0);
    else if (result == SE_EMISMATCH)
        demand(is_too_many, "a byte too many is told", 0);
    else
        demand(result == error_of_fault() && fault_at() <= link->in_sent, "an end that fails has a reason", result);
    client_judge_gone(result);
}
