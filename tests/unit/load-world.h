/** @file load-world.h
 * A world for loads, in which time passes only where a load waits, looks or sends, and where each peer does what the
 * test says: so a test can say to the nanosecond what a load does, on the slowest machine as well. Only for programs
 * that are linked with --wrap for each function that load-world*.c has a hook for.
 */
#ifndef UNIT_LOAD_WORLD_H
#define UNIT_LOAD_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include <sockecho.h>

enum {
    WORLD_PEERS = 320,
    WORLD_SCRIPT = 8,
    WORLD_US = 1000,
    WORLD_MS = 1000000,
    WORLD_ECHO_NS = 300 * WORLD_US, /**< of every peer, unless a test says otherwise */
    WORLD_END_NS = 10 * WORLD_US,
    WORLD_LOOK_NS = 3 * WORLD_US /**< what it takes to look for events without waiting, and to see none */
};

#define WORLD_NEVER INT64_MAX

/** What a peer does. They are connected to in turn. */
struct world_peer {
    int connect_error;              /**< connecting fails at once with this -errno */
    int64_t connect_ns;             /**< 0: it is connected at once */
    int connect_end;                /**< what the connect comes to then: 0 or -errno */
    int64_t echo_ns;                /**< from a send to its echo; WORLD_NEVER: silent */
    int64_t silent_ns;              /**< until the world is so old no echo comes */
    int64_t end_ns;                 /**< from the load's FIN, or its last echo, to its own FIN */
    int64_t sends[WORLD_SCRIPT];    /**< the first sends: 0 all is taken, more: at most so much is; less: -errno */
    int64_t receives[WORLD_SCRIPT]; /**< the first receives that find something: the same */
    int64_t jam_ns;                 /**< for so long there is no room after a send that came to -EAGAIN */
    int64_t close_ns;               /**< its FIN comes so long after the connect, whatever it owes */
    int wrong_byte;                 /**< which byte of its echo is another, from 1; 0: none */
    int connect_wait_error;         /**< what the first wait for its connect comes to, where it is the first of all */
    int finish_error;               /**< what a half-close comes to */
    int watch_error;                /**< what the first change of what is watched comes to */
    int first_watch_error;          /**< what it comes to that it is watched at all */
};

/** What is noted, each with the time of it, the peer and a number. */
enum world_event {
    WORLD_CONNECT,
    WORLD_SEND,    /**< how many bytes */
    WORLD_RECEIVE, /**< what came of it */
    WORLD_FINISH,
    WORLD_HANG_UP,
    WORLD_ABORT,
    WORLD_WAIT, /**< in the poller, for so many milliseconds */
    WORLD_NAP   /**< for so many nanoseconds */
};

struct world_note {
    enum world_event event;
    int64_t at_ns; /**< since the world began */
    int peer;
    int64_t number;
};

/** All peers are alike and well. */
void world_begin(void);

/** Asserts that every connection was closed, and frees what the world has. */
void world_end(void);

struct world_peer *world_peer(int number);

/** Since the world began. */
int64_t world_now_ns(void);

/** From here on every send takes so long. */
void world_set_send_ns(int64_t takes_ns);

/** From here on whoever stands at the gate waits so long for others. */
void world_set_gate_ns(int64_t takes_ns);

/** The nth wait in the poller, from 0, fails with this -errno when it should end. */
void world_fail_wait(int nth, int error);

/** The nth memory that is asked for from now on, from 0, is not there. -1: all is. */
void world_fail_memory(int nth);

/** Calls the function when the world is so old. */
void world_at(int64_t at_ns, void (*happens)(void *argument), void *argument);

int world_count(enum world_event event);

/** The nth of these, from 0; there must be so many. */
const struct world_note *world_nth(enum world_event event, int nth);

/** How many of these came before the nth one of the others. */
int world_count_before(enum world_event event, enum world_event other, int nth);

/** Whoever had the connection has left it: nobody needs to close it any more. */
void world_forget(int peer);

/** How many connects were under way at the same time at most. */
int world_connecting_max(void);

#endif
