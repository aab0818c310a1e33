/** @file statistics.h
 * A server's figures, as a test expects them.
 */
#ifndef SUPPORT_STATISTICS_H
#define SUPPORT_STATISTICS_H

#include <stdint.h>

#include <sockecho.h>

/** Waits until the figure has that value; asserts that it comes to that. */
void stat_await(const struct se_server *server, int stat, int64_t value);

/** Asserts that the figures of a server with no connection fit together: every one that was accepted has ended in one
 * way, and every byte that was received was either echoed or given up. */
void stat_assert_consistent(const struct se_server *server);

#endif
