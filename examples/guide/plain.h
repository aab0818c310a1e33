/* What the guide's programs do with plain sockets again and again. Each function ends the program with a message when
 * the system says no, so that the programs show what they are about and nothing else.
 */
#ifndef GUIDE_PLAIN_H
#define GUIDE_PLAIN_H

#include <stdint.h>
#include <sys/types.h>

/* A blocking socket that is connected to a port of 127.0.0.1. */
int connect_to(int port);

/* A blocking socket that listens on a free port of 127.0.0.1. */
int listen_anywhere(int *port_out);

/* The result of a system call; it ends the program if that is -1. */
ssize_t must(const char *call, ssize_t result);

/* Ends the program if a function of libsockecho failed. */
void must_succeed(const char *function, int result);

void sleep_ms(int64_t duration_ms);

/* Milliseconds on a clock that nobody sets. */
int64_t now_ms(void);

/* Milliseconds that this process has kept a processor busy. */
int64_t busy_ms(void);

#endif
