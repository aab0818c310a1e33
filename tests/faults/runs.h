/** @file runs.h
 * All runs of one scenario in one setting: every fault of the table at every call that the scenario makes, once and
 * from then on.
 */
#ifndef FAULTS_RUNS_H
#define FAULTS_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "scenarios.h"
#include "verdict.h"

/** Which of the runs are made. */
struct choice {
    uint64_t seed;
    unsigned one_in;  /**< 1: all of them; else one in so many, by the seed */
    const char *only; /**< the name of the one run to make; NULL: no such wish */
};

/** Makes them, from the one of that number on, and leaves what the report says. It returns when all are made; a run
 * that is not clean ends the process. */
void runs_make(const struct scenario *scenario, const struct setting *setting, const struct choice *choice, long from,
               struct report *report);

/** "echo epoll blocking": what the names of the runs begin with. */
void setting_name(const struct scenario *scenario, const struct setting *setting, char *text, size_t size);

#endif
