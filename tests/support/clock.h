/** @file clock.h
 * Time on CLOCK_MONOTONIC, and the check that a call took about as long as it was asked to.
 */
#ifndef SUPPORT_CLOCK_H
#define SUPPORT_CLOCK_H

#include <stdint.h>

int64_t clock_now_ns(void);
int64_t clock_ms_since(int64_t start_ns);

/** Asserts that no less than asked_ms have passed since the start, and no more than 100 ms (times SE_TEST_SLOW) more.
 */
void assert_took_about(int64_t start_ns, int64_t asked_ms);

/** Asserts that less than most_ms (times SE_TEST_SLOW) have passed since the start. */
void assert_took_less_than(int64_t start_ns, int64_t most_ms);

#endif
