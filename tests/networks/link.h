/** @file link.h
 * Two networks of this process's own and a bad link between them: the server's network, the client's, and in each a TUN
 * device whose other end is the impairer. Sockets belong to the network that the thread was in when it made them.
 */
#ifndef NETWORKS_LINK_H
#define NETWORKS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "impairer.h"

enum link_side { LINK_SERVER, LINK_CLIENT };

enum { LINK_MTU = 1500 };

/** Of the server's device, in each family: the first is IPv4, the second IPv6. */
enum { LINK_FAMILIES = 2 };
extern const char *const link_server_addresses[LINK_FAMILIES];

struct link {
    int tun_fds[2];
    int network_fds[2];
    struct impairer *impairer;
};

/** Makes it, with devices of that MTU (below 1,280 they have IPv4 alone), and enters the client's network. Returns
 * false, and says so on stderr, where the system does not allow it. */
bool link_begin(struct link *link, int mtu, const struct impairment *impairment, uint64_t seed);

/** Moves this thread, and those that it makes from now on, to that network. */
void link_enter(const struct link *link, enum link_side side);

/** Takes the client's network away, as when its machine loses power: nothing of it is heard any more. What the
 * client still has open is to be closed after this. */
void link_destroy_client(struct link *link);

void link_end(struct link *link);

#endif
