/** @file sockecho/server.h
 * An echo server: it listens, accepts, and sends every byte back to the peer that it came from, once, in order and
 * unchanged (RFC 862), until the peer has finished.
 *
 * How a connection ends tells the peer what it got. FIN means complete: all that the server took before it was sent
 * back. RST means cut: the server had to give up bytes. Memory, connections without progress and the time of a stop are
 * bounded.
 *
 * A server has one of three modes, which say how long one call of se_server_run() may wait: blocking (the default),
 * non-blocking, or a timeout.
 *
 * Unless a function says otherwise, one thread at a time may use one server. Different servers are independent. After
 * fork(2) a server belongs to the parent alone: the child must not even free it, which would end the parent's
 * connections. What the child needs not inherit is closed by execve(2).
 */
#ifndef SOCKECHO_SERVER_H
#define SOCKECHO_SERVER_H

#include <sockecho/timeout.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/** A listening echo server and its connections. */
struct se_server;

/** What a port can be beside a number. */
enum {
    SE_PORT_ANY = -1 /**< let the kernel choose a free one; port 0 itself is reserved and refused */
};

/** How a server learns which of its connections is ready. */
enum se_poller {
    SE_POLLER_AUTO = 0,  /**< the best one that the system has: epoll, else poll */
    SE_POLLER_EPOLL = 1, /**< epoll(7), Linux only */
    SE_POLLER_POLL = 2   /**< poll(2), everywhere */
};

/**
 * Makes a server that listens on a TCP port. From here on peers can connect; they are served by se_server_run().
 *
 * @param host the address to bind: a number, or a name, which is resolved (that can take seconds and knows no
 *        timeout; IPv4 addresses are tried first); NULL is 127.0.0.1, "0.0.0.0" is every IPv4 address of the machine,
 *        "::" is every IPv6 address and, where the system allows it, every IPv4 address as well
 * @param port 1 to 65,535, or SE_PORT_ANY
 * @param[out] server_out the new server; NULL when the call failed
 * @return 0, or
 *         -EINVAL server_out is NULL or the port is none of the above (0 included),
 *         SE_ERESOLVE no address for that host name,
 *         -EADDRINUSE another socket listens there, -EADDRNOTAVAIL the address is not this machine's,
 *         -EACCES the port needs a privilege (below 1,024, as a rule),
 *         -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM out of descriptors or memory,
 *         or another -errno of socket(2), setsockopt(2), bind(2), listen(2), getsockname(2), eventfd(2), pipe(2),
 *         pthread_mutex_init(3) or getaddrinfo(3)
 *
 * Ownership: the server is yours; give it to se_server_free(). The host text is not kept.
 * Threads: any thread.
 */
int se_server_new(const char *host, int port, struct se_server **server_out);

/**
 * Makes a server of a socket that listens already, for example one that a parent process handed down.
 *
 * The socket is made non-blocking and close-on-exec. All but the latter is seen by every process that shares the
 * socket, and so are its options (TCP_NODELAY, SO_OOBINLINE, keepalive, TCP_USER_TIMEOUT, the backlog) that this call
 * and the setters change; after a failure some may have changed already. A unix socket will do, but has no RST: whoever
 * is cut there while none of its bytes are unread sees an end like any other.
 *
 * @param listen_fd a stream socket on which listen(2) was called
 * @param[out] server_out the new server; NULL when the call failed
 * @return 0, or
 *         -EINVAL server_out is NULL, or the socket does not listen or is no stream socket,
 *         -EBADF no open descriptor, -ENOTSOCK no socket,
 *         -EMFILE, -ENFILE, -ENOMEM out of descriptors or memory,
 *         or another -errno of getsockopt(2), setsockopt(2), fcntl(2), getsockname(2), eventfd(2), pipe(2) or
 *         pthread_mutex_init(3)
 *
 * Ownership: after success the descriptor is the server's, which closes it; after a failure it is still yours. The
 * server is yours; give it to se_server_free().
 * Threads: any thread.
 */
int se_server_new_from_fd(int listen_fd, struct se_server **server_out);

