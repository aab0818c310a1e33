/** @file sockecho/version.h
 * Which libsockecho this is: at compile time by the constants, at run time by the functions. The two differ when a
 * program runs with another build of the shared library than it was compiled with.
 */
#ifndef SOCKECHO_VERSION_H
#define SOCKECHO_VERSION_H

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/** The first part of the version that these headers belong to. A macro, so that the preprocessor can compare it. */
#define SE_VERSION_MAJOR 0
/** The second part: it grows with every release that has something new. */
#define SE_VERSION_MINOR 1
/** The third part: it grows with every release that only mends. */
#define SE_VERSION_PATCH 0

/** The same as one number that grows with every release: major * 1,000,000 + minor * 1,000 + patch. */
#define SE_VERSION_NUMBER (SE_VERSION_MAJOR * 1000000 + SE_VERSION_MINOR * 1000 + SE_VERSION_PATCH)

/**
 * Tells the version of the library that runs, as text.
 *
 * @return "MAJOR.MINOR.PATCH", never NULL. It cannot fail.
 *
 * Ownership: the text is the library's and lives as long as the library is loaded.
 * Threads: any thread, any signal handler.
 */
const char *se_version(void);

/**
 * Tells the version of the library that runs, as a number to compare with SE_VERSION_NUMBER.
 *
 * @return major * 1,000,000 + minor * 1,000 + patch. It cannot fail.
 *
 * Ownership: nothing changes hands.
 * Threads: any thread, any signal handler.
 */
int se_version_number(void);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif
