/* Everything is compared as IPv6, bit by bit: see networks.h. */
#include "networks.h"

#include "arguments.h"
#include "report.h"

#include <arpa/inet.h>
#include <string.h>

enum { MAPPED_BITS = 96, ADDRESS_BITS = 128 };

static const unsigned char mapped[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};

static int is_ipv4(const unsigned char bytes[ADDRESS_BYTES])
{
    return memcmp(bytes, mapped, sizeof mapped) == 0;
}

/* Reads the first `length` characters. The most bits that a prefix can have in this notation, or -1: no address. */
static int read_address(const char *text, size_t length, unsigned char bytes_out[ADDRESS_BYTES])
{
    char address[INET6_ADDRSTRLEN];
    if (length >= sizeof address)
        return -1;
    memcpy(address, text, length);
    address[length] = '\0';
    if (inet_pton(AF_INET6, address, bytes_out) == 1)
        return ADDRESS_BITS;
    memcpy(bytes_out, mapped, sizeof mapped);
    return inet_pton(AF_INET, address, bytes_out + sizeof mapped) == 1 ? ADDRESS_BITS - MAPPED_BITS : -1;
}

static int bit(const unsigned char bytes[ADDRESS_BYTES], int place)
{
    return bytes[place / 8] >> (7 - place % 8) & 1;
}

static int has_bits_behind_prefix(const struct network *network)
{
    for (int place = network->prefix_bits; place < ADDRESS_BITS; place++)
        if (bit(network->bytes, place))
            return 1;
    return 0;
}

static int read_network(const char *name, const char *text, struct network *network_out)
{
    const char *slash = strchr(text, '/');
    int most_bits = read_address(text, slash != NULL ? (size_t)(slash - text) : strlen(text), network_out->bytes);
    if (most_bits < 0) {
        complain("%s '%s' is not an address or a network such as 10.0.0.0/8 or 2001:db8::/32", name, text);
        return -1;
    }
    int64_t bits = most_bits;
    if (slash != NULL && read_whole_number("prefix", slash + 1, 0, most_bits, &bits) < 0)
        return -1;
    network_out->prefix_bits = (int)bits + ADDRESS_BITS - most_bits;
    if (has_bits_behind_prefix(network_out)) {
        complain("%s '%s' has bits behind its prefix", name, text);
        return -1;
    }
    return 0;
}

int add_network(const char *name, const char *text, struct networks *networks)
{
    if (networks->count == MAX_NETWORKS) {
        complain("%s '%s' is one too many: at most %d", name, text, MAX_NETWORKS);
        return -1;
    }
    if (read_network(name, text, &networks->list[networks->count]) < 0)
        return -1;
    networks->count++;
    return 0;
}

/* A network that is wider than all of IPv4 is meant for IPv6 alone. */
static int is_in(const unsigned char bytes[ADDRESS_BYTES], const struct network *network)
{
    if (network->prefix_bits < MAPPED_BITS && is_ipv4(bytes))
        return 0;
    for (int place = 0; place < network->prefix_bits; place++)
        if (bit(bytes, place) != bit(network->bytes, place))
            return 0;
    return 1;
}

/* Without brackets, port and the interface of a link-local address ("[fe80::1%eth0]:40123"). */
static int read_peer(const char *peer, unsigned char bytes_out[ADDRESS_BYTES])
{
    if (*peer == '[')
        return read_address(peer + 1, strcspn(peer + 1, "%]"), bytes_out);
    return read_address(peer, strcspn(peer, ":"), bytes_out);
}

int are_networks_of(const struct networks *networks, const char *peer)
{
    unsigned char bytes[ADDRESS_BYTES];
    if (read_peer(peer, bytes) < 0)
        return 0;
    for (int i = 0; i < networks->count; i++)
        if (is_in(bytes, &networks->list[i]))
            return 1;
    return 0;
}
