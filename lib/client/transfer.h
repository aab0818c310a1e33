/* Moves the bytes of an exchange over a channel, in both directions at once. */
#ifndef SE_TRANSFER_H
#define SE_TRANSFER_H

#include "client/channel.h"
#include "client/exchange.h"

/* Where arriving bytes go. */
struct se__transfer_sink {
    unsigned char *reply; /* keeps them all, or NULL: then `scratch` takes a stretch at a time */
    unsigned char *scratch;
    size_t scratch_size;
};

/* 0 the whole echo is back, -EAGAIN not yet (what was done is kept), SE_EMISMATCH, SE_ECLOSED or -errno. */
int se__transfer(const struct se__channel *channel, struct se__call *call, struct se__exchange *exchange,
                 const struct se__transfer_sink *sink);

#endif
