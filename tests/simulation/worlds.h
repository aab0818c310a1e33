/** @file worlds.h
 * A world is one server with all its callers, or one client with all its far sides, from the beginning to the end. Each
 * one is made of a seed and ends the program if a promise is broken in it.
 */
#ifndef SIMULATION_WORLDS_H
#define SIMULATION_WORLDS_H

#include <stdint.h>

struct world_figures {
    uint64_t lives; /**< of connections */
    uint64_t bytes; /**< that went there and back */
};

/** The seed has been given to chance_begin() already. */
struct world_figures server_world(void);
struct world_figures client_world(void);

#endif
