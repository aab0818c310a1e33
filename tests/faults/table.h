/** @file table.h
 * What can go wrong with each call, and what then has to become of the run: the rows of the page of faults, one for
 * each result that the kernel or the C library can give.
 */
#ifndef FAULTS_TABLE_H
#define FAULTS_TABLE_H

#include <stddef.h>

#include "calls.h"

/** What a hook makes of a call. */
enum bending {
    AS_IT_IS,
    FAILS,            /**< it is not made, and fails with the value as errno (or, of the resolver, as its code) */
    FAILS_AFTERWARDS, /**< it is made, and fails all the same: the descriptor is closed, the peer taken off the queue */
    FAILS_SYSTEM,     /**< getaddrinfo(3) says EAI_SYSTEM, with the value as errno */
    FAILS_DEAD,       /**< as FAILS, and nothing more can be received than what is there */
    FAILS_CLOSED,     /**< somebody else has closed the descriptor */
    ENDS_WITH,        /**< getsockopt(2) succeeds, and says that the value is how connecting ended */
    SUCCEEDS,         /**< connect(2) has succeeded already, and fails with the value to say so */
    SUCCEEDS_AT_ONCE, /**< connect(2) succeeds */
    SAYS_OWN,         /**< getpeername(2) says what getsockname(2) does */
    AT_MOST,          /**< it moves no more bytes than the value */
    ALL_BUT,          /**< it moves so many bytes fewer than it was asked to, but one at least */
    MOVES_NOTHING     /**< it moves no byte, and succeeds */
};

/** How a fault goes on that is not to be the only one. */
enum repetition {
    ONCE_ONLY,   /**< it would be no kernel that did it again */
    EVERY_THIRD, /**< what is tried again succeeds, and soon one fails again */
    LASTING      /**< every one, for three seconds */
};

/** What has to become of a run. In all of them nothing leaks, spins or hangs, no wrong byte comes back, and FIN comes
 * after the last byte of the echo or not at all. */
enum outcome {
    GOES_ON,    /**< all results, bytes, ends and figures are as without the fault */
    CALL_FAILS, /**< the public function in which it came to pass returns the error */
    CUTS,       /**< at most one connection ends with RST, and the figure counts it; all else is as without the fault */
    LOSES,      /**< a peer in the queue is gone, where there was one; all else is as without the fault */
    REFUSES,    /**< a peer is reset at once and counted as refused, and the listener rests */
    STARVES,    /**< either that, or a connection is cut and counted as one there was no memory for */
    SHEDS,      /**< a connection is cut; where there is none the run ends with EMFILE */
    LEAVES_FILE,  /**< either EADDRINUSE, or all is as without the fault but that the file stays */
    RESTS,        /**< the listener rests; all else is as without the fault */
    TRIES_ON,     /**< all is as without the fault, but that the server may have had a peer more for a moment */
    LATER,        /**< nobody is cut, but limits of time may have ended connections in order meanwhile */
    MAY_FAIL,     /**< either the public function returns the error, or all is as without the fault */
    LOSES_A_LANE, /**< the load's run succeeds, and counts a lost connection in the figure of enum se_load_stat; where
                     there is no load without what is lost, it fails with the error */
    MAY_LOSE_A_LANE, /**< either that, or all is as without the fault */
    SUFFERS          /**< any peer can be cut; the server goes on, and ends in order when it is stopped */
};

/** A row of the table, for one of its values. */
struct fault {
    enum call call;
    unsigned where; /**< the phases in which it is tried, all of one side */
    enum bending bending;
    int value;
    enum outcome once;
    enum repetition repetition;
    enum outcome lasting;
    int detail; /**< with CALL_FAILS the error where it is not -value; with CUTS and LOSES_A_LANE the figure */
};

/** All of them. The array lives as long as the process. */
const struct fault *faults(size_t *count_out);

/** Which of them it is, from 0. */
size_t fault_row(const struct fault *fault);

/** The error of the public function with the outcome CALL_FAILS. */
int fault_error(const struct fault *fault);

/** "ECONNRESET", "at-most-1": with the call and the side what a fault is named by. */
void fault_result_name(const struct fault *fault, char *text, size_t size);

#endif
