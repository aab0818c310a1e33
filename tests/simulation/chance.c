/* One generator for the world that is simulated now: the dice of the unit tests, which repeat themselves. */
#include "chance.h"

#include "dice.h"

static struct dice dice;

void chance_begin(uint64_t seed)
{
    dice = (struct dice){.state = seed};
}

uint64_t chance(uint64_t sides)
{
    return dice_roll(&dice, sides);
}

bool chance_one_in(uint64_t n)
{
    return n > 0 && chance(n) == 0;
}

int64_t chance_between(int64_t least, int64_t most)
{
    return least + (int64_t)chance((uint64_t)(most - least) + 1);
}

uint64_t chance_size(uint64_t most)
{
    int doublings = 0;
    while (most >> doublings > 1)
        doublings++;
    uint64_t limit = UINT64_C(1) << chance((uint64_t)doublings + 2);
    return 1 + chance(limit < most ? limit : most);
}
