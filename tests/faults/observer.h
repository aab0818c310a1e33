/** @file observer.h
 * A bare peer of the server: a socket that looks at every byte that comes back, and at how the connection ends. FIN
 * before the last byte of the echo ends the run, and so does a wrong byte. Whatever is asked of a peer that has ended
 * is skipped.
 */
#ifndef FAULTS_OBSERVER_H
#define FAULTS_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "story.h"

struct observer {
    int number; /**< its place in the story, and what its bytes begin with */
    int fd;
    size_t sent;
    size_t expected; /**< bytes that have to be back before FIN */
    size_t received;
    bool has_no_reset; /**< a unix socket: who is cut sees an end like any other */
    enum end end;
};

/** Connects to 127.0.0.1. */
void observer_connect(struct observer *observer, int number, int port);

/** Connects to the file of a unix socket. */
void observer_connect_unix(struct observer *observer, int number, const char *path);

/** As observer_connect(), with a small receive buffer, so that the server soon cannot send on. */
void observer_connect_narrow(struct observer *observer, int number, int port);

void observer_send(struct observer *observer, size_t length);

/** Sends until no more fits. */
void observer_fill(struct observer *observer, size_t most);

/** Receives until all that was sent is back. */
void observer_expect_echo(struct observer *observer);

/** Receives until so many bytes are back. */
void observer_expect_bytes(struct observer *observer, size_t count);

void observer_half_close(struct observer *observer);

/** Receives until the connection ends. */
void observer_expect_end(struct observer *observer);

/** Closes, and tells how it ended. */
void observer_close(struct observer *observer);

/** The end is expected, and then the socket closed. */
void observer_end(struct observer *observer);

#endif
