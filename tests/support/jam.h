/** @file jam.h
 * A peer that does not read: it sends until the server cannot send on and holds bytes for it.
 */
#ifndef SUPPORT_JAM_H
#define SUPPORT_JAM_H

#include <stddef.h>
#include <stdint.h>

#include <sockecho.h>

/** More than a connection takes before the server holds bytes: the message for jam() has this length. */
enum { JAM_MOST = 32 << 20, JAM_NARROW_MOST = 2 << 20 };

/** As variant_new(), but the kernel's buffers of its connections do not grow: a peer of raw_connect_narrow() is jammed
 * with less than JAM_NARROW_MOST bytes. */
struct se_server *jam_narrow_server_new(int variant);

/** Sends so much of the message that the server holds some of it. All that went has arrived on the server's side.
 * Nobody else may send meanwhile. Returns how many bytes went. */
size_t jam(const struct se_server *server, int fd, const uint8_t *message);

/** How many bytes the server holds, as its figures tell. They change one after the other, so that this is exact only
 * while nothing moves. */
int64_t jam_held(const struct se_server *server);

#endif
