/** @file ledger.h
 * What the library has taken and must give back: descriptors, memory, threads, locks and the like. It also knows which
 * descriptors are the library's, so that one which is not is neither used nor closed by it.
 */
#ifndef FAULTS_LEDGER_H
#define FAULTS_LEDGER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** What is only counted. */
enum good { MEMORY, LOCKS, CONDITIONS, THREADS, ADDRESS_LISTS, FOLDERS, GOODS };

void ledger_begin(void);

/** The run is not clean where something is left, or the process has another number of descriptors than at the
 * beginning. */
void ledger_end(void);

void ledger_take(enum good good);
void ledger_give_back(enum good good);

/** The descriptor is the library's from here on, or not any more. */
void ledger_add_fd(int fd);
void ledger_remove_fd(int fd);

/** A socket of the harness: no more than that bytes on their way to it count. */
void ledger_watch_fd(int fd);

/** The run is not clean where the descriptor is not the library's. */
void ledger_check_fd(int fd, const char *use);

/** Whether nobody has asked this of the descriptor before. */
bool ledger_shuts_first(int fd);
bool ledger_connects_first(int fd);

/** How long a blocking receive waits there; below 0 without a limit. */
void ledger_set_receive_timeout(int fd, int64_t timeout_ns);
int64_t ledger_receive_timeout(int fd);

/** Whether TCP has bytes on their way between any two of the sockets. */
bool ledger_is_in_flight(void);

#endif
