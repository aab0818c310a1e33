/* The bytes of a load's streams: what lies at a position does not depend on how it is asked for, and a byte that
 * differs is found in its place. */
#include "input.h"

#include "load/stream.h"

#include <string.h>

enum { LENGTH_MAX = 3 * SE__STREAM_BLOCK };

static struct se__stream_pool pool;

static void copy(uint64_t connection, uint64_t position, unsigned char *bytes, size_t length)
{
    size_t piece;
    for (size_t done = 0; done < length; done += piece) {
        const unsigned char *at = se__stream_at(&pool, connection, position + done, &piece);
        demand(piece > 0 && piece <= SE__STREAM_BLOCK, "a piece is no longer than a block");
        demand(at >= pool.bytes && at + piece <= pool.bytes + sizeof pool.bytes, "a piece lies in the pool");
        piece = piece < length - done ? piece : length - done;
        memcpy(bytes + done, at, piece);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static unsigned char stream[LENGTH_MAX];
    struct input input = {.bytes = bytes, .left = size};
    uint64_t seed = input_byte(&input);
    if (pool.seed != seed || pool.bytes[0] == pool.bytes[8])
        se__stream_pool_fill(&pool, seed);
    uint64_t connection = input_word(&input);
    uint64_t position = input_word(&input) >> 2;
    size_t length = (size_t)input_number(&input, LENGTH_MAX);
    copy(connection, position, stream, length);
    demand(se__stream_matching(&pool, connection, position, stream, length) == length, "a stream is like itself");
    size_t skipped = (size_t)input_number(&input, length);
    demand(se__stream_matching(&pool, connection, position + skipped, stream + skipped, length - skipped) ==
               length - skipped,
           "a byte depends on its position alone");
    size_t wrong = (size_t)input_number(&input, length);
    if (wrong < length)
        stream[wrong] ^= 1 + input_byte(&input) % 255;
    demand(se__stream_matching(&pool, connection, position, stream, length) == wrong, "a wrong byte is found");
    return 0;
}
