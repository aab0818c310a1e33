/* The size of the next chunk: see client-chunk-size.h. */
#include "client-chunk-size.h"

enum { FACTOR = 4, TIMEOUT_PARTS = 8, QUICK_NS_PER_BYTE = 10 };

/* Four times as much takes at most two seconds then, or half of the time that it may take. */
static const int64_t soon_ns = INT64_C(500000000);

static int is_soon(int64_t rtt_ns, int64_t timeout_ns)
{
    return rtt_ns < soon_ns && rtt_ns < timeout_ns / TIMEOUT_PARTS;
}

/* At 100 MB a second what the round trip costs is no longer worth saving. */
static int is_quick(size_t length, int64_t rtt_ns)
{
    return rtt_ns < (int64_t)length * QUICK_NS_PER_BYTE;
}

size_t next_chunk_size(size_t length, int64_t rtt_ns, int64_t timeout_ns)
{
    int may_grow = is_soon(rtt_ns, timeout_ns) && !is_quick(length, rtt_ns);
    size_t size = may_grow ? length * FACTOR : length / FACTOR;
    if (size < CHUNK_SIZE_LEAST)
        return CHUNK_SIZE_LEAST;
    return size < CHUNK_SIZE_MOST ? size : CHUNK_SIZE_MOST;
}
