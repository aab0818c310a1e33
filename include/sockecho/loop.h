/** @file sockecho/loop.h
 * A server inside an event loop of your own: GLib, libuv, or a plain poll(2).
 *
 * Set non-blocking mode. Then whenever se_server_fd() is readable, or se_server_next_timeout() milliseconds have
 * passed, call se_server_run() until it returns 0.
 */
#ifndef SOCKECHO_LOOP_H
#define SOCKECHO_LOOP_H

#include <sockecho/timeout.h>

#include <stdint.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

struct se_server;

/**
 * Tells the descriptor that is readable when the server has something to do. After the first call that succeeds the
 * poller, the number of workers and the callback are fixed, as after a first run.
 *
 * @param server the server
 * @return the descriptor >= 0, or
 *         -EINVAL server is NULL, -EBUSY the server runs,
 *         -ENOSYS the poller is poll(2), which has no such descriptor, or the server has more than one worker,
 *         or what se_server_run() says when it cannot begin
 *
 * Ownership: the descriptor stays the server's: do not read or close it. It lives until se_server_free().
 * Threads: one at a time.
 */
int se_server_fd(struct se_server *server);

/**
 * Tells when the server wants to run next even if its descriptor is not readable.
 *
 * @param server the server
 * @return milliseconds >= 0 from now, SE_TIMEOUT_NONE (-1) when nothing is due or it has not run yet;
 *         -EINVAL server is NULL, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int64_t se_server_next_timeout(const struct se_server *server);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif
