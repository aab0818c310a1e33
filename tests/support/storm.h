/** @file storm.h
 * A storm of signals: SIGALRM every millisecond (times SE_TEST_SLOW: valgrind starts a system call anew when a signal
 * comes first), so that system calls are interrupted all the time. The threads that
 * the support code makes block signals, so the storm hits the thread that runs the test.
 */
#ifndef SUPPORT_STORM_H
#define SUPPORT_STORM_H

/** Starts it. The flags are those of sigaction(2): SA_RESTART or 0. */
void storm_begin(int sa_flags);

/** How many signals have been handled so far. */
int storm_signals(void);

/** Ends it and gives SIGALRM back to whom it belonged. Returns how many signals were handled. */
int storm_end(void);

#endif
