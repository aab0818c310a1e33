/* Waiting in recv(2) itself saves a poll(2) for every echo. In timeout mode SO_RCVTIMEO bounds that wait, but only
 * where it is the first thing that the call waits for: it allows the whole timeout with every recv(2), so a signal, a
 * single byte, or what it took to send before, would prolong the call. From then on poll(2) waits for what is left
 * until the deadline.
 *
 * Waking up takes longer than an echo over loopback does. Who has a processor to spare looks for a while, without
 * sleeping, before each wait. */
#include "client/channel.h"

#include "system/deadline.h"
#include "system/socket.h"

#include <errno.h>
#include <poll.h>

enum {
    NS_PER_MS = 1000000,
    PAUSE_MS = 10, /* a server rests longer where it has no memory; here it is one caller who waits */
    RECEIVE_TIMEOUT_MAX_MS = 1000 * 1000 * 1000 /* fits every timeval; the deadline decides anyhow */
};

int se__channel_set_timeout(struct se__channel *channel, int64_t timeout_ms)
{
    channel->timeout_ms = timeout_ms;
    if (channel->fd < 0)
        return 0;
    int64_t bound_ms = timeout_ms < RECEIVE_TIMEOUT_MAX_MS ? timeout_ms : RECEIVE_TIMEOUT_MAX_MS;
    channel->bounded = se__socket_set_receive_timeout(channel->fd, timeout_ms > 0 ? bound_ms : 0) == 0;
    return se__socket_set_blocking(channel->fd, timeout_ms != 0);
}

struct se__call se__channel_call(const struct se__channel *channel)
{
    return (struct se__call){.deadline_ms = se__deadline_in(channel->timeout_ms)};
}

bool se__channel_is_late(const struct se__channel *channel, const struct se__call *call)
{
    return channel->timeout_ms > 0 && se__clock_now_ms() >= call->deadline_ms;
}

static bool looks_busily(const struct se__channel *channel)
{
    return channel->busy_poll_ns > 0 && channel->timeout_ms != 0;
}

/* Also at the deadline of the call: looking is a part of waiting. */
static int64_t look_until_ns(const struct se__channel *channel, const struct se__call *call)
{
    int64_t until_ns = se__clock_now_ns() + channel->busy_poll_ns;
    bool is_far = call->deadline_ms > until_ns / NS_PER_MS;
    return is_far ? until_ns : call->deadline_ms * NS_PER_MS;
}

static int sleep_until_ready(const struct se__channel *channel, struct se__call *call, int fd, int events)
{
    for (;;) {
        int64_t now_ms = se__clock_now_ms();
        int ready = se__socket_wait(fd, events, se__deadline_poll_ms(call->deadline_ms, now_ms));
        if (ready > 0)
            return 0;
        if (ready == -ENOMEM)
            se__channel_pause(channel, call);
        else if (ready < 0 && ready != -EINTR)
            return ready;
        if (se__clock_now_ms() >= call->deadline_ms)
            return -EAGAIN;
    }
}

int se__channel_wait(const struct se__channel *channel, struct se__call *call, int fd, int events)
{
    if (channel->timeout_ms == 0)
        return -EAGAIN;
    int ready = 0;
    if (looks_busily(channel)) {
        int64_t until_ns = look_until_ns(channel, call);
        while (ready == 0 && se__clock_now_ns() < until_ns)
            ready = se__socket_wait(fd, events, 0);
    }
    return ready > 0 ? 0 : sleep_until_ready(channel, call, fd, events);
}

int se__channel_pause(const struct se__channel *channel, struct se__call *call)
{
    int64_t now_ms = se__clock_now_ms();
    if (channel->timeout_ms == 0 || now_ms >= call->deadline_ms)
        return -EAGAIN;
    int left_ms = se__deadline_poll_ms(call->deadline_ms, now_ms);
    call->is_under_way = true;
    se__socket_wait(-1, 0, left_ms < 0 || left_ms > PAUSE_MS ? PAUSE_MS : left_ms);
    return 0;
}

static int64_t receive_busily(const struct se__channel *channel, struct se__call *call, void *buffer, size_t size)
{
    int64_t until_ns = look_until_ns(channel, call);
    int64_t count;
    do
        count = se__socket_receive(channel->fd, buffer, size);
    while (count == -EAGAIN && se__clock_now_ns() < until_ns);
    call->is_under_way = true;
    return count;
}

static bool waits_in_kernel(const struct se__channel *channel, const struct se__call *call)
{
    return channel->timeout_ms < 0 || (channel->timeout_ms > 0 && channel->bounded && !call->is_under_way);
}

static int64_t receive_once(const struct se__channel *channel, struct se__call *call, void *buffer, size_t size)
{
    int64_t count = looks_busily(channel) ? receive_busily(channel, call, buffer, size) : -EAGAIN;
    if (count != -EAGAIN)
        return count;
    if (!waits_in_kernel(channel, call))
        return se__socket_receive(channel->fd, buffer, size);
    call->is_under_way = true;
    return se__socket_receive_waiting(channel->fd, buffer, size);
}

int64_t se__channel_receive(const struct se__channel *channel, struct se__call *call, void *buffer, size_t size)
{
    for (;;) {
        int64_t count = receive_once(channel, call, buffer, size);
        int error = 0;
        if (count == -EAGAIN)
            error = channel->timeout_ms == 0 ? -EAGAIN : sleep_until_ready(channel, call, channel->fd, POLLIN);
        else if (count == -ENOMEM) /* in non-blocking mode the caller pauses: readiness would not tell it when */
            error = channel->timeout_ms == 0 ? -ENOMEM : se__channel_pause(channel, call);
        else if (count != -EINTR)
            return count;
        if (error)
            return error;
    }
}
