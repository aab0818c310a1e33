/* The one place for each system call on a socket. Results are >= 0 or -errno; nothing here decides what a result means
 * for a server or a client. No call raises SIGPIPE, and every descriptor is close-on-exec. */
#ifndef SE_SOCKET_H
#define SE_SOCKET_H

#include "system/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Binds and listens with the system's usual backlog. The descriptor is non-blocking, and so is what it accepts. */
int se__socket_listen(const struct se__address *address, int *fd_out);
/* Makes a descriptor of somebody else's ready to accept, or refuses it: -EINVAL, -ENOTSOCK, -EBADF. */
int se__socket_adopt_listener(int fd);
/* How many may wait to be accepted; 0 for the system's usual maximum. */
int se__socket_set_backlog(int listen_fd, int backlog);
/* What the kernel itself finds out about peers that vanish, of all that is accepted from now on. `idle_s` 0: never ask;
 * `unacknowledged_ms` below 0: the kernel's own limit. A refused option is gone without. */
void se__socket_set_vigilance(int listen_fd, int idle_s, int64_t unacknowledged_ms);
/* For an accepted socket that did not inherit what the listener has now: a unix one, and one that came before the
 * listener was ours. A byte that has arrived already is in the stream as well: the kernel looks when it is received.
 * 0, or -errno: an urgent byte would vanish. */
int se__socket_set_stream_options(int fd);
/* The accepted, non-blocking descriptor, or -errno. */
int se__socket_accept(int listen_fd, struct se__address *peer_out);

/* A non-blocking socket that has begun to connect: 0 it stands, -EINPROGRESS wait until it is writable. */
int se__socket_connect(const struct se__address *address, int *fd_out);
/* How a connection attempt ended, 0 or -errno. Not for an established socket: asking takes its pending error away. */
int se__socket_connect_result(int fd);
/* True when TCP's simultaneous open has joined the socket to itself: whatever it sends it would receive. */
bool se__socket_is_connected_to_itself(int fd);

/* recv(2) and send(2) that never wait: bytes moved, 0 for the peer's FIN, -EAGAIN when it would wait. */
int64_t se__socket_receive(int fd, void *buffer, size_t size);
int64_t se__socket_send(int fd, const void *bytes, size_t size);
/* The same for bytes that lie in several pieces. */
struct se__piece {
    const unsigned char *bytes;
    size_t length;
};
int64_t se__socket_send_pieces(int fd, const struct se__piece *pieces, int count);
/* recv(2) that waits, for as long as the socket's mode and receive timeout let it: -EAGAIN, -EINTR as they come. */
int64_t se__socket_receive_waiting(int fd, void *buffer, size_t size);
/* Bytes that have arrived and were not received yet. */
int64_t se__socket_pending(int fd);

/* Half-close: FIN, the other direction stays open. */
int se__socket_finish(int fd);
/* Half-closes, then closes: while a forked child holds a duplicate, closing alone would send no FIN. */
void se__socket_hang_up(int fd);
/* Stops to listen. One that other processes share (`is_shared`) goes on listening for them. */
void se__socket_close_listener(int fd, bool is_shared);
/* Closes in order; what was handed to the kernel is still delivered. */
void se__socket_close(int fd);
/* Closes with RST; what is not delivered yet is dropped. */
void se__socket_abort(int fd);

/* getsockopt(2). 0 or -errno. */
int se__socket_get_option(int fd, int level, int option, void *value_out, size_t size);
int se__socket_local_address(int fd, struct se__address *address_out);
int se__socket_set_blocking(int fd, bool blocking);
/* Bounds se__socket_receive_waiting(); 0 unbinds it. */
int se__socket_set_receive_timeout(int fd, int64_t timeout_ms);
/* Waits for POLLIN and POLLOUT as poll(2) does; fd -1 just waits. 1 ready, 0 not, -EINTR and the like. */
int se__socket_wait(int fd, int events, int timeout_ms);
/* The same for POLLIN, to the nanosecond as far as the kernel's timers go. */
int se__socket_wait_ns(int fd, int64_t timeout_ns);

#endif
