/* The way to the server, and its errors in words: see client-connection.h. */
#include "client-connection.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int error_of_lookup(int failure)
{
    if (failure == EAI_SYSTEM && errno != 0)
        return -errno;
    return failure == EAI_MEMORY ? -ENOMEM : SE_ERESOLVE;
}

int find_address(struct client_options *options)
{
    if (options->family == AF_UNSPEC)
        return 0;
    const struct addrinfo wanted = {.ai_family = options->family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    int failure = getaddrinfo(options->host, NULL, &wanted, &found);
    if (failure != 0)
        return error_of_lookup(failure);
    failure = getnameinfo(found->ai_addr, found->ai_addrlen, options->address, sizeof options->address, NULL, 0,
                          NI_NUMERICHOST);
    freeaddrinfo(found);
    return failure != 0 ? error_of_lookup(failure) : 0;
}

const char *reason_for_host(const struct client_options *options, int error)
{
    if (error == SE_ERESOLVE && options->family == AF_INET)
        return "no IPv4 address for that host";
    if (error == SE_ERESOLVE && options->family == AF_INET6)
        return "no IPv6 address for that host";
    return se_strerror(error);
}

const char *host_to_connect(const struct client_options *options)
{
    return options->address[0] != '\0' ? options->address : options->host;
}

int connect_once(struct se_client *client, const struct client_options *options)
{
    if (options->unix_path != NULL)
        return se_client_connect_unix(client, options->unix_path);
    return se_client_connect(client, host_to_connect(options), options->port);
}

static int find_peer(const struct se_client *client, char *host, socklen_t size)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getpeername(se_client_fd(client), (struct sockaddr *)&address, &length) < 0)
        return -1;
    return getnameinfo((struct sockaddr *)&address, length, host, size, NULL, 0, NI_NUMERICHOST);
}

void describe_peer(const struct se_client *client, const struct client_options *options, char text[PEER_SIZE])
{
    char host[ADDRESS_SIZE];
    if (options->unix_path != NULL)
        snprintf(text, PEER_SIZE, "unix:%s", options->unix_path);
    else if (find_peer(client, host, sizeof host) != 0) /* it has reset the connection already */
        snprintf(text, PEER_SIZE, "port %d", options->port);
    else if (strchr(host, ':') != NULL)
        snprintf(text, PEER_SIZE, "[%s]:%d", host, options->port);
    else
        snprintf(text, PEER_SIZE, "%s:%d", host, options->port);
}

void describe_connecting(const struct client_options *options, int error, char *text, size_t size)
{
    if (options->unix_path != NULL)
        snprintf(text, size, "cannot connect to unix socket '%s': %s", options->unix_path, se_strerror(error));
    else
        snprintf(text, size, "cannot connect to '%s' port %d: %s", options->host, options->port,
                 reason_for_host(options, error));
}

void describe_echo(const struct se_client *client, int64_t base, int error, char *text, size_t size)
{
    if (error == SE_EMISMATCH)
        snprintf(text, size, "%s, first at offset %" PRId64, se_strerror(error), base + se_client_mismatch_at(client));
    else
        snprintf(text, size, "%s", se_strerror(error));
}

void describe_finishing(int error, char *text, size_t size)
{
    if (error == SE_EMISMATCH)
        snprintf(text, size, "the server sent more than the echo");
    else
        snprintf(text, size, "the connection did not end in order: %s", se_strerror(error));
}
