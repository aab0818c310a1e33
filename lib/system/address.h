/* Names to socket addresses, and socket addresses to text. */
#ifndef SE_ADDRESS_H
#define SE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct se__address {
    socklen_t length;
    struct sockaddr_storage storage;
};

/* Room for the text of every address, with brackets, port and NUL. */
enum { SE__ADDRESS_TEXT_SIZE = 128 };

/* Looks up the TCP addresses of a host, IPv4 first, the resolver's order otherwise. NULL is 127.0.0.1. `list_out` is
 * for free(3). Returns how many, at least 1, or -ENOMEM, another -errno, or SE_ERESOLVE. */
int se__address_resolve(const char *host, int port, struct se__address **list_out);

/* The address of a unix socket. 0, -EINVAL for an empty path or -ENAMETOOLONG. */
int se__address_unix(const char *path, struct se__address *address_out);
/* The path of a unix socket's address, NULL where it has none. */
const char *se__address_path(const struct se__address *address);

/* What counts as one peer: an IPv4 address (also one that came through IPv6), the first 64 bits of an IPv6 address.
 * 0 for an address that identifies nobody. */
uint64_t se__address_key(const struct se__address *address);

/* 0 where the address has no port. */
int se__address_port(const struct se__address *address);
/* "127.0.0.1:7", "[::1]:7", "unix:/run/echo". Returns the length, or -ENOSPC. */
int se__address_text(const struct se__address *address, char *text, size_t size);
bool se__address_equal(const struct se__address *a, const struct se__address *b);

#endif
