/** @file stalled.h
 * A listener that does not answer: its queue is full, so the kernel drops every further attempt to connect.
 */
#ifndef SUPPORT_STALLED_H
#define SUPPORT_STALLED_H

#include <stdbool.h>
#include <stddef.h>

enum { STALLED_QUEUE_MAX = 16 };

struct stalled_listener {
    int fd;
    int port;
    int queued[STALLED_QUEUE_MAX];
    size_t queued_count;
};

/** Fills the queue. Returns false, and says so on stderr, where this system goes on answering. */
bool stalled_begin(struct stalled_listener *listener);

/** Empties the queue: the next attempt (the kernel repeats it after a second or more) is answered. */
void stalled_release(struct stalled_listener *listener);

void stalled_end(struct stalled_listener *listener);

#endif
