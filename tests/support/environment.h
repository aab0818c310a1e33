/** @file environment.h
 * What the caller of a test program says about the machine, in environment variables:
 *
 *   SE_TEST_SLOW=N       everything may take N times as long (valgrind, sanitizers, emulation); 1 unless set
 *   SE_TEST_MAX_BYTES=N  no message is longer than this; unlimited unless set
 *
 * Check itself knows CK_FORK=no, and CK_TIMEOUT_MULTIPLIER for the time that a whole test may take.
 */
#ifndef SUPPORT_ENVIRONMENT_H
#define SUPPORT_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/** How many times slower than usual things may be, 1 or more. */
int environment_slow_factor(void);

/** Milliseconds after which something that must happen counts as failed: 20 s on a usual machine. */
int environment_patience_ms(void);

/** The length that was wanted or, where the environment allows less, that; it says so on stderr. */
size_t environment_length(size_t wanted);

/** Whether messages may be that long; says on stderr that the running test is skipped where they may not. */
bool environment_allows_length(size_t wanted);

/** Says on stderr that the running test cannot be made here, and why. The test then returns. */
void environment_skip(const char *reason);

#endif
