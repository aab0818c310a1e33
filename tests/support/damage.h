/** @file damage.h
 * An echo peer in a thread of its own that damages what it sends back: in one stretch of one connection bytes are
 * flipped, lost, doubled, exchanged with a later stretch, or exchanged with those of another connection. It compares
 * all that it sent with what it had received, and so knows where the first wrong byte is.
 *
 * It knows each connection's number in the load by the first bytes of its stream, its mark.
 */
#ifndef SUPPORT_DAMAGE_H
#define SUPPORT_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

enum { DAMAGE_CONNECTIONS_MAX = 8, DAMAGE_MARK_SIZE = 64 };

enum damage_kind {
    DAMAGE_NONE = 0,
    DAMAGE_FLIP,    /**< every bit of the stretch is turned over */
    DAMAGE_DROP,    /**< the stretch is missing */
    DAMAGE_DOUBLE,  /**< the stretch comes twice */
    DAMAGE_SWAP,    /**< the stretch, and another `distance` bytes behind it, come in each other's place */
    DAMAGE_CROSS,   /**< the stretch comes on `other`, and the one of `other` here */
    DAMAGE_SILENCE, /**< nothing comes from the stretch on, which has no end */
    DAMAGE_KINDS
};

struct damage {
    enum damage_kind kind;
    int connection;
    int other;
    size_t offset;
    size_t length;
    size_t distance;
};

/** The first bytes of each connection's stream. */
struct damage_marks {
    uint8_t bytes[DAMAGE_CONNECTIONS_MAX][DAMAGE_MARK_SIZE];
};

struct damage_peer;

/** Starts a peer for the next load that connects to the listening socket: of so many connections, each of which sends
 * so many bytes. With more than one connection all of a stream must be in flight at once, because the peer receives it
 * whole; without marks, connections have the numbers in which they were accepted. */
struct damage_peer *damage_peer_start(int listener, int connections, size_t stream_bytes, const struct damage *damage,
                                      const struct damage_marks *marks);

/** Waits until all connections have ended, and asserts that those without damage ended in order. */
void damage_peer_join(struct damage_peer *peer);

/** After the join: where the first byte that was sent on this connection differs from what belonged there, or -1. */
int64_t damage_peer_wrong_at(const struct damage_peer *peer, int connection);

/** After the join: what a connection sent, and how much of it. */
const uint8_t *damage_peer_received(const struct damage_peer *peer, int connection, size_t *length_out);

void damage_peer_free(struct damage_peer *peer);

#endif
