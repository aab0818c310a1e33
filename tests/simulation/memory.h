/** @file memory.h
 * The library's memory, counted, and refused now and then in a world where it is scarce.
 */
#ifndef SIMULATION_MEMORY_H
#define SIMULATION_MEMORY_H

#include <stdint.h>

/** Bytes that the library holds now. */
int64_t memory_in_use(void);

/** In which turn the last allocation was refused. */
uint64_t memory_refused_in_turn(void);

#endif
