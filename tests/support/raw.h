/** @file raw.h
 * Raw clients: bare sockets that talk to a server of the library and do what its own client never would. Every
 * function asserts that it succeeds in time; only the thread of the test may use them.
 */
#ifndef SUPPORT_RAW_H
#define SUPPORT_RAW_H

#include <stddef.h>
#include <stdint.h>

/** Connects to 127.0.0.1. Returns the socket; close() it. */
int raw_connect(int port);

/** As raw_connect(), with a small receive buffer (SO_RCVBUF), so that the other side soon cannot send on. */
int raw_connect_narrow(int port, int receive_buffer_bytes);

void raw_send(int fd, const uint8_t *bytes, size_t length);

/** Sends bytes until for a while no more fit, or all are sent. Returns how many went. */
size_t raw_send_until_full(int fd, const uint8_t *bytes, size_t length);

/** How many of the bytes that were sent have certainly arrived: the other side's kernel has acknowledged them. */
size_t raw_count_arrived(int fd, size_t sent);

/** Waits until all that was sent has arrived, FIN included. */
void raw_wait_until_arrived(int fd);

/** Receives until the other side has ended in order (FIN). Returns how many bytes came; asserts that they fit. */
size_t raw_receive_to_fin(int fd, uint8_t *bytes, size_t room);

/** Receives the bytes and asserts that they are these. */
void raw_expect_bytes(int fd, const uint8_t *expected, size_t length);

/** Asserts that the other side has ended in order (FIN), with no byte before that. */
void raw_expect_fin(int fd);

/** Asserts that the other side cuts the connection (RST). Returns how many bytes came before. */
size_t raw_expect_reset(int fd);

void raw_half_close(int fd);

/** Sends the message and half-closes, and meanwhile receives until FIN, at most `chunk` bytes a call. Asserts that
 * exactly the message came back. Closes the socket. */
void raw_exchange(int fd, const uint8_t *message, size_t length, size_t chunk);

/** Asserts that the server on that port echoes, by one short connection. */
void raw_assert_served(int port);

#endif
