/** @file descriptors.h
 * The table of descriptors of the simulated process: as in a kernel, the lowest free number is given out.
 */
#ifndef SIMULATION_DESCRIPTORS_H
#define SIMULATION_DESCRIPTORS_H

#include <stdbool.h>

enum { DESCRIPTORS_MAX = 4096, DESCRIPTORS_FIRST = 5 };

enum descriptor_kind { CLOSED, LISTENER, STREAM, EPOLL, WAKEUP };

struct descriptor {
    enum descriptor_kind kind;
    bool waits; /**< O_NONBLOCK is not set */
    void *object;
};

/** Forgets them all; the usual limit counts again. */
void descriptors_begin(void);
void descriptors_set_limit(int limit);
int descriptors_limit(void);
/** How many are open. */
int descriptors_count(void);

/** A new one, or -1 where the limit is reached. */
int descriptors_open(enum descriptor_kind kind, void *object);

/** What the number stands for; fails the world where it is not open or of another kind: nobody guesses numbers. */
struct descriptor *descriptors_get(int fd, enum descriptor_kind kind);
struct descriptor *descriptors_get_any(int fd);

void descriptors_close(int fd);

#endif
