/** @file loads.h
 * Loads of the library with the settings and the results that a test expects as a matter of course. Every function
 * asserts that it succeeds; an assertion that fails tells all figures of the load.
 */
#ifndef SUPPORT_LOADS_H
#define SUPPORT_LOADS_H

#include <stdint.h>

#include <sockecho.h>

/** A load with no limit of time, which needs a count or a duration, and a timeout as long as the tests' patience. */
struct se_load *load_new(int connections, int64_t size_bytes, int depth);

/** As load_new(), for so many messages over all connections. */
struct se_load *load_of_count(int connections, int64_t size_bytes, int depth, int64_t messages);

/** As load_new(), at that rate over all connections, for so long. */
struct se_load *load_at_rate(int connections, int64_t size_bytes, int depth, int64_t rate, int64_t duration_ms);

/** Runs the load against a port of 127.0.0.1. */
void load_run(struct se_load *load, int port);

void assert_load_stat(const struct se_load *load, int stat, int64_t expected);

/** Asserts a figure between two bounds, both included. */
void assert_load_stat_between(const struct se_load *load, int stat, int64_t least, int64_t most);

/** Asserts that no connection was lost, of no kind, and no message. */
void assert_load_lost_nothing(const struct se_load *load);

/** Asserts that all connections were opened, and that so many messages were sent and came back. */
void assert_load_is_whole(const struct se_load *load, int connections, int64_t messages, int64_t size_bytes);

#endif
