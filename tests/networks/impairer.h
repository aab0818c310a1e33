/** @file impairer.h
 * A thread that carries packets between two TUN devices and does to them what a bad network does. What it does to which
 * packet comes from a seed; which packets there are is the kernels' choice, so that two runs are alike, not the same.
 */
#ifndef NETWORKS_IMPAIRER_H
#define NETWORKS_IMPAIRER_H

#include <stdbool.h>
#include <stdint.h>

/** Shares are of a thousand packets, in each direction. */
struct impairment {
    int lost;
    int duplicated;
    int reordered; /**< come 3 ms late, behind those that were sent after them */
    int corrupted; /**< one bit of the payload is another one; packets without payload stay as they are */
    bool repairs_checksum;
    int delay_ms; /**< of every packet */
};

/** What has been done so far. */
enum impairer_count {
    IMPAIRER_CARRIED,
    IMPAIRER_LOST,
    IMPAIRER_DUPLICATED,
    IMPAIRER_REORDERED,
    IMPAIRER_CORRUPTED,
    IMPAIRER_CUT_OFF, /**< came while the link was down */
    IMPAIRER_COUNTS
};

struct impairer;

/** Starts the thread. The descriptors stay the caller's. Says the seed on stderr. */
struct impairer *impairer_start(const int tun_fds[2], const struct impairment *impairment, uint64_t seed);

/** Down: nothing goes through, and nobody is told. */
void impairer_set_down(struct impairer *impairer, bool down);

int64_t impairer_count(const struct impairer *impairer, enum impairer_count count);

/** Ends the thread and frees it. */
void impairer_end(struct impairer *impairer);

#endif
