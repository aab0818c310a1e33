/** @file own-network.h
 * A network of this process's own, in which only its own loopback interface is, with whatever addresses a test likes.
 */
#ifndef SUPPORT_OWN_NETWORK_H
#define SUPPORT_OWN_NETWORK_H

#include <stdbool.h>

/** Leaves the network of the machine for good: this thread, and those that it makes from now on, see an empty network
 * with a loopback interface that is up. Returns false, and says so on stderr, where the system does not allow it. */
bool own_network_enter(void);

/** Gives the loopback interface one more IPv6 address. */
void own_network_add(const char *ipv6_address);

#endif
