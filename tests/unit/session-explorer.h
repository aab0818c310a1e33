/** @file session-explorer.h
 * The echo rule, driven in memory through every run that a short message can have: each receive takes any number of
 * bytes that there is room for, each send any number of those that are unsent, each call may have to wait first, and a
 * drain or a cut may come before each step. After every step the promises of session.h must hold.
 */
#ifndef UNIT_SESSION_EXPLORER_H
#define UNIT_SESSION_EXPLORER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SESSION_LENGTH_MAX = 8 };

/** Which runs are made, and how many there were. */
struct session_plan {
    size_t length;      /**< of the message, at most SESSION_LENGTH_MAX */
    size_t buffer_size; /**< how much a receive has room for */
    bool blocks;        /**< each call that can wait is made to wait once, and it is not */
    bool drains;        /**< a drain comes before each step, with every number of pending bytes, and it does not come */
    bool cuts;          /**< a cut comes before each step, and it does not come */
    uint64_t runs;      /**< how many came to their end */
    uint64_t cut_runs;  /**< how many were cut */
};

/** Makes all runs of the plan and counts them in it; fails the test with the run's steps where a promise is broken. */
void session_explore(struct session_plan *plan);

#endif
