/** @file watch.h
 * A poller of each kind, and what it reports. A test that loops over the kinds has the index of one in _i.
 */
#ifndef UNIT_WATCH_H
#define UNIT_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "system/poller.h"

enum { WATCH_KINDS = 2 };

/** Makes the poller; NULL where this build has no such kind, which it says on stderr. */
struct se__poller *watch_open(int kind_index);

/** The events of one wait, in ascending order of their tags, so that two pollers can be compared. */
struct watch_events {
    size_t count;
    uint64_t tags[SE__POLLER_EVENTS_MAX];
};

/** Waits and asserts that the wait did not fail. */
struct watch_events watch_wait(struct se__poller *poller, int timeout_ms);

/** Asserts that a wait of no time reports nothing. */
void watch_expect_none(struct se__poller *poller);

/** Asserts that a wait of no time reports this tag and no other. */
void watch_expect(struct se__poller *poller, uint64_t tag);

/** Two connected stream sockets that do not block. */
void watch_pair(int ends_out[2]);

/** A pipe whose ends do not block. */
void watch_pipe(int ends_out[2]);

void watch_write(int fd, const char *text);

/** Reads all that is there; asserts that it is this. */
void watch_read(int fd, const char *expected);

/** Writes until no more fits. */
void watch_fill(int fd);

#endif
