/* All of 127.0.0.0/8 belongs to the loopback interface on Linux, so a client can bind to any of it. */
#include "sources.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"

static socklen_t to_address(const char *text, int port, struct sockaddr_storage *address_out)
{
    memset(address_out, 0, sizeof(*address_out));
    if (strchr(text, ':')) {
        struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)address_out;
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons((uint16_t)port);
        ck_assert_int_eq(inet_pton(AF_INET6, text, &ipv6->sin6_addr), 1);
        return sizeof(*ipv6);
    }
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)address_out;
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons((uint16_t)port);
    ck_assert_int_eq(inet_pton(AF_INET, text, &ipv4->sin_addr), 1);
    return sizeof(*ipv4);
}

int source_connect(const char *from, const char *to, int port)
{
    struct sockaddr_storage own;
    struct sockaddr_storage server;
    socklen_t own_length = to_address(from, 0, &own);
    socklen_t server_length = to_address(to, port, &server);
    int fd = socket(server.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&own, own_length), 0);
    int result = connect(fd, (const struct sockaddr *)&server, server_length);
    ck_assert(result == 0 || errno == ECONNRESET);
    return fd;
}

int source_connect_here(int port)
{
    return source_connect("127.0.0.1", "127.0.0.1", port);
}

/** A peer that was reset already cannot send: that is the same answer. */
bool source_is_in(int fd)
{
    uint8_t byte = 'x';
    int result = io_send(fd, &byte, 1, 0);
    if (result == -EPIPE || result == -ECONNRESET)
        return false;
    ck_assert_int_eq(result, 0);
    int64_t count = io_receive_some(fd, &byte, 1);
    ck_assert(count == 1 || count == -ECONNRESET);
    return count == 1;
}

void source_assert_refused(int fd)
{
    ck_assert(!source_is_in(fd));
    close(fd);
}
