/** @file sockecho/statistics.h
 * What a server has done so far. The figures are always counted; reading them disturbs nobody.
 */
#ifndef SOCKECHO_STATISTICS_H
#define SOCKECHO_STATISTICS_H

#include <stdint.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

struct se_server;

/** The figures of se_server_stat(). Counters begin at 0 with the server and never fall, except SE_STAT_ACTIVE. */
enum se_server_stat {
    SE_STAT_ACCEPTED = 0,   /**< connections that the server took in */
    SE_STAT_ACTIVE = 1,     /**< connections now */
    SE_STAT_ACTIVE_MAX = 2, /**< the most connections at one time */
    SE_STAT_REFUSED = 3,    /**< reset as soon as they were accepted: over a limit, by the
                                     callback, or for lack of memory */
    SE_STAT_ORDERLY = 4,    /**< ended in order (with FIN: all that was taken before it is back) */
    SE_STAT_STALLED = 5,    /**< cut: the peer took no byte for the stall timeout, or the kernel's own time was up */
    SE_STAT_IDLE = 6,       /**< ended by the idle timeout (with FIN: all that was taken before it is back) */
    SE_STAT_RESET = 7,      /**< cut: by the peer's RST, or another error of its socket */
    SE_STAT_DRAIN = 8,      /**< cut: by the drain timeout, a second stop, se_server_free(), or
                                     because it still sent when the linger timeout was over */
    SE_STAT_MEMORY = 9,     /**< cut: no memory to hold its bytes or to watch it, or more connections than
                                     poll(2) takes since the limit of descriptors was lowered */
    SE_STAT_RECEIVED_BYTES = 10, /**< bytes taken from peers */
    SE_STAT_ECHOED_BYTES = 11,   /**< bytes handed to the kernel for peers */
    SE_STAT_GIVEN_UP_BYTES = 12, /**< bytes received but not echoed, of connections that have ended */
    SE_STAT_ACCEPT_ERRORS = 13,  /**< failures of accept(2) that say something: connections lost in the queue,
                                     descriptors or memory used up */
    SE_STAT_PAUSES = 14          /**< times that the listener paused (SE_EVENT_PAUSED) */
};

/**
 * Tells one figure.
 *
 * While the server runs, figures that are read one after the other need not fit together. Once no connection is open,
 * they do: accepted = orderly + stalled + idle + reset + drain + memory, and received = echoed + given up.
 *
 * @param server the server
 * @param stat one of enum se_server_stat
 * @return the figure >= 0; -EINVAL server is NULL or there is no such figure
 *
 * Ownership: nothing changes hands.
 * Threads: any thread, any signal handler.
 */
int64_t se_server_stat(const struct se_server *server, int stat);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif
