/** @file threads.h
 * The threads of this process.
 */
#ifndef SUPPORT_THREADS_H
#define SUPPORT_THREADS_H

#include <stddef.h>

/** How many there are now. */
size_t threads_count(void);

/** Waits until there are no more than that: pthread_join() returns a moment before the kernel takes the thread out of
 * /proc. Asserts that it comes to that. */
void threads_await_at_most(size_t count);

#endif
