/** @file fixture.h
 * What every test program shares: test cases that allow 60 s a test, and a fixture that fails a test which leaves a
 * descriptor open, closes one that was not its own, or leaves a thread running.
 */
#ifndef SUPPORT_FIXTURE_H
#define SUPPORT_FIXTURE_H

#include <check.h>

/** Adds a test case whose tests are watched by the fixture. */
TCase *fixture_add_tcase(Suite *suite, const char *name);

/** Runs the suite and frees it. Returns what main() returns: EXIT_SUCCESS or EXIT_FAILURE. */
int fixture_run(Suite *suite);

#endif
