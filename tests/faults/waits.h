/** @file waits.h
 * Every wait of the process, and the clock that goes with it. While all threads wait and nothing is ready for any of
 * them, the clock jumps to the next deadline: limits of seconds cost no time, and a wait without an end is seen at
 * once.
 */
#ifndef FAULTS_WAITS_H
#define FAULTS_WAITS_H

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>

/** Begins a run: the calling thread is the only one, and the clock shows the real time. */
void waits_begin(void);

/** CLOCK_MONOTONIC, and all that was jumped over. */
int64_t waits_now_ns(void);

/** How long ago by this clock something was that happened so long ago in real time. */
int64_t waits_age_ns(int64_t real_age_ns);

/** As poll(2); below 0 there is no deadline. The result is that of the last poll(2), 0 when the time is over. */
int waits_poll(struct pollfd *fds, nfds_t count, int64_t timeout_ns);

/** One more thread is there, or one fewer. */
void waits_thread_begins(void);
void waits_thread_ends(void);

/** This thread waits for another thread, and does not any more. */
void waits_pause_begins(const atomic_bool *is_over);
void waits_pause_ends(void);

/** Everybody who waits for a condition may go on now. */
void waits_wake_conditions(void);

#endif
