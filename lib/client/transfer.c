/* As long as bytes are left to send, neither direction may wait alone: the peer may not take more before we have taken
 * what it gave. Once all is out, only receiving is left and may wait in the kernel. */
#include "client/transfer.h"

#include "system/socket.h"

#include <errno.h>
#include <poll.h>

/* 1 something was sent, or sending is over; 0 there is no room now; -ENOBUFS or -ENOMEM; -EBADF nothing can be done. */
static int send_some(int fd, struct se__exchange *exchange)
{
    int64_t count = se__socket_send(fd, exchange->message + exchange->sent, se__exchange_to_send(exchange));
    if (count >= 0) {
        se__exchange_sent(exchange, (size_t)count);
        return count > 0;
    }
    if (count == -EAGAIN)
        return 0;
    if (count == -ENOBUFS || count == -ENOMEM || count == -EBADF)
        return (int)count;
    se__exchange_send_failed(exchange, (int)count);
    return 1;
}

/* 1 something came; 0 nothing is there now; else the end of the exchange. */
static int take(int64_t count, const unsigned char *bytes, struct se__exchange *exchange)
{
    if (count > 0) {
        int error = se__exchange_received(exchange, bytes, (size_t)count);
        return error ? error : 1;
    }
    if (count == 0)
        return se__exchange_closed(exchange);
    return count == -EAGAIN ? 0 : (int)count;
}

static int receive_some(const struct se__channel *channel, struct se__call *call, struct se__exchange *exchange,
                        const struct se__transfer_sink *sink)
{
    size_t room = se__exchange_to_receive(exchange);
    unsigned char *buffer = sink->reply ? sink->reply + exchange->received : sink->scratch;
    if (!sink->reply && room > sink->scratch_size)
        room = sink->scratch_size;
    int64_t count = se__exchange_to_send(exchange) == 0 ? se__channel_receive(channel, call, buffer, room)
                                                        : se__socket_receive(channel->fd, buffer, room);
    return take(count, buffer, exchange);
}

/* Nothing moved in either direction: waits for whatever could. */
static int wait_for_both(const struct se__channel *channel, struct se__call *call, int why)
{
    call->is_under_way = true;
    if (why < 0 && channel->timeout_ms == 0)
        return why;
    if (why < 0)
        return se__channel_pause(channel, call);
    return se__channel_wait(channel, call, channel->fd, POLLIN | POLLOUT);
}

int se__transfer(const struct se__channel *channel, struct se__call *call, struct se__exchange *exchange,
                 const struct se__transfer_sink *sink)
{
    while (se__exchange_to_receive(exchange) > 0) {
        int sent = se__exchange_to_send(exchange) > 0 ? send_some(channel->fd, exchange) : 0;
        if (sent == -EBADF)
            return sent;
        bool all_out = se__exchange_to_send(exchange) == 0;
        int received = receive_some(channel, call, exchange, sink);
        int error = 0;
        if (received == -ENOMEM && channel->timeout_ms != 0)
            error = se__channel_pause(channel, call);
        else if (received < 0)
            return received;
        else if (received == 0 && (all_out || sent <= 0))
            error = all_out ? -EAGAIN : wait_for_both(channel, call, sent);
        else if (se__exchange_to_receive(exchange) > 0 && se__channel_is_late(channel, call))
            error = -EAGAIN; /* progress does not prolong a call */
        if (error)
            return error;
        call->is_under_way = true;
    }
    return 0;
}
