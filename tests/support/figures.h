/** @file figures.h
 * All figures of a server at once, as tests compare them: what one event has changed, and nothing else.
 */
#ifndef SUPPORT_FIGURES_H
#define SUPPORT_FIGURES_H

#include <stddef.h>
#include <stdint.h>

#include <sockecho.h>

enum { FIGURES = SE_STAT_PAUSES + 1 };

struct figures {
    int64_t of[FIGURES];
};

/** The figures now; asserts that there is each. While the server runs they need not fit together. */
struct figures figures_now(const struct se_server *server);

/** Waits until the figure is at least that value; asserts that it comes to that. */
void figures_await_at_least(const struct se_server *server, int stat, int64_t value);

/** Runs a server that is in non-blocking or timeout mode, again and again, until the figure has that value; asserts
 * that it comes to that. */
void figures_run_until(struct se_server *server, int stat, int64_t value);

/** What a test expects to be added to one figure. */
struct figure_change {
    int stat;
    int64_t by;
};

/** Asserts that these figures have changed by so much since then, and that no other one has. */
void figures_assert_changed(const struct se_server *server, const struct figures *before,
                            const struct figure_change *changes, size_t count);

/** Asserts that the figures of a server with no connection fit together: every one that was accepted has ended in one
 * way, and every byte that was received was either echoed or given up. */
void figures_assert_consistent(const struct figures *figures);

/** Stops and joins a started server, asserts that its figures fit together, and frees it. */
void figures_end(struct se_server *server);

#endif