/**
 * Makes a server that listens on a unix socket, a file that peers of the same machine connect to. A file that a server
 * left behind is replaced. The file is removed when the listener closes.
 *
 * The path is used again when the file is removed, so a relative one needs the same working directory then.
 *
 * Of two servers that are made on one path at the same moment both can succeed, even where there was no file: until
 * listen(2) is called on it, a new file looks like one that was left behind. The later server has the path then, and
 * the earlier one can remove the later one's file when its listener closes. If that can happen, let a lock decide who
 * begins.
 *
 * A unix socket has no RST: a connection that is cut ends like one in order unless the peer's bytes are still unread.
 *
 * @param path the file; at most 107 bytes on Linux
 * @param[out] server_out the new server; NULL when the call failed
 * @return 0, or
 *         -EINVAL path or server_out is NULL, or path is empty, -ENAMETOOLONG path is too long,
 *         -EADDRINUSE a server listens there, or the file is no socket,
 *         -EACCES, -ENOENT, -ENOTDIR, -EROFS the file cannot be made there,
 *         -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM out of descriptors or memory,
 *         or another -errno of socket(2), setsockopt(2), bind(2), listen(2), getsockname(2), eventfd(2), pipe(2) or
 *         pthread_mutex_init(3)
 *
 * Ownership: the server is yours; give it to se_server_free(). The path is not kept by reference.
 * Threads: any thread.
 * Source: unix(7).
 */
int se_server_new_unix(const char *path, struct se_server **server_out);

/**
 * Ends a server: closes its listener and every connection. A connection all of whose bytes were sent back ends with
 * FIN, one with bytes left with RST. A server that was started and not joined is cut and joined first. To let
 * connections finish, call se_server_stop() and wait for se_server_run() or se_server_join() before.
 *
 * @param server the server; NULL does nothing. No other thread may use it any more, nor a signal handler.
 *
 * Ownership: the server is gone afterwards.
 * Threads: one thread. From a callback of the same server it does nothing.
 */
void se_server_free(struct se_server *server);

/**
 * Tells the port on which the server listens, which SE_PORT_ANY left to the kernel. It stays known after a stop.
 *
 * @param server the server
 * @return 1 to 65,535, in host byte order; 0 when the listener has no port (a unix socket);
 *         -EINVAL server is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: any thread.
 */
int se_server_port(const struct se_server *server);

/**
 * Tells the address on which the server listens, as text: "127.0.0.1:7", "[::1]:7", "unix:/run/echo".
 *
 * @param server the server
 * @param[out] text where the text is written, ended by NUL
 * @param size bytes that text has room for; 128 is enough for every address
 * @return the length of the text without NUL, or
 *         -EINVAL server or text is NULL, -ENOSPC the text does not fit (nothing is written then but "" where size > 0)
 *
 * Ownership: nothing changes hands.
 * Threads: any thread.
 */
int se_server_address(const struct se_server *server, char *text, size_t size);

