/* Networks as a command line names them, such as 10.0.0.0/8 or 2001:db8::/32, and whether a peer is in one. An address
 * alone is a network of its own. An IPv4 address that comes through an IPv6 socket (::ffff:10.0.0.1) counts as IPv4.
 */
#ifndef EXAMPLES_NETWORKS_H
#define EXAMPLES_NETWORKS_H

enum { MAX_NETWORKS = 256, ADDRESS_BYTES = 16 };

/* IPv4 has the form in which it comes through IPv6: its prefix has 96 bits more. */
struct network {
    unsigned char bytes[ADDRESS_BYTES];
    int prefix_bits;
};

struct networks {
    struct network list[MAX_NETWORKS];
    int count;
};

/* 0, or -1 after a complaint that begins with the name. */
int add_network(const char *name, const char *text, struct networks *networks);

/* Whether the peer is in any. It is told as the library tells it: "10.0.0.1:40123", "[::1]:40123". */
int are_networks_of(const struct networks *networks, const char *peer);

#endif
