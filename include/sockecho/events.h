/** @file sockecho/events.h
 * Hearing of what happens in a server: one callback for peers that come and go and for a listener that pauses.
 *
 * The callback is called in a worker's thread, in the middle of its work, or in the one that frees the server: it must
 * not wait. With several workers it is called in several threads at once. In it these calls are legal:
 * se_server_stop(), se_server_port(), se_server_address(), se_server_get_timeout(), se_server_stat(), the
 * se_connection_ functions for the connection at hand, and everything of other servers and of clients. se_server_run(),
 * se_server_start(), se_server_fd(), se_server_next_timeout() and the setters give -EBUSY, se_server_join() -EDEADLK,
 * and se_server_free() does nothing. What a call would refuse of any server comes first: se_server_fd() gives -ENOSYS
 * with poll(2) or several workers, and a setter -EINVAL for a value out of its range, or -ENOSYS for a poller that the
 * system has not.
 */
#ifndef SOCKECHO_EVENTS_H
#define SOCKECHO_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

struct se_server;

/** One connection of a server, as the callback sees it. */
struct se_connection;

/** What has happened. */
enum se_event {
    SE_EVENT_OPENED = 1, /**< a peer was accepted; the callback's result decides: 0 keeps it, anything else resets it */
    SE_EVENT_CLOSED = 2, /**< a connection that was opened is about to be closed */
    SE_EVENT_PAUSED = 3, /**< the listener rests, at most 100 ms: descriptors or memory are used up, or accept(2) failed
                            in a way that would repeat itself; there is no connection */
    SE_EVENT_RESUMED = 4 /**< the listener tries again (and may pause at once); there is no connection */
};

/**
 * What a program gives to se_server_set_callback().
 *
 * @param server the server, for the calls that are legal
 * @param event one of enum se_event
 * @param connection the connection, valid until the callback returns; NULL where the event concerns none
 * @param user_data what was given to se_server_set_callback()
 * @return for SE_EVENT_OPENED 0 keeps the peer, anything else resets it (SE_STAT_REFUSED; no SE_EVENT_CLOSED follows);
 *         otherwise the result is not used
 *
 * Ownership: nothing changes hands.
 * Threads: it is called in any worker's thread.
 */
typedef int (*se_event_callback)(struct se_server *server, int event, const struct se_connection *connection,
                                 void *user_data);

/**
 * Sets the callback. With a callback each connection remembers its peer's address, which costs 136 bytes more.
 *
 * @param server the server
 * @param callback the function; NULL: none (the default)
 * @param user_data is handed to the callback; the library does not look at it
 * @return 0, or -EINVAL server is NULL, -EBUSY the server runs or has run
 *
 * Ownership: user_data stays yours and must live as long as the callback may be called.
 * Threads: one at a time.
 */
int se_server_set_callback(struct se_server *server, se_event_callback callback, void *user_data);

/**
 * Tells the peer's address as text: "127.0.0.1:40123", "[::1]:40123", "unix:" for the peer of a unix socket.
 *
 * @param connection the connection that the callback got
 * @param[out] text where the text is written, ended by NUL
 * @param size bytes that text has room for; 128 is enough for every address
 * @return the length of the text without NUL, or
 *         -EINVAL connection or text is NULL,
 *         -ENOSPC the text does not fit (nothing is written then but "" where size > 0)
 *
 * Ownership: nothing changes hands.
 * Threads: within the callback.
 */
int se_connection_peer(const struct se_connection *connection, char *text, size_t size);

/**
 * Tells a number for the connection that is its own in this server: it comes again only after 2^31 others.
 *
 * @param connection the connection that the callback got
 * @return the number >= 0; -EINVAL connection is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: within the callback.
 */
int64_t se_connection_id(const struct se_connection *connection);

/**
 * Tells how many bytes came from the peer.
 *
 * @param connection the connection that the callback got
 * @return bytes >= 0; -EINVAL connection is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: within the callback.
 */
int64_t se_connection_received(const struct se_connection *connection);

/**
 * Tells how many of the peer's bytes were handed to the kernel for it.
 *
 * @param connection the connection that the callback got
 * @return bytes >= 0, never more than se_connection_received(); -EINVAL connection is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: within the callback.
 */
int64_t se_connection_echoed(const struct se_connection *connection);

/**
 * Tells why the connection ends.
 *
 * @param connection the connection that the callback got with SE_EVENT_CLOSED
 * @return SE_STAT_ORDERLY, SE_STAT_STALLED, SE_STAT_IDLE, SE_STAT_RESET, SE_STAT_DRAIN or SE_STAT_MEMORY: the figure of
 *         se_server_stat() that counts it; -EINVAL connection is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: within the callback.
 */
int se_connection_reason(const struct se_connection *connection);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif
