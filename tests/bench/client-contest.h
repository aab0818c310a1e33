/* Rounds in which the library's client, an unchecked and a checked one by hand echo the same message in turn. */
#ifndef BENCH_CLIENT_CONTEST_H
#define BENCH_CLIENT_CONTEST_H

#include "hand.h"

#include <sockecho/client.h>

enum contestant { LIBRARY, UNCHECKED_BY_HAND, CHECKED_BY_HAND, CONTESTANT_COUNT };

typedef void hand_echo(struct hand *hand, const char *message, size_t length);

struct contest {
    const char *message;
    size_t length;
    size_t rounds;
    int64_t round_ns; /* how long each echoes in a round; 0: a single echo */
    hand_echo *by_hand;

    struct se_client *library;
    struct hand hands[CONTESTANT_COUNT]; /* none for the library */
    double *echo_ns[CONTESTANT_COUNT];   /* of each round */
    double *cpu_ns[CONTESTANT_COUNT];    /* what this process took for an echo, in each round */
};

/* The first members are set. Opens the three connections, in the mode that belongs to the timeout. */
void contest_begin(struct contest *contest, const struct bench_place *place, int64_t timeout_ms);
void contest_run(struct contest *contest);

/* Prints members of a JSON object: the figures of all rounds, and how the library's stand to the others' of the same
 * round, 1.02 being 2 % more. */
void contest_print(const struct contest *contest);
void contest_end(struct contest *contest);

#endif
