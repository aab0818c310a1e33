/** @file clients.h
 * The clients of a soak: threads of several kinds, each of which makes one connection after the other and checks
 * every byte that comes back.
 */
#ifndef SOAK_CLIENTS_H
#define SOAK_CLIENTS_H

#include <stdint.h>

/** What all of them have done, since the program began. */
struct clients_figures {
    int64_t connections;
    int64_t resets;   /**< that the clients sent */
    int64_t failures; /**< bytes that were wrong or missing, connections that ended in another way than they should */
};

struct clients;

/** Starts one crowd against a port of 127.0.0.1. The seed makes the lengths of its messages. */
struct clients *clients_start(int port, uint64_t seed);

/** Lets each end its connection in the way of its kind, waits for that, and adds what it did. Says each failure on
 * stderr. */
void clients_end(struct clients *clients, struct clients_figures *figures);

#endif
