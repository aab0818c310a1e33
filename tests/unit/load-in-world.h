/** @file load-in-world.h
 * A load in the world of load-world.h: what the tests that run one there have in common.
 */
#ifndef UNIT_LOAD_IN_WORLD_H
#define UNIT_LOAD_IN_WORLD_H

#include "load-world.h"
#include "loads.h"

enum { SIZE = 100, TIMEOUT_MS = 1000 };

/** The one load of a test. */
extern struct se_load *load;

/** Messages of SIZE bytes that may take TIMEOUT_MS; a rate of 0 is none. */
void begin_count(int connections, int depth, int64_t rate, int64_t count);
void begin_duration(int connections, int depth, int64_t rate, int64_t duration_ms);

/** Asserts that the run succeeds. */
void run(void);

/** Ends the load and the world. */
void end(void);

/** Stops the load when the world is so old. */
void stop_at(int64_t at_ns);

/** Asserts when the nth of these events came. */
void assert_at(enum world_event event, int nth, int64_t at_ns);

/** Asserts that so many connections were lost in that way, and none in another. */
void assert_only_loss(int stat, int64_t connections);

/** Asserts that all connections were opened, and that so many messages were sent and came back. */
void assert_whole(int connections, int64_t messages);

#endif
