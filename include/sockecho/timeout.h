/** @file sockecho/timeout.h
 * The one timeout that is not a number of milliseconds.
 */
#ifndef SOCKECHO_TIMEOUT_H
#define SOCKECHO_TIMEOUT_H

/** What a timeout can be beside a number of milliseconds. */
enum {
    SE_TIMEOUT_NONE = -1 /**< none: wait for as long as it takes (blocking mode), or never give up (a limit of time) */
};

#endif
