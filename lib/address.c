/* The resolver is getaddrinfo(3), which can take seconds and cannot be given a deadline. */
#include "address.h"

#include <sockecho/error.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

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

int se__address_port(const struct se__address *address)
{
    if (address->storage.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
    if (address->storage.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    return 0;
}

int se__address_text(const struct se__address *address, char *text, size_t size)
{
    char host[SE__ADDRESS_TEXT_SIZE];
    char port[8];
    if (getnameinfo((const struct sockaddr *)&address->storage, address->length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV))
        return -EINVAL;
    bool brackets = address->storage.ss_family == AF_INET6;
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
