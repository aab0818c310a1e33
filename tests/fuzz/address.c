/* Addresses, from text and to text. The resolver takes numbers alone here: nobody is asked over a network. */
#include "input.h"

#include "system/address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sockecho/error.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum { TEXT_MAX = 200 };

int __real_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list_out);
int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list_out);

int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list_out)
{
    struct addrinfo numbers_alone = *hints;
    numbers_alone.ai_flags |= AI_NUMERICHOST;
    return __real_getaddrinfo(name, service, &numbers_alone, list_out);
}

/* "[HOST]:PORT" or "HOST:PORT" as the host alone and the port. */
static int split(char *text, char **host_out)
{
    char *colon = strrchr(text, ':');
    demand(colon != NULL, "a text ends with a port");
    *colon = '\0';
    *host_out = text;
    if (*text == '[') {
        demand(colon > text && colon[-1] == ']', "brackets are closed");
        colon[-1] = '\0';
        *host_out = text + 1;
    }
    return atoi(colon + 1);
}

static bool is_mapped(const struct se__address *address)
{
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&address->storage;
    return address->storage.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr);
}

static void check_address(const struct se__address *address, int port)
{
    char text[SE__ADDRESS_TEXT_SIZE];
    char small[SE__ADDRESS_TEXT_SIZE];
    char *host;
    demand(se__address_port(address) == port, "the port is kept");
    demand(se__address_key(address) != 0, "an address of a host counts");
    int length = se__address_text(address, text, sizeof text);
    demand(length > 0 && strlen(text) == (size_t)length, "every address has a text");
    demand(se__address_text(address, small, (size_t)length) == -ENOSPC, "what does not fit is refused");
    demand(se__address_text(address, small, (size_t)length + 1) == length, "what fits, fits");
    demand(split(text, &host) == port, "the text tells the port");
    struct se__address *again;
    demand(se__address_resolve(host, port, &again) == 1, "the text is an address");
    demand(is_mapped(address) || se__address_equal(address, again), "text and address are one to one");
    demand(se__address_key(address) == se__address_key(again), "and so is who counts together");
    free(again);
}

static void check_text(const char *text, int port)
{
    struct se__address *list;
    int count = se__address_resolve(text, port, &list);
    demand(count == SE_ERESOLVE || count > 0, "a number is an address or it is not");
    for (int i = 0; i < count; i++)
        check_address(&list[i], port);
    if (count > 0)
        free(list);
}

static void check_binary(struct input *input, int port)
{
    struct se__address address = {.length = sizeof(struct sockaddr_in6)};
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address.storage;
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons((uint16_t)port);
    for (int i = 0; i < 16; i++)
        ipv6->sin6_addr.s6_addr[i] = input_byte(input);
    check_address(&address, port);
}

static void check_unix(const char *path)
{
    struct se__address address;
    char text[SE__ADDRESS_TEXT_SIZE];
    int error = se__address_unix(path, &address);
    size_t length = strlen(path);
    size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
    demand((error == -EINVAL) == (length == 0), "an empty path is refused");
    demand((error == -ENAMETOOLONG) == (length > most), "a long path is refused");
    if (error)
        return;
    demand(strcmp(se__address_path(&address), path) == 0, "the path is kept");
    demand(se__address_text(&address, text, sizeof text) == (int)length + 5, "the text is the path behind unix:");
    demand(strncmp(text, "unix:", 5) == 0 && strcmp(text + 5, path) == 0, "and nothing else");
    demand(se__address_port(&address) == 0 && se__address_key(&address) == 0, "a unix socket has no port and no host");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {.bytes = bytes, .left = size};
    char text[TEXT_MAX];
    uint8_t choice = input_byte(&input) % 3;
    int port = 1 + (int)input_number(&input, 65534);
    if (choice == 1) {
        check_binary(&input, port);
        return 0;
    }
    input_line(&input, text, sizeof text);
    if (choice == 0)
        check_text(text, port);
    else
        check_unix(text);
    return 0;
}
