/** @file io.h
 * Bare sockets on 127.0.0.1 with bounded waits: what the scripted peers and the raw clients of the tests are made of.
 * Nothing here asserts, so any thread may use it. Results are >= 0 or -errno; -ETIMEDOUT when the patience is over.
 */
#ifndef SUPPORT_IO_H
#define SUPPORT_IO_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr_in io_loopback_address(int port);

/** Listens on a free port. The receive buffer is what connections inherit; 0 leaves the system's. Returns the socket.
 */
int io_listen(int backlog, int receive_buffer_bytes, int *port_out);

/** Waits for events of poll(2). Returns those that came, 0 when the time is over. */
int io_wait(int fd, short events, int timeout_ms);

/** Sends all bytes, with flags of send(2) beside MSG_NOSIGNAL. Returns 0. */
int io_send(int fd, const uint8_t *bytes, size_t length, int flags);

/** Receives what has come, once something has. Returns how many bytes, 0 when the other side has ended. */
int64_t io_receive_some(int fd, uint8_t *bytes, size_t size);

/** Receives until length bytes are in or the other side has ended. Returns how many came. */
int64_t io_receive(int fd, uint8_t *bytes, size_t length);

/** Closes with RST. */
void io_reset(int fd);

#endif
