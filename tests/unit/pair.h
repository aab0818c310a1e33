/** @file pair.h
 * Two TCP sockets of the library that are connected over 127.0.0.1, and the listener between them. Every function
 * asserts that it succeeds in time.
 */
#ifndef UNIT_PAIR_H
#define UNIT_PAIR_H

#include <stddef.h>
#include <stdint.h>

#include "system/address.h"

/** More than the buffers of a connection hold. */
enum { PAIR_BYTES_MAX = 32 * 1024 * 1024 };

struct pair {
    int listen_fd;
    int near; /**< connected, from se__socket_connect() */
    int far;  /**< accepted, from se__socket_accept() */
};

/** 127.0.0.1 with that port, 0 for any. */
struct se__address pair_loopback(int port);

/** Listens on a free port of 127.0.0.1. */
int pair_listen(void);

/** A new connection to the listener; connects only, or both connects and accepts. */
int pair_connect(int listen_fd);
struct pair pair_open(void);

/** A socket that is connected to its own port, as the kernel may make of an attempt to connect to a free one. */
int pair_connect_to_itself(void);

/** Accepts the next one, for which it waits. */
int pair_accept(int listen_fd);

/** Closes what is not -1. */
void pair_close(struct pair *pair);

/** Waits until exactly that many bytes can be received. */
void pair_await_pending(int fd, int bytes);

/** Sends or receives a short text, at once and whole. */
void pair_send_text(int fd, const char *text);
void pair_expect_text(int fd, const char *expected);

/** Waits for something to receive; returns what receiving comes to. */
int64_t pair_receive_next(int fd);

/** Sends until the kernel takes no more; returns how many of the PAIR_BYTES_MAX bytes it took. */
size_t pair_send_until_full(int fd, const uint8_t *bytes);

#endif
