/** @file threads.h
 * The threads of a simulated world are real ones, but only one of them runs at a time: it holds the turn until it waits
 * or makes a call at which the simulation lets another one go on. So their order comes from the seed as well.
 */
#ifndef SIMULATION_THREADS_H
#define SIMULATION_THREADS_H

#include <stdbool.h>
#include <stdint.h>

enum { THREADS_MAX = 16 };

/** Begins a world in which this thread is the only one. */
void threads_begin(void);

/** Waits until is_ready(what) or the deadline. Meanwhile other threads run, and time passes when nobody can. Returns
 * whether it is ready. */
bool threads_wait(bool (*is_ready)(void *), void *what, int64_t deadline_ns);

/** Lets another thread go on, if one can. */
void threads_yield(void);

/** The place of this thread among those of the world. */
int threads_current(void);

/** Which turn of its work this thread is in: a number of its own for each wait that has ended, and when that was. */
uint64_t threads_turn(void);
int64_t threads_turn_ns(void);

/** When the oldest turn began that some thread is still in. */
int64_t threads_oldest_turn_ns(void);

/** The time that was waited so far while the thread of this place was over, or waited for another one to be. */
int64_t threads_away_ns(int place);
/** The same, while any of them was. */
int64_t threads_some_away_ns(void);

/** A thread that begins to work without having waited begins a turn. */
void threads_new_turn(void);

#endif
