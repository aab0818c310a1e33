/** @file sockecho.h
 * Everything that libsockecho offers: an echo server and an echo client for the socket echo protocol (RFC 862 over
 * TCP) that live inside your own program. A program includes this header alone and links with `-lsockecho`.
 *
 * Every function that can fail returns a number >= 0, or one negative number that says why: `-errno` or one of
 * `enum se_error`. `se_strerror()` makes a sentence of it. The library never prints, exits, aborts, installs a signal
 * handler or raises SIGPIPE.
 */
#ifndef SOCKECHO_H
#define SOCKECHO_H

#include <sockecho/client.h>
#include <sockecho/error.h>
#include <sockecho/events.h>
#include <sockecho/limits.h>
#include <sockecho/load.h>
#include <sockecho/loop.h>
#include <sockecho/server.h>
#include <sockecho/statistics.h>
#include <sockecho/version.h>

#endif
