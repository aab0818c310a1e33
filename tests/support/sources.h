/** @file sources.h
 * Raw clients that come from an address of their own choice, for limits that count by address. The sockets are for the
 * functions of raw.h.
 */
#ifndef SUPPORT_SOURCES_H
#define SUPPORT_SOURCES_H

#include <stdbool.h>

/** Connects from that address, "127.0.0.2" or "fd00:1::1", to that one. Asserts that this succeeds; close() the socket. */
int source_connect(const char *from, const char *to, int port);

/** Whether the peer got in: sends it a byte, which comes back, or RST does. Asserts that it is one of the two. */
bool source_is_in(int fd);

#endif
