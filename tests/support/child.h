/** @file child.h
 * A forked child that does nothing but hold duplicates of every descriptor that this process has open. A host that
 * forks without exec, or has not come to it yet, is such a child's parent.
 */
#ifndef SUPPORT_CHILD_H
#define SUPPORT_CHILD_H

#include <sys/types.h>

/** Forks it; asserts that this succeeds. It ends with child_end(), and with this process. */
pid_t child_start(void);

void child_end(pid_t child);

#endif
