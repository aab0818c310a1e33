/* The resolver. It knows two names that no other one does, so that there is something to try after a failure. */
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>

#include "hooks.h"
#include "ledger.h"

int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list);
void __real_freeaddrinfo(struct addrinfo *list);
int __real_getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_size, char *service,
                       socklen_t service_size, int flags);

/** A name of two addresses, in this order. */
struct name {
    const char *name;
    const char *first;
    const char *second;
};

static const struct name *known_name(const char *host)
{
    static const struct name names[] = {
        {HOOK_NAME_TWICE, "127.0.0.1", "127.0.0.1"},
        {HOOK_NAME_MOVED, "127.0.0.2", "127.0.0.1"},
    };
    for (size_t i = 0; host && i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].name, host) == 0)
            return &names[i];
    return NULL;
}

/** For one kind of socket a number is one entry of the list, and the C library frees entry by entry. */
static int resolve(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
    const struct name *name = known_name(host);
    if (!name)
        return __real_getaddrinfo(host, service, hints, list);
    int result = __real_getaddrinfo(name->first, service, hints, list);
    return result ? result : __real_getaddrinfo(name->second, service, hints, &(*list)->ai_next);
}

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
    struct bend bend = aim_bend(CALL_GETADDRINFO);
    if (bend.kind == FAILS)
        return bend.value;
    if (bend.kind == FAILS_SYSTEM) {
        errno = bend.value;
        return EAI_SYSTEM;
    }
    int result = resolve(host, service, hints, list);
    if (result == 0 && phase_now() != OUTSIDE)
        ledger_take(ADDRESS_LISTS);
    return result;
}

void __wrap_freeaddrinfo(struct addrinfo *list)
{
    if (phase_now() != OUTSIDE)
        ledger_give_back(ADDRESS_LISTS);
    __real_freeaddrinfo(list);
}

int __wrap_getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_size, char *service,
                       socklen_t service_size, int flags)
{
    struct bend bend = aim_bend(CALL_GETNAMEINFO);
    if (bend.kind != AS_IT_IS)
        return bend.value;
    return __real_getnameinfo(address, length, host, host_size, service, service_size, flags);
}
