/* A poller waits whole milliseconds, so it ends early before a message is due; the rest is slept through to the
 * nanosecond, and because such a sleep ends some 50 us late, the last stretch is no sleep but looking again and again.
 */
#include "load/rest.h"

#include "system/deadline.h"
#include "system/socket.h"

static const int64_t ns_per_ms = 1000000;
static const int64_t spin_ns = 80000;
static const int64_t fine_ns = 2000000; /* where milliseconds are too coarse */

static int rest_finely(int64_t left_ns, struct se__poller *poller,
                       struct se__poller_event events[SE__POLLER_EVENTS_MAX])
{
    int fd = se__poller_fd(poller);
    if (left_ns > spin_ns && fd >= 0)
        se__socket_wait_ns(fd, left_ns - spin_ns);
    return se__poller_wait(poller, events, 0);
}

/* When the poller shall wake up, in whole milliseconds: after the coarse time, before the precise one. */
static int64_t wake_up_ms(const struct se__rest *rest)
{
    int64_t after_coarse_ms = rest->coarse_ns < INT64_MAX ? rest->coarse_ns / ns_per_ms + 1 : SE__NEVER;
    int64_t before_precise_ms = rest->precise_ns < INT64_MAX ? rest->precise_ns / ns_per_ms - 1 : SE__NEVER;
    return after_coarse_ms < before_precise_ms ? after_coarse_ms : before_precise_ms;
}

int se__rest_until(const struct se__rest *rest, struct se__poller *poller,
                   struct se__poller_event events[SE__POLLER_EVENTS_MAX])
{
    if (rest->coarse_ns <= rest->now_ns || rest->precise_ns <= rest->now_ns)
        return se__poller_wait(poller, events, 0);
    if (rest->precise_ns < rest->coarse_ns && rest->precise_ns - rest->now_ns < fine_ns)
        return rest_finely(rest->precise_ns - rest->now_ns, poller, events);
    return se__poller_wait(poller, events, se__deadline_poll_ms(wake_up_ms(rest), rest->now_ns / ns_per_ms));
}
