/* The bytes that a connection sends: a function of the seed, the connection and the position, so that whatever comes
 * back can be held against what belongs there, without a copy of what went out.
 *
 * A pool of random bytes is made of the seed once. A connection's stream is blocks, each a window into that pool whose
 * place is a hash of connection and block. So a send needs no copy, a check is a comparison, and no stretch of a stream
 * is the same as the one beside it, a block further, or of another connection. */
#ifndef SE_STREAM_H
#define SE_STREAM_H

#include <stddef.h>
#include <stdint.h>

enum { SE__STREAM_BLOCK = 16 * 1024, SE__STREAM_WINDOWS = 256 * 1024 };

struct se__stream_pool {
    uint64_t seed;
    unsigned char bytes[SE__STREAM_WINDOWS + SE__STREAM_BLOCK];
};

void se__stream_pool_fill(struct se__stream_pool *pool, uint64_t seed);

/* The bytes of a connection's stream from `position` on; *length_out of them lie there in one piece. */
const unsigned char *se__stream_at(const struct se__stream_pool *pool, uint64_t connection, uint64_t position,
                                   size_t *length_out);
/* How many of the bytes, from the first on, are the ones that belong at `position`. */
size_t se__stream_matching(const struct se__stream_pool *pool, uint64_t connection, uint64_t position,
                           const unsigned char *bytes, size_t length);

#endif
