/** @file failure.h
 * What a broken promise looks like: which one, how to make the world happen again, and the last things that happened.
 */
#ifndef SIMULATION_FAILURE_H
#define SIMULATION_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

/** The command that repeats the world that begins now; printed if a promise breaks. Forgets what was noted before. */
void failure_begin(const char *program, const char *kind, uint64_t seed, uint64_t world);

/** Notes one thing that happened: who or which descriptor, and a number that belongs to it. Cheap. */
void note(const char *what, int64_t who, int64_t number);

/** Ends the program unless the promise holds. */
void demand(bool holds, const char *promise, int64_t who);

_Noreturn void fail(const char *promise, int64_t who);

#endif
