/** @file mishap.h
 * One call of the C library that goes wrong. Only for programs that are linked with --wrap for each of the functions
 * below: then all that the library calls comes here first.
 */
#ifndef UNIT_MISHAP_H
#define UNIT_MISHAP_H

#include <stdbool.h>

/** From here on the nth call of that function, counted from 0, is not made and fails with that error; with `lasts`, all
 * calls after it as well. The functions of pthreads return the error, getaddrinfo(3) returns it as its code. A
 * connection of which it says that it has ended has ended, and one that it says is there is. "memory" is every function
 * that gives memory. */
void mishap_begin(const char *function, int nth, int error, bool lasts);

/** All calls are made again. Returns whether one has failed. */
bool mishap_end(void);

#endif
