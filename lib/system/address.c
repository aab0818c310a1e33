/* The resolver is getaddrinfo(3), which can take seconds and cannot be given a deadline. */
#include "system/address.h"

#include <sockecho/error.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static int resolver_error(int code)
{
    if (code == EAI_MEMORY)
        return -ENOMEM;
    return code == EAI_SYSTEM && errno ? -errno : SE_ERESOLVE;
}

static int count_of(const struct addrinfo *found, bool (*wanted)(const struct addrinfo *))
{
    int count = 0;
    for (; found; found = found->ai_next)
        count += wanted(found);
    return count;
}

static bool is_ipv4(const struct addrinfo *found)
{
    return found->ai_family == AF_INET;
}

static bool is_ipv6(const struct addrinfo *found)
{
    return found->ai_family == AF_INET6;
}

static void set_port(struct se__address *address, int port)
{
    if (address->storage.ss_family == AF_INET)
        ((struct sockaddr_in *)&address->storage)->sin_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons((uint16_t)port);
}

static struct se__address *copy(struct se__address *to, const struct addrinfo *found, int port,
                                bool (*wanted)(const struct addrinfo *))
{
    for (; found; found = found->ai_next) {
        if (!wanted(found))
            continue;
        *to = (struct se__address){.length = found->ai_addrlen};
        memcpy(&to->storage, found->ai_addr, found->ai_addrlen);
        set_port(to, port);
        to++;
    }
    return to;
}

static int sorted_copy(const struct addrinfo *found, int port, struct se__address **list_out)
{
    int count = count_of(found, is_ipv4) + count_of(found, is_ipv6);
    if (count == 0)
        return SE_ERESOLVE;
    struct se__address *list = malloc((size_t)count * sizeof *list);
    if (!list)
        return -ENOMEM;
    copy(copy(list, found, port, is_ipv4), found, port, is_ipv6);
    *list_out = list;
    return count;
}

int se__address_resolve(const char *host, int port, struct se__address **list_out)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    int code = getaddrinfo(host ? host : "127.0.0.1", NULL, &hints, &found);
    if (code)
        return resolver_error(code);
    int count = sorted_copy(found, port, list_out);
    freeaddrinfo(found);
    return count;
}

int se__address_unix(const char *path, struct se__address *address_out)
{
    struct sockaddr_un *unix_address = (struct sockaddr_un *)&address_out->storage;
    size_t length = strlen(path);
    if (length == 0)
        return -EINVAL;
    if (length >= sizeof unix_address->sun_path)
        return -ENAMETOOLONG;
    *address_out = (struct se__address){.length = sizeof *unix_address};
    unix_address->sun_family = AF_UNIX;
    memcpy(unix_address->sun_path, path, length + 1);
    return 0;
}

int se__address_port(const struct se__address *address)
{
    if (address->storage.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
    if (address->storage.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    return 0;
}

const char *se__address_path(const struct se__address *address)
{
    const struct sockaddr_un *unix_address = (const struct sockaddr_un *)&address->storage;
    if (unix_address->sun_family != AF_UNIX || address->length <= offsetof(struct sockaddr_un, sun_path))
        return NULL; /* the peer of a unix socket is not bound to any file, as a rule */
    return unix_address->sun_path[0] ? unix_address->sun_path : NULL;
}

static uint64_t first_64_bits(const unsigned char *bytes)
{
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | bytes[i];
    return bits;
}

/* Keys of IPv4 lie where IPv6 has its multicast addresses, which nobody sends from. */
static uint64_t ipv4_key(uint32_t address)
{
    return UINT64_C(0xff00000000000000) | address;
}

static uint64_t ipv6_key(const struct in6_addr *address)
{
    if (IN6_IS_ADDR_V4MAPPED(address))
        return ipv4_key((uint32_t)first_64_bits(address->s6_addr + 8));
    uint64_t key = first_64_bits(address->s6_addr);
    return key ? key : 1; /* ::1 and the rest of ::/64 */
}

uint64_t se__address_key(const struct se__address *address)
{
    if (address->storage.ss_family == AF_INET)
        return ipv4_key(ntohl(((const struct sockaddr_in *)&address->storage)->sin_addr.s_addr));
    if (address->storage.ss_family == AF_INET6)
        return ipv6_key(&((const struct sockaddr_in6 *)&address->storage)->sin6_addr);
    return 0;
}

static int unix_text(const struct se__address *address, char *text, size_t size)
{
    const char *path = se__address_path(address);
    if (!path)
        path = "";
    size_t length = strlen("unix:") + strlen(path);
    if (length >= size)
        return -ENOSPC;
    stpcpy(stpcpy(text, "unix:"), path);
    return (int)length;
}

/* An IPv4 peer of an IPv6 listener is known to everybody by its IPv4 address. */
static struct se__address unmapped(const struct se__address *address)
{
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&address->storage;
    if (ipv6->sin6_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr))
        return *address;
    struct se__address plain = {.length = sizeof(struct sockaddr_in)};
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&plain.storage;
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = ipv6->sin6_port;
    memcpy(&ipv4->sin_addr, ipv6->sin6_addr.s6_addr + 12, sizeof ipv4->sin_addr);
    return plain;
}

int se__address_text(const struct se__address *address, char *text, size_t size)
{
    if (address->storage.ss_family == AF_UNIX)
        return unix_text(address, text, size);
    char host[SE__ADDRESS_TEXT_SIZE];
    char port[8];
    struct se__address shown = unmapped(address);
    int code = getnameinfo((const struct sockaddr *)&shown.storage, shown.length, host, sizeof host, port, sizeof port,
                           NI_NUMERICHOST | NI_NUMERICSERV);
    if (code)
        return code == EAI_MEMORY ? -ENOMEM : -EINVAL;
    bool brackets = shown.storage.ss_family == AF_INET6;
    size_t length = strlen(host) + strlen(port) + (brackets ? 3 : 1);
    if (length >= size)
        return -ENOSPC;
    char *end = stpcpy(text, brackets ? "[" : "");
    end = stpcpy(end, host);
    end = stpcpy(end, brackets ? "]:" : ":");
    stpcpy(end, port);
    return (int)length;
}

bool se__address_equal(const struct se__address *a, const struct se__address *b)
{
    return a->length == b->length && memcmp(&a->storage, &b->storage, a->length) == 0;
}
