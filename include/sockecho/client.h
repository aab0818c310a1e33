/** @file sockecho/client.h
 * An echo client: it connects, sends a message, receives the echo and checks every byte of it (RFC 862). It sends and
 * receives at the same time, so a message of any size comes back without a deadlock.
 *
 * A client has one of three modes, which say how long a call may wait: blocking (the default, until done or failed),
 * non-blocking (-EAGAIN at once where it cannot finish now), or a timeout (-ETIMEDOUT when the time is over). In the
 * last two nothing is lost: make the same call again to go on. The timeout is one deadline on CLOCK_MONOTONIC over the
 * whole call; signals and progress do not restart it.
 *
 * When a call that has begun fails in any other way, the connection is dropped; the client can connect again. A call
 * that is refused (-EINVAL, -EBUSY, -EISCONN, -ENOTCONN), or that found no memory to begin with (-ENOMEM), changes
 * nothing. Whether a call is still open, se_client_events() tells: it is 0 when none is. (The kernel too can say
 * ETIMEDOUT, of a host that does not answer: that call is over.)
 *
 * One thread at a time may use one client. Different clients are independent. After fork(2) a client belongs to the
 * parent alone: the child must not even free it.
 */
#ifndef SOCKECHO_CLIENT_H
#define SOCKECHO_CLIENT_H

#include <sockecho/timeout.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/** A client and its connection, if it has one. */
struct se_client;

/**
 * Makes a client in blocking mode, not connected.
 *
 * @param[out] client_out the new client; NULL when the call failed
 * @return 0, or -EINVAL client_out is NULL, -ENOMEM out of memory
 *
 * Ownership: the client is yours; give it to se_client_free().
 * Threads: any thread.
 */
int se_client_new(struct se_client **client_out);

/**
 * Ends a client and drops its connection, if it has one, as se_client_close() does.
 *
 * @param client the client; NULL does nothing
 *
 * Ownership: the client is gone afterwards.
 * Threads: one at a time.
 */
void se_client_free(struct se_client *client);

/**
 * Chooses between blocking mode (the default) and non-blocking mode. It is the same as se_client_set_timeout() with
 * SE_TIMEOUT_NONE or 0. Once the connection stands, O_NONBLOCK of se_client_fd() is set in non-blocking mode and in no
 * other.
 *
 * @param client the client
 * @param blocking 1 for blocking, 0 for non-blocking
 * @return 0, or -EINVAL client is NULL or blocking is neither 0 nor 1, or -errno of fcntl(2)
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time. It is allowed while a call is open: the same call goes on in the new mode.
 */
int se_client_set_blocking(struct se_client *client, int blocking);

/**
 * Sets for how long a call of connect, echo or finish may wait.
 *
 * @param client the client
 * @param timeout_ms milliseconds > 0: timeout mode; 0: non-blocking mode; SE_TIMEOUT_NONE (the default): blocking mode
 * @return 0, or -EINVAL client is NULL or the timeout is below SE_TIMEOUT_NONE, or -errno of fcntl(2)
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time. It is allowed while a call is open: the same call goes on in the new mode.
 */
int se_client_set_timeout(struct se_client *client, int64_t timeout_ms);

/**
 * Makes connect, echo and finish look for a while without sleeping each time before they wait. That saves the time to
 * wake up, which is most of a round trip over loopback, and costs the processor for as long as it looks. It changes
 * nothing in non-blocking mode, which never waits, and no deadline.
 *
 * @param client the client
 * @param busy_poll_us microseconds, 0 to 1,000,000; 0 (the default): sleep at once
 * @return 0, or -EINVAL client is NULL or the time is out of range
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time. It is allowed while a call is open: the same call goes on with it.
 */
int se_client_set_busy_poll(struct se_client *client, int64_t busy_poll_us);

/**
 * Tells what se_client_set_timeout() or se_client_set_blocking() chose.
 *
 * @param client the client
 * @return milliseconds >= 0, SE_TIMEOUT_NONE (-1) in blocking mode; -EINVAL client is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int64_t se_client_get_timeout(const struct se_client *client);

/**
 * Connects. Each address of the host is tried in turn, IPv4 first, all within the one deadline of the call.
 *
 * @param client the client
 * @param host a number or a name; NULL is 127.0.0.1. A name is resolved first, which can take seconds and which no
 *        timeout and no non-blocking mode can shorten.
 * @param port 1 to 65,535
 * @return 0 connected, or
 *         -EAGAIN or -ETIMEDOUT not yet: the same call again goes on,
 *         -EINVAL client is NULL or the port is none of the above, -EISCONN it is connected,
 *         -EBUSY an attempt to connect elsewhere is open (se_client_close() gives it up),
 *         SE_ERESOLVE no address for that host name,
 *         -ECONNREFUSED nobody listens there, or the client found itself connected to itself (TCP simultaneous open),
 *         -ECONNRESET somebody listens there, and turned the client away,
 *         -EHOSTUNREACH, -ENETUNREACH no way there,
 *         -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM out of descriptors or memory,
 *         or another -errno of socket(2), setsockopt(2), connect(2), getsockopt(2), poll(2), fcntl(2) or
 *         getaddrinfo(3); of several addresses, the last one's
 *
 * Ownership: the host text is copied.
 * Threads: one at a time.
 * Source: RFC 9293 (TCP), connect(2).
 */
