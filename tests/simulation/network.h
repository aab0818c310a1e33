/** @file network.h
 * What lies between the library and the far sides: a listen queue, and whoever answers a connect.
 */
#ifndef SIMULATION_NETWORK_H
#define SIMULATION_NETWORK_H

#include "link.h"

enum { NETWORK_QUEUE_MAX = 1024 };

struct listener {
    int fd; /**< -1 while nobody listens */
    int backlog;
    bool takes_urgent; /**< SO_OOBINLINE is set, and inherited by what is accepted */
    struct link *queue[NETWORK_QUEUE_MAX];
    unsigned first;
    unsigned count;
    int64_t empty_ns; /**< when accept(2) last found nobody */
    int told_ready;
};

/** What happens when the library connects: 0, or an errno; EINPROGRESS where the far side answers later. */
typedef int (*network_connect)(struct link *link);

struct network {
    struct listener listener;
    struct link *(*new_link)(void); /**< for a socket that the library makes */
    network_connect connect;
    int addresses; /**< of the name that was resolved last */
};

extern struct network network;

void network_begin(struct link *(*new_link)(void), network_connect connect);

/** A far side connects to the listener. False where nobody listens, or the queue is full. */
bool network_queue(struct link *link);
/** The one that came first, NULL where nobody waits. */
struct link *network_take(void);
/** Nobody listens any more: who waits is reset. */
void network_close(void);

#endif
