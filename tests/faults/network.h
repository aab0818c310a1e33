/** @file network.h
 * A network of the process's own: a port that was free a moment ago is not another process's now, and hundreds of
 * thousands of connections leave nothing behind in the machine's.
 */
#ifndef FAULTS_NETWORK_H
#define FAULTS_NETWORK_H

#include <stdbool.h>

/** Enters one, with a loopback interface that is up. Returns false, and says so on stderr, where the system does not
 * allow it. */
bool network_enter(void);

#endif
