/* RFC 791, RFC 8200, RFC 9293: the fixed parts of the headers, and the sum over the segment and what stands for
 * the rest. */
#include "packet.h"

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, TCP = 6, CHECKSUM_AT = 16 };

static size_t get16(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 8 | bytes[1];
}

static bool parse_ipv4(const uint8_t *packet, size_t size, struct packet_layout *layout)
{
    if (size < IPV4_HEADER || packet[9] != TCP)
        return false;
    layout->is_ipv6 = false;
    layout->segment = 4 * (size_t)(packet[0] & 15);
    layout->end = get16(packet + 2);
    return true;
}

static bool parse_ipv6(const uint8_t *packet, size_t size, struct packet_layout *layout)
{
    if (size < IPV6_HEADER || packet[6] != TCP)
        return false;
    layout->is_ipv6 = true;
    layout->segment = IPV6_HEADER;
    layout->end = IPV6_HEADER + get16(packet + 4);
    return true;
}

bool packet_parse(const uint8_t *packet, size_t size, struct packet_layout *layout_out)
{
    int version = size > 0 ? packet[0] >> 4 : 0;
    bool is_tcp =
        version == 6 ? parse_ipv6(packet, size, layout_out) : version == 4 && parse_ipv4(packet, size, layout_out);
    if (!is_tcp || layout_out->end > size || layout_out->segment + TCP_HEADER > layout_out->end)
        return false;
    layout_out->payload = layout_out->segment + 4 * (size_t)(packet[layout_out->segment + 12] >> 4);
    return layout_out->payload <= layout_out->end;
}

static uint32_t sum(const uint8_t *bytes, size_t size)
{
    uint32_t total = 0;
    for (size_t i = 0; i < size; i++)
        total += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    return total;
}

void packet_repair_checksum(uint8_t *packet, const struct packet_layout *layout)
{
    uint8_t *checksum = packet + layout->segment + CHECKSUM_AT;
    size_t length = layout->end - layout->segment;
    checksum[0] = 0;
    checksum[1] = 0;
    /* The two addresses, the protocol and the length stand for the rest of the packet. */
    uint32_t total = layout->is_ipv6 ? sum(packet + 8, 32) : sum(packet + 12, 8);
    total += TCP + (uint32_t)length + sum(packet + layout->segment, length);
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    checksum[0] = (uint8_t)(~total >> 8);
    checksum[1] = (uint8_t)~total;
}
