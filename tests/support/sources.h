/** @file sources.h
 * Raw clients that come from an address of their own choice, for limits that count by address. The sockets are for the
 * functions of raw.h.
 */
#ifndef SUPPORT_SOURCES_H
#define SUPPORT_SOURCES_H

#include <stdbool.h>

/** Connects from that address, "127.0.0.2" or "fd00:1::1", to that one. A server that refuses the peer may have reset
 * it before connect(2) returns: only source_is_in() tells. Returns the socket; close() it. */
int source_connect(const char *from, const char *to, int port);

/** As source_connect(), from 127.0.0.1 to 127.0.0.1. */
int source_connect_here(int port);

/** Whether the peer got in: sends it a byte, which comes back, or RST does. Asserts that it is one of the two. */
bool source_is_in(int fd);

/** Asserts that the peer did not get in, and closes the socket. */
void source_assert_refused(int fd);

#endif
