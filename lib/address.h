/* Names to socket addresses, and socket addresses to text. */
#ifndef SE_LIB_ADDRESS_H
#define SE_LIB_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
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

/* 0 where the address has no port. */
int se__address_port(const struct se__address *address);
/* "127.0.0.1:7", "[::1]:7". Returns the length, or -ENOSPC. */
int se__address_text(const struct se__address *address, char *text, size_t size);
bool se__address_equal(const struct se__address *a, const struct se__address *b);

#endif
