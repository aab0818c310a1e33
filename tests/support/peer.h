/** @file peer.h
 * Scripted peers: a listening socket in a thread of its own that does, step by step, what a script says. A script is
 * an array that ends with a step of zeros:
 *
 *     const struct peer_step script[] = {
 *         {.act = PEER_ACCEPT},
 *         {.act = PEER_READ, .count = 10},
 *         {.act = PEER_AWAIT},
 *         {.act = PEER_WRITE, .count = 10, .bytes = late_reply},
 *         {0},
 *     };
 *
 * When a step fails, the script ends and peer_end() fails the test; steps with `may_fail` are those that the other
 * side is expected to cut short. Every wait is bounded. A connection still open at the end is closed (FIN).
 */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum peer_act {
    PEER_END = 0,
    PEER_ACCEPT,     /**< accepts a connection, after closing the one before */
    PEER_READ,       /**< reads `count` bytes, or to FIN where it is 0 */
    PEER_WRITE,      /**< writes `count` bytes of `bytes` */
    PEER_URGENT,     /**< as PEER_WRITE, but as urgent data (MSG_OOB) */
    PEER_ECHO,       /**< reads `count` bytes, or to FIN where it is 0, and writes them back */
    PEER_AWAIT,      /**< waits for peer_tell() */
    PEER_TELL,       /**< lets peer_await() return */
    PEER_HALF_CLOSE, /**< sends FIN, and can still read */
    PEER_CLOSE,      /**< closes the connection */
    PEER_RESET,      /**< closes the connection with RST */
};

struct peer_step {
    enum peer_act act;
    size_t count;
    const uint8_t *bytes;
    size_t chunk; /**< reads or writes so many bytes at a time; 0 is as many as possible */
    int pause_ms; /**< the peer's pace: a pause before each of them */
    bool may_fail;
};

struct peer;

/** Starts it; clients can connect as soon as this returns. The script must live until peer_end(). */
struct peer *peer_start(const struct peer_step *script);

/** As peer_start(), with a small receive buffer (SO_RCVBUF). */
struct peer *peer_start_narrow(const struct peer_step *script, int receive_buffer_bytes);

int peer_port(const struct peer *peer);

/** Lets the next PEER_AWAIT go on, be it reached or not. */
void peer_tell(struct peer *peer);

/** Waits until a PEER_TELL was reached. */
void peer_await(struct peer *peer);

/** Waits for the end of the script, asserts that no step failed and frees the peer. */
void peer_end(struct peer *peer);

#endif
