/** @file hooks.h
 * The hooks that stand in the place of what the library calls. The linker leads every call of `f` to `__wrap_f`, and
 * `__real_f` is the C library's: so each hook makes the real call and then bends what came of it. What the harness
 * itself calls comes here as well and passes through, for a thread of the harness is OUTSIDE.
 */
#ifndef FAULTS_HOOKS_H
#define FAULTS_HOOKS_H

#include <sys/types.h>

#include "aim.h"

/** Names that the hook of the resolver knows: one is 127.0.0.1 and again 127.0.0.1, the other an address where nobody
 * listens, and then 127.0.0.1. */
#define HOOK_NAME_TWICE "twice.test"
#define HOOK_NAME_MOVED "moved.test"

/** Fails as a system call does. */
int hook_fail(int error);

/** As if somebody else had closed the descriptor, and its peer had been reset. Fails with that error. */
int hook_fail_closed(int fd, int error);

/** From here on the sockets of the library have small send buffers, or those that the kernel gives. */
void hook_narrow(bool is_narrow);

/** A run serves from its first wait on, or from the first peer that it looks for. */
void hook_serve_from_here(void);

/** For a call on a descriptor: the run is not clean where the library uses one that is not its own. */
void hook_check_fd(enum call call, int fd);

#endif
