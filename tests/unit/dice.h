/** @file dice.h
 * Numbers that look random and are the same in every run, so that a failure can be repeated.
 */
#ifndef UNIT_DICE_H
#define UNIT_DICE_H

#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/** Says the seed on stderr, so that a failing test's output tells it. */
struct dice dice_new(uint64_t seed);

/** A number from 0 to sides - 1. */
uint64_t dice_roll(struct dice *dice, uint64_t sides);

/** The same, for lengths and places in memory. */
size_t dice_roll_size(struct dice *dice, size_t sides);

#endif
