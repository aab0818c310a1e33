/* The mixing function is that of SplitMix64 (Steele, Lea and Flood, 2014): every input bit moves every output bit. */
#include "load/stream.h"

#include "client/compare.h"

#include <string.h>

enum { ODD_FACTOR = 0x1e377 };

static uint64_t mix(uint64_t value)
{
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

void se__stream_pool_fill(struct se__stream_pool *pool, uint64_t seed)
{
    pool->seed = seed;
    for (size_t at = 0; at < sizeof pool->bytes; at += sizeof(uint64_t)) {
        uint64_t word = mix(seed + at);
        memcpy(pool->bytes + at, &word, sizeof word);
    }
}

const unsigned char *se__stream_at(const struct se__stream_pool *pool, uint64_t connection, uint64_t position,
                                   size_t *length_out)
{
    uint64_t block = position / SE__STREAM_BLOCK;
    size_t within = position % SE__STREAM_BLOCK;
    /* An odd factor: in the same block no two connections have the same window, as long as there are windows. */
    uint64_t window = (mix(pool->seed ^ mix(block)) + connection * ODD_FACTOR) % SE__STREAM_WINDOWS;
    *length_out = SE__STREAM_BLOCK - within;
    return pool->bytes + window + within;
}

size_t se__stream_matching(const struct se__stream_pool *pool, uint64_t connection, uint64_t position,
                           const unsigned char *bytes, size_t length)
{
    size_t matching = 0;
    while (matching < length) {
        size_t piece;
        const unsigned char *expected = se__stream_at(pool, connection, position + matching, &piece);
        if (piece > length - matching)
            piece = length - matching;
        size_t equal = se__equal_prefix(expected, bytes + matching, piece);
        matching += equal;
        if (equal < piece)
            break;
    }
    return matching;
}
