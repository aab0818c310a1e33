/* Takes the place of the resolver: a name has one to three addresses, or there is no memory to tell. */
#include "calls.h"
#include "chance.h"
#include "network.h"

#include <netdb.h>
#include <stddef.h>

enum { ADDRESSES_MAX = 3 };

int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list_out)
{
    static struct sockaddr_in addresses[ADDRESSES_MAX];
    static struct addrinfo list[ADDRESSES_MAX];
    (void)name;
    (void)service;
    (void)hints;
    calls_enter("getaddrinfo", -1);
    if (calls_are_scarce(4))
        return EAI_MEMORY;
    int count = network.connect ? 1 + (int)chance(ADDRESSES_MAX) : 1;
    for (int i = 0; i < count; i++) {
        addresses[i] = (struct sockaddr_in){.sin_family = AF_INET};
        list[i] = (struct addrinfo){.ai_family = AF_INET,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_addr = (struct sockaddr *)&addresses[i],
                                    .ai_addrlen = sizeof addresses[i],
                                    .ai_next = i + 1 < count ? &list[i + 1] : NULL};
    }
    network.addresses = count;
    *list_out = list;
    return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *list)
{
    (void)list;
}
