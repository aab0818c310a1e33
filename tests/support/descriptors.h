/** @file descriptors.h
 * A process that may open few more descriptors, or none.
 */
#ifndef SUPPORT_DESCRIPTORS_H
#define SUPPORT_DESCRIPTORS_H

#include <stdbool.h>
#include <sys/resource.h>

/** Lowers the limit of descriptors to that number. What is open beyond it stays open. Returns false, says so on stderr
 * and changes nothing where the limit is not the kernel's but imitated (valgrind takes a connection out of the queue
 * first and then closes it). */
bool descriptors_limit(int most, struct rlimit *before_out);

/** As descriptors_limit(), to what is open now: from here on every call that makes a descriptor gives EMFILE. */
bool descriptors_use_up(struct rlimit *before_out);

/** Gives the limit back. */
void descriptors_restore(const struct rlimit *before);

#endif
