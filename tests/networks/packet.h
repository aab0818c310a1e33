/** @file packet.h
 * What an impairer has to know of a packet of IPv4 or IPv6 that carries TCP: where its payload is, and its checksum.
 */
#ifndef NETWORKS_PACKET_H
#define NETWORKS_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Where the parts of a packet begin. */
struct packet_layout {
    bool is_ipv6;
    size_t segment; /**< TCP's header */
    size_t payload; /**< what the header is followed by; the size of the packet where that is nothing */
    size_t end;
};

/** Returns false where the packet is no whole TCP segment. */
bool packet_parse(const uint8_t *packet, size_t size, struct packet_layout *layout_out);

/** Makes the checksum of the segment right for what it holds now. */
void packet_repair_checksum(uint8_t *packet, const struct packet_layout *layout);

#endif
