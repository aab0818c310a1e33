/** @file sockecho/error.h
 * What went wrong. A negative result is `-errno` where the system said no, or one of `enum se_error` where the echo
 * itself failed although every system call succeeded.
 */
#ifndef SOCKECHO_ERROR_H
#define SOCKECHO_ERROR_H

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/** Failures that no errno names. The values lie outside every system's errno range and never change. */
enum se_error {
    SE_ERESOLVE = -10001, /**< no address for that host name */
    SE_ECLOSED = -10002,  /**< the peer closed before the whole echo was back */
    SE_EMISMATCH = -10003 /**< what came back differs from what went out; se_client_mismatch_at() tells where */
};

/**
 * Makes an English sentence of a result, for a person to read. It does not depend on the locale or on errno.
 *
 * @param error a result of this library: a negative number, or one >= 0, which is success
 * @return the text, never NULL; a number that is unknown gives "unknown error". It cannot fail.
 *
 * Ownership: the text is the library's and lives as long as the library is loaded.
 * Threads: any thread, any signal handler.
 */
const char *se_strerror(int error);

/**
 * Tells the symbolic name of a result, for a log or a test to compare: "ETIMEDOUT", "SE_EMISMATCH".
 *
 * @param error a result of this library
 * @return the name, never NULL; "OK" for a number >= 0, "EUNKNOWN" for one that is unknown. Where two errno share a
 *         number, the name is EAGAIN (not EWOULDBLOCK) or EOPNOTSUPP (not ENOTSUP). It cannot fail.
 *
 * Ownership: the text is the library's and lives as long as the library is loaded.
 * Threads: any thread, any signal handler.
 */
const char *se_error_name(int error);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif
