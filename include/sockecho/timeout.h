/** @file sockecho/timeout.h
 * The one timeout that is not a number of milliseconds.
 */
#ifndef SOCKECHO_TIMEOUT_H
#define SOCKECHO_TIMEOUT_H

/** As a timeout: none. Wait for as long as it takes (blocking mode), or never give up (a limit of time). */
enum { SE_TIMEOUT_NONE = -1 };

#endif
