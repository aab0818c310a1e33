/** @file clock.h
 * The time of a simulated world. It moves only when somebody says so. There are two sums of it: all time, which is what
 * the library's clock shows, and the time that somebody waited for. A deadline must not come early by the first one,
 * and not late by the second one: nobody can be in time while the machine stands still.
 */
#ifndef SIMULATION_CLOCK_H
#define SIMULATION_CLOCK_H

#include <stdint.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000 };

#define CLOCK_NEVER INT64_MAX

void clock_begin(int64_t now_ns);
int64_t clock_begun_ns(void);

/** What CLOCK_MONOTONIC shows. */
int64_t clock_ns(void);

/** The time that was waited for so far. */
int64_t clock_waited_ns(void);

/** Time passes that somebody waits for. */
void clock_wait(int64_t ns);

/** Time passes that nobody waited for: work, a scheduler that is late, a machine that was suspended. A server looks at
 * the clock once a turn, so that the wait after that turn may be so much longer: that much of it is not counted. */
void clock_slip(int64_t ns);

/** A turn begins, with a look at the clock. */
void clock_forgive_nothing(void);

#endif
