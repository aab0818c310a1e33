/* Addresses of the two families, and a folder that tells what was left in it: rmdir(2) refuses one that is not
 * empty. */
#include "families.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "environment.h"

static struct sockaddr_in6 ipv6_loopback(int port)
{
    return (struct sockaddr_in6){
        .sin6_family = AF_INET6,
        .sin6_port = htons((uint16_t)port),
        .sin6_addr = IN6ADDR_LOOPBACK_INIT,
    };
}

bool ipv6_available(void)
{
    struct sockaddr_in6 address = ipv6_loopback(0);
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool available = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0)
        close(fd);
    if (!available)
        environment_skip("this machine has no IPv6 loopback address");
    return available;
}

/** A line of the table: a number, then names, until a comment. */
static bool is_localhost(char *line)
{
    char *rest = NULL;
    line[strcspn(line, "#\n")] = '\0';
    const char *word = strtok_r(line, " \t", &rest);
    if (!word || strcmp(word, "127.0.0.1") != 0)
        return false;
    while (word && strcmp(word, "localhost") != 0)
        word = strtok_r(NULL, " \t", &rest);
    return word;
}

bool localhost_available(void)
{
    FILE *table = fopen("/etc/hosts", "re");
    char *line = NULL;
    size_t size = 0;
    bool available = false;
    while (table && !available && getline(&line, &size, table) >= 0)
        available = is_localhost(line);
    free(line);
    if (table)
        fclose(table);
    if (!available)
        environment_skip("/etc/hosts does not have localhost as 127.0.0.1");
    return available;
}

static int open_stream(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    return fd;
}

int raw_connect_ipv6(int port)
{
    struct sockaddr_in6 address = ipv6_loopback(port);
    int fd = open_stream(AF_INET6);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

int raw_listen_ipv6(void)
{
    struct sockaddr_in6 address = ipv6_loopback(0);
    int fd = open_stream(AF_INET6);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, SOMAXCONN), 0);
    return fd;
}

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
    strcpy(address.sun_path, path);
    return address;
}

int raw_connect_unix(const char *path)
{
    struct sockaddr_un address = unix_address(path);
    int fd = open_stream(AF_UNIX);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

int raw_bind_unix(const char *path, int type)
{
    struct sockaddr_un address = unix_address(path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

void raw_own_address(int fd, char *text, size_t size)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    char host[INET6_ADDRSTRLEN];
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&address;
    bool is_ipv6 = address.ss_family == AF_INET6;
    const void *number = is_ipv6 ? (const void *)&ipv6->sin6_addr : (const void *)&ipv4->sin_addr;
    ck_assert_ptr_nonnull(inet_ntop(address.ss_family, number, host, sizeof(host)));
    int port = ntohs(is_ipv6 ? ipv6->sin6_port : ipv4->sin_port);
    ck_assert_int_lt(snprintf(text, size, is_ipv6 ? "[%s]:%d" : "%s:%d", host, port), (int)size);
}

void socket_file_begin(struct socket_file *file)
{
    strcpy(file->folder, "/tmp/sockecho-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(file->folder));
    snprintf(file->path, sizeof(file->path), "%s/echo", file->folder);
}

bool socket_file_exists(const struct socket_file *file)
{
    struct stat status;
    return lstat(file->path, &status) == 0;
}

void socket_file_end(const struct socket_file *file)
{
    ck_assert_msg(rmdir(file->folder) == 0, "something is left in %s", file->folder);
}
