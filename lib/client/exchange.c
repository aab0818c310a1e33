/* Two offsets, and the comparison that lets the second one move. */
#include "client/exchange.h"

#include "client/compare.h"

#include <sockecho/error.h>

#include <errno.h>

void se__exchange_begin(struct se__exchange *exchange, const void *message, size_t length)
{
    *exchange = (struct se__exchange){.message = message, .length = length, .mismatch_at = -1};
}

size_t se__exchange_to_send(const struct se__exchange *exchange)
{
    return exchange->send_error ? 0 : exchange->length - exchange->sent;
}

size_t se__exchange_to_receive(const struct se__exchange *exchange)
{
    return exchange->length - exchange->received;
}

void se__exchange_sent(struct se__exchange *exchange, size_t count)
{
    exchange->sent += count;
}

void se__exchange_send_failed(struct se__exchange *exchange, int error)
{
    exchange->send_error = error;
}

int se__exchange_received(struct se__exchange *exchange, const void *bytes, size_t count)
{
    /* A byte that is not out yet cannot be an echo, even where it would be right. */
    size_t in_flight = exchange->sent - exchange->received;
    size_t plausible = count < in_flight ? count : in_flight;
    size_t right = se__equal_prefix(exchange->message + exchange->received, bytes, plausible);
    exchange->received += right;
    if (right == count)
        return 0;
    exchange->mismatch_at = (int64_t)exchange->received;
    return SE_EMISMATCH;
}

int se__exchange_closed(const struct se__exchange *exchange)
{
    /* The kernel tells of a reset once: where send(2) was told, recv(2) sees a mere end. */
    if (exchange->send_error && exchange->send_error != -EPIPE)
        return exchange->send_error;
    return SE_ECLOSED;
}
