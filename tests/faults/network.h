/** @file network.h
 * A network of the process's own, so that hundreds of thousands of connections leave nothing behind in the machine's.
 */
#ifndef FAULTS_NETWORK_H
#define FAULTS_NETWORK_H

/** Enters one, with a loopback interface that is up, where the system allows it; says on stderr where it does not. */
void network_enter(void);

#endif
