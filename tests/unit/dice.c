/* The generator is SplitMix64: one 64-bit state, every seed is good. */
#include "dice.h"

#include <inttypes.h>
#include <stdio.h>

struct dice dice_new(uint64_t seed)
{
    fprintf(stderr, "seed %" PRIu64 "\n", seed);
    return (struct dice){.state = seed};
}

/** The product wraps by intent, which unsigned numbers do. */
static uint64_t next(struct dice *dice)
{
    dice->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = dice->state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

uint64_t dice_roll(struct dice *dice, uint64_t sides)
{
    return next(dice) % sides;
}

size_t dice_roll_size(struct dice *dice, size_t sides)
{
    return (size_t)dice_roll(dice, sides);
}
