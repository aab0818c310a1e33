/* The signals of a ping: SIGINT, SIGTERM and, unless it is ignored from outside, SIGHUP end it, SIGQUIT asks for a
 * summary in between. A handler counts them and ends the wait that is under way, or the next one.
 */
#ifndef EXAMPLES_CLIENT_SIGNALS_H
#define EXAMPLES_CLIENT_SIGNALS_H

#include <stdint.h>

/* Makes all that hearing them takes. 0, or -1 after a complaint. */
int prepare_signals(void);

/* From here on they are heard. */
void hear_signals(void);

/* How many have come that end the ping. */
int interruptions(void);

/* Whether a summary was asked for since the last call. */
int is_summary_asked(void);

/* On CLOCK_MONOTONIC. */
int64_t now_ns(void);

/* Milliseconds for poll(2), rounded up: a wait is never too short. INT64_MAX is never. */
int milliseconds_until(int64_t until_ns);

/* Waits until the descriptor is ready, unless it is negative, until this time, of which INT64_MAX is never, or until a
 * signal has come.
 */
void wait_for(int fd, int events, int64_t until_ns);

#endif
