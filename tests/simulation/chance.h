/** @file chance.h
 * Every decision of a simulated world comes from one seeded generator, so that the seed alone makes it happen again.
 */
#ifndef SIMULATION_CHANCE_H
#define SIMULATION_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

void chance_begin(uint64_t seed);

/** A number from 0 to sides - 1. */
uint64_t chance(uint64_t sides);

/** True once in n times on average; never for 0. */
bool chance_one_in(uint64_t n);

/** From least to most, both included. */
int64_t chance_between(int64_t least, int64_t most);

/** From 1 to most, small numbers as likely as large ones: each doubling has the same share. */
uint64_t chance_size(uint64_t most);

#endif