int se_client_connect(struct se_client *client, const char *host, int port);

/**
 * Connects to a server on a unix socket.
 *
 * @param client the client
 * @param path the file on which the server listens
 * @return 0 connected, or
 *         -EAGAIN or -ETIMEDOUT not yet, the server's queue is full: the same call again goes on. No descriptor tells
 *         when there is room, so in non-blocking mode call again a while later,
 *         -EINVAL client or path is NULL, or path is empty, -ENAMETOOLONG path is too long, -EISCONN it is connected,
 *         -EBUSY an attempt to connect elsewhere is open (se_client_close() gives it up),
 *         -ENOENT there is no such file, -ECONNREFUSED nobody listens there, -EACCES no permission,
 *         -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM out of descriptors or memory,
 *         or another -errno of socket(2), setsockopt(2), connect(2), getsockopt(2), poll(2) or fcntl(2)
 *
 * Ownership: the path is copied.
 * Threads: one at a time.
 * Source: unix(7).
 */
int se_client_connect_unix(struct se_client *client, const char *path);

/**
 * Sends a message, receives its echo and compares the two byte by byte while it arrives. A byte too many right behind
 * the echo is for the next call to find.
 *
 * @param client the client
 * @param message the bytes to send; NULL only where length is 0. While the echo is open the bytes must not change.
 * @param length bytes of the message; 0 succeeds at once on a connected client
 * @param[out] reply room for length bytes that get the echo, or NULL (it is checked all the same). It may be the
 *        message itself, but must not overlap it in part.
 * @return 0 every byte came back, or
 *         -EAGAIN or -ETIMEDOUT not yet: the same call again goes on,
 *         -EINVAL client is NULL, message is NULL with length > 0, or reply overlaps message in part,
 *         -ENOTCONN not connected, -EBUSY another call is open (an echo is the same call only with the same message,
 *         length and reply),
 *         SE_EMISMATCH what came back differs, SE_ECLOSED the peer closed before the whole echo was back,
 *         -ECONNRESET the peer reset the connection, -ENOMEM out of memory,
 *         or another -errno of send(2), recv(2) or poll(2)
 *
 * In non-blocking mode -ENOBUFS and -ENOMEM from the kernel leave the echo open: make the same call again a while
 * later.
 *
 * Ownership: message and reply stay yours; they must live until the echo has ended.
 * Threads: one at a time.
 * Source: RFC 862.
 */
int se_client_echo(struct se_client *client, const void *message, size_t length, void *reply);

/**
 * Ends the connection in order: half-closes it (FIN), then expects the peer's FIN and not one byte more. The
 * connection is gone when it has succeeded. In non-blocking mode -ENOMEM from the kernel leaves the call open, as with
 * an echo.
 *
 * @param client the client
 * @return 0 both sides have closed in order, or
 *         -EAGAIN or -ETIMEDOUT not yet: the same call again goes on,
 *         -EINVAL client is NULL, -ENOTCONN not connected, -EBUSY an echo or a connect is open,
 *         SE_EMISMATCH the peer sent more than the echoes, -ECONNRESET the peer reset the connection,
 *         or another -errno of shutdown(2), recv(2) or poll(2)
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_client_finish(struct se_client *client);

/**
 * Drops the connection, and with it a call that is still open; the client can connect again. Without se_client_finish()
 * before, nobody learns whether the peer had more to say.
 *
 * @param client the client; not connected is fine
 * @return 0, or -EINVAL client is NULL
 *
 * Ownership: nothing changes hands. A message and a reply of an open echo are yours alone again.
 * Threads: one at a time.
 */
int se_client_close(struct se_client *client);

/**
 * Tells the descriptor of the connection, to wait for it in a poll of your own. Do not read, write or close it. A
 * connect that tries several addresses changes it: ask again after every call.
 *
 * @param client the client
 * @return the descriptor >= 0, or -EINVAL client is NULL, -ENOTCONN there is no connection and no attempt, or the
 *         attempt waits for a place in the queue of a unix socket, of which no descriptor tells
 *
 * Ownership: the descriptor stays the client's.
 * Threads: one at a time.
 */
int se_client_fd(const struct se_client *client);

/**
 * Tells what the open call waits for.
 *
 * @param client the client
 * @return POLLIN, POLLOUT or both, as poll(2) names them; 0 when no call is open; -EINVAL client is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_client_events(const struct se_client *client);

/**
 * Tells how long the last whole echo took, from just before its first byte went out until its last byte was in.
 *
 * @param client the client
 * @return nanoseconds >= 0; -EINVAL client is NULL, -ENODATA no echo has come back whole yet
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int64_t se_client_rtt_ns(const struct se_client *client);

/**
 * Tells where the last echo went wrong, after SE_EMISMATCH.
 *
 * @param client the client
 * @return the offset of the first wrong byte in the message, from 0; the length of the last message where the peer
 *         sent more than the echo; -1 if nothing was wrong; -EINVAL client is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int64_t se_client_mismatch_at(const struct se_client *client);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif
