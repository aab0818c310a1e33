/** @file far-sides.h
 * Whom a simulated client connects to: echo servers at every pace, right ones and some with one fault each.
 */
#ifndef SIMULATION_FAR_SIDES_H
#define SIMULATION_FAR_SIDES_H

#include "link.h"

enum far_fault {
    FAR_NONE,
    FAR_WRONG,    /**< one byte comes back as another one */
    FAR_EXTRA,    /**< a byte too many, behind everything */
    FAR_CLOSES,   /**< FIN too early */
    FAR_RESETS,   /**< RST */
    FAR_VANISHES, /**< and the kernel gives it up: ETIMEDOUT */
    FAR_SILENT    /**< nothing more comes */
};

struct far_side {
    struct link link;
    enum far_fault fault;
    uint64_t fault_at;   /**< the position in the echo */
    uint64_t whole;      /**< bytes of all the messages that it will get */
    uint64_t holds_back; /**< before so many bytes have come it gives nothing back */
    uint64_t read_chunk;
    uint64_t write_chunk;
    int64_t pace_ns;
    int connect_error; /**< how the attempt to connect to it ends, an errno; 0 well */
};

/** Begins with no far sides. From here on sockets are theirs: the next life has messages of that many bytes,
 * of which the first one has so many. */
void far_sides_begin(bool may_be_silent);
void far_sides_expect(uint64_t first, uint64_t whole);

/** How many were tried since then. */
int far_sides_tried(void);

/** The one that was tried last; NULL before the first. */
const struct far_side *far_sides_latest(void);

#endif
