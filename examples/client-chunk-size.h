/* How much of stdin goes out at once. Each chunk costs a round trip, so over a long path few shall carry much. Over a
 * slow one each shall come back before its time is up, and where the way is short small ones are faster, for they stay
 * in the processor's cache.
 */
#ifndef EXAMPLES_CLIENT_CHUNK_SIZE_H
#define EXAMPLES_CLIENT_CHUNK_SIZE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes. The first chunk has at most the least size, for nothing is known of the path yet. */
enum { CHUNK_SIZE_LEAST = 256 * 1024, CHUNK_SIZE_MOST = 4 * 1024 * 1024 };

/* As many bytes may be gathered after a chunk of this length took this long. An echo may take `timeout_ns`, of which
 * INT64_MAX is no limit.
 */
size_t next_chunk_size(size_t length, int64_t rtt_ns, int64_t timeout_ns);

#endif
