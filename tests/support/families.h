/** @file families.h
 * Raw clients beside IPv4: sockets that talk to a server of the library over IPv6 or a unix socket, and the files that
 * unix sockets need. Every function asserts that it succeeds; the sockets are for the functions of raw.h.
 */
#ifndef SUPPORT_FAMILIES_H
#define SUPPORT_FAMILIES_H

#include <stdbool.h>
#include <stddef.h>

/** Whether this machine has [::1]; says so on stderr when it has not. */
bool ipv6_available(void);

/** Whether the system's table of hosts has localhost as 127.0.0.1; says so on stderr when it has not. Without that a
 * resolver would ask another machine. */
bool localhost_available(void);

/** Connects to [::1]. Returns the socket; close() it. */
int raw_connect_ipv6(int port);

/** Listens on a free port of [::1]. Returns the socket. */
int raw_listen_ipv6(void);

/** Connects to a unix socket. Returns the socket; close() it. */
int raw_connect_unix(const char *path);

/** A socket of that type (SOCK_STREAM, SOCK_DGRAM) that is bound to the path, but does not listen. */
int raw_bind_unix(const char *path, int type);

/** The address of the socket's own end, as the library writes it: "127.0.0.1:40123", "[::1]:40123". */
void raw_own_address(int fd, char *text, size_t size);

/** A folder of its own for one socket file. */
struct socket_file {
    char folder[32];
    char path[48];
};

/** Makes the folder; there is no file at the path yet. */
void socket_file_begin(struct socket_file *file);

/** Whether there is a file of any kind at the path. */
bool socket_file_exists(const struct socket_file *file);

/** Removes the folder; asserts that nothing is left in it. */
void socket_file_end(const struct socket_file *file);

#endif