/**
 * Chooses between blocking mode (the default) and non-blocking mode for se_server_run(). It is the same as
 * se_server_set_timeout() with SE_TIMEOUT_NONE or 0.
 *
 * @param server the server
 * @param blocking 1 for blocking, 0 for non-blocking
 * @return 0, or -EINVAL server is NULL or blocking is neither 0 nor 1, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_set_blocking(struct se_server *server, int blocking);

/**
 * Sets for how long one call of se_server_run() serves.
 *
 * @param server the server
 * @param timeout_ms milliseconds > 0: timeout mode; 0: non-blocking mode; SE_TIMEOUT_NONE (the default): blocking mode
 * @return 0, or -EINVAL server is NULL or the timeout is below SE_TIMEOUT_NONE, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_set_timeout(struct se_server *server, int64_t timeout_ms);

/**
 * Tells what se_server_set_timeout() or se_server_set_blocking() chose.
 *
 * @param server the server
 * @return milliseconds >= 0, SE_TIMEOUT_NONE (-1) in blocking mode; -EINVAL server is NULL
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int64_t se_server_get_timeout(const struct se_server *server);

/**
 * Chooses how the server learns which connections are ready. It must be chosen before the server first runs.
 *
 * @param server the server
 * @param poller one of enum se_poller; SE_POLLER_AUTO is the default
 * @return 0, or
 *         -EINVAL server is NULL or there is no such poller, -ENOSYS this system has no epoll,
 *         -EBUSY the server runs or has run
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_set_poller(struct se_server *server, int poller);

/**
 * Makes each worker look for a while without sleeping before it waits, counted from the last event on. That saves the
 * time to wake up, which is most of a round trip over loopback, and costs each worker's processor for as long as it
 * looks: all of it while echoes come more often than that. It changes nothing in non-blocking mode, which never waits.
 *
 * @param server the server
 * @param busy_poll_us microseconds, 0 to 1,000,000; 0 (the default): sleep at once
 * @return 0, or -EINVAL server is NULL or the time is out of range, -EBUSY the server runs
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_set_busy_poll(struct se_server *server, int64_t busy_poll_us);

/**
 * Serves: accepts peers and echoes, for as long as the mode says. Connections stay open between two calls.
 *
 * Blocking mode serves until se_server_stop(). Timeout mode serves for that long, counted from the call on
 * CLOCK_MONOTONIC. Non-blocking mode serves all that is ready now and does not wait.
 *
 * @param server the server
 * @return 0 the server was stopped and its connections have ended (and again 0 at once from then on), or
 *         -EAGAIN non-blocking mode: it is still serving, call again,
 *         -ETIMEDOUT timeout mode: it is still serving, call again,
 *         -EINVAL server is NULL, -EBUSY it runs already,
 *         -EMFILE, -ENFILE, -ENOMEM out of descriptors or memory (SE_POLLER_AUTO tries poll before it gives up),
 *         -ENOSPC epoll watches no more descriptors for this user (max_user_watches of epoll(7)),
 *         -EAGAIN in blocking or timeout mode: a further worker's thread could not be made,
 *         or another -errno of epoll_create(2), epoll_ctl(2), epoll_wait(2), poll(2), eventfd(2), pipe(2),
 *         pthread_mutex_init(3) or pthread_create(3); a fault of one connection never ends the run
 *
 * Ownership: nothing changes hands.
 * Threads: one thread; se_server_stop() may be called meanwhile from any.
 * Source: RFC 862.
 */
int se_server_run(struct se_server *server);

/**
 * Asks the server to end. Peers that wait in the listen queue are still accepted; every byte that had arrived when
 * the server heard of the stop is sent back; then each connection gets FIN and is read until the peer's FIN. What has
 * not ended after se_server_set_drain_timeout() (5 s) is cut: RST where bytes are given up. The request stays in force:
 * a stop before the run is not lost. A second call cuts what is left at once; more calls change nothing.
 *
 * The call itself waits for nothing; se_server_run() and se_server_join() return when the server has ended.
 *
 * @param server the server
 * @return 0, or -EINVAL server is NULL. errno is left as it was.
 *
 * Ownership: nothing changes hands.
 * Threads: any thread, any signal handler (async-signal-safe), before, during and after se_server_run().
 */
int se_server_stop(struct se_server *server);

/**
 * Runs the server in a thread of its own, in which all signals are blocked. The thread ends when se_server_run()
 * would return; se_server_join() must be called then. After that it can be started again: where the run ended at its
 * timeout it goes on, after a stop it ends with 0 at once.
 *
 * @param server the server
 * @return 0, or
 *         -EINVAL server is NULL, -EBUSY it runs, or was started and not joined,
 *         -EAGAIN no thread could be made, -EMFILE, -ENFILE, -ENOMEM out of descriptors or memory,
 *         -ENOSPC epoll watches no more descriptors for this user (max_user_watches of epoll(7)),
 *         or another -errno of epoll_create(2), epoll_ctl(2), eventfd(2), pipe(2), pthread_mutex_init(3) or
 *         pthread_create(3)
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_start(struct se_server *server);

/**
 * Waits until the thread of se_server_start() has ended. It asks for nothing: call se_server_stop() first.
 *
 * @param server the server
 * @return what se_server_run() returned in the thread, or
 *         -EINVAL server is NULL or was not started, -EDEADLK the call comes from a thread of this server
 *
 * Ownership: nothing changes hands.
 * Threads: one at a time.
 */
int se_server_join(struct se_server *server);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif
