/* A ping's calls and waits: see client-ping-call.h. The client is in non-blocking mode, so that a signal is heeded at
 * once however long an echo takes.
 */
#include "client-ping-call.h"

#include "client-signals.h"

#include <errno.h>

/* After the first signal what is under way may still end; after the second one it may not. */
static const int64_t patience_ns = INT64_C(1000000000);
/* How long until the next attempt where no descriptor tells when there will be room. */
static const int64_t retry_ns = INT64_C(10000000);

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* The first attempt looks up the host, which nothing can shorten: until then SIGINT ends the program as it always does.
 */
static int try_to_connect(struct ping *ping)
{
    int result = connect_once(ping->client, ping->options);
    if (!ping->hears_signals)
        hear_signals();
    ping->hears_signals = 1;
    return result;
}

static int make_call(struct ping *ping)
{
    switch (ping->call) {
    case CALL_CONNECT:
        return try_to_connect(ping);
    case CALL_ECHO:
        return se_client_echo(ping->client, ping->message, (size_t)ping->options->ping.size, NULL);
    default:
        return se_client_finish(ping->client);
    }
}

static void heed_signals(struct ping *ping)
{
    if (interruptions() > 0 && ping->interrupted_ns == 0) {
        ping->interrupted_ns = now_ns();
        ping->result.was_interrupted = 1;
    }
    if (is_summary_asked() && ping->format->summary != NULL && ping->format->summary(&ping->result, 0) < 0)
        ping->is_output_lost = 1;
}

static int is_patience_over(const struct ping *ping)
{
    return interruptions() > 1 || (ping->interrupted_ns != 0 && now_ns() >= ping->interrupted_ns + patience_ns);
}

static void wait_for_call(struct ping *ping, int result, int64_t deadline_ns)
{
    int fd = result == -EAGAIN ? se_client_fd(ping->client) : -1;
    int64_t until_ns = fd >= 0 ? deadline_ns : earlier(deadline_ns, now_ns() + retry_ns);
    if (ping->interrupted_ns != 0)
        until_ns = earlier(until_ns, ping->interrupted_ns + patience_ns);
    wait_for(fd, se_client_events(ping->client), until_ns);
}

int complete_call(struct ping *ping, enum ping_call call)
{
    int64_t deadline_ns = now_ns() + ping->options->timeout_ms * 1000000;
    ping->call = call;
    for (;;) {
        int result = make_call(ping);
        if (se_client_events(ping->client) == 0)
            return result;
        heed_signals(ping);
        if (is_patience_over(ping) || ping->is_output_lost)
            return -ECANCELED;
        if (now_ns() >= deadline_ns)
            return -ETIMEDOUT;
        wait_for_call(ping, result, deadline_ns);
    }
}

void pause_ping(struct ping *ping, int64_t until_ns)
{
    do {
        wait_for(-1, 0, until_ns);
        heed_signals(ping);
    } while (now_ns() < until_ns && ping->interrupted_ns == 0 && !ping->is_output_lost);
}
