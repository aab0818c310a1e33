/** @file load-world-inside.h
 * The world of load-world.h from inside: what its clock (load-world.c), its poller (load-world-poller.c), its sockets
 * (load-world-sockets.c) and its locks (load-world-locks.c) share.
 */
#ifndef UNIT_LOAD_WORLD_INSIDE_H
#define UNIT_LOAD_WORLD_INSIDE_H

#include <stddef.h>

#include "load-world.h"

enum { WORLD_FIRST_FD = 1000000, WORLD_POLLER_FD = 900000, WORLD_BYTES_MAX = 64 * 1024, WORLD_CHUNKS_MAX = 1024 };

/** Bytes that are on their way back. */
struct chunk {
    size_t end;
    int64_t at_ns;
};

struct connection {
    bool is_open, is_connecting;
    int interest;
    uint64_t tag;
    int64_t connected_ns, room_ns, end_ns;
    size_t sent, returned;
    int sends, receives, watches, chunk_count;
    struct chunk chunks[WORLD_CHUNKS_MAX];
    unsigned char bytes[WORLD_BYTES_MAX];
};

struct world {
    struct world_peer peers[WORLD_PEERS];
    struct connection *connections;
    int connection_count, connecting, connecting_max;
    int64_t now_ns, send_ns, gate_ns;
    int failing_wait, wait_error; /**< which one, and its -errno; 0: none */
    bool is_signalled, watches_wakeup;
    uint64_t wakeup_tag;
};

extern struct world world;
extern const int64_t world_start_ns;

void world_note(enum world_event event, int peer, int64_t number);

static inline int64_t world_earlier(int64_t a_ns, int64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/** So much later, unless one of them is never. */
static inline int64_t world_later(int64_t at_ns, int64_t by_ns)
{
    return at_ns == WORLD_NEVER || by_ns == WORLD_NEVER ? WORLD_NEVER : at_ns + by_ns;
}

/** When the next bytes come, or the end. */
int64_t world_readable_ns(const struct connection *connection);

/** When something of what is watched comes. */
int64_t world_ready_ns(const struct connection *connection);
int64_t world_next_event_ns(void);

/** Lets time pass until an event comes, or that time does. */
void world_wait_until(int64_t end_ns);

/** The same, whatever comes. */
void world_sleep_until(int64_t end_ns);

/** Calls what was to happen by now. */
void world_keep_appointments(void);

/** The one that is open. */
struct connection *world_connection_of(int fd);

void world_begin_locks(void);

/** Asserts that each was ended, and that nobody gave back what he had not taken. */
void world_end_locks(void);

/** How often somebody wrote behind his memory. */
int world_damaged_memory(void);

#endif
