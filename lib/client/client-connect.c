/* How a public client connects, to a host or to the file of a unix socket: the same call again goes on with an attempt
 * that is open, and which address is tried next is the connector's. */
#include "client/client.h"

#include "system/deadline.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* As the port of an open connect: the host is the path of a unix socket. */
enum { UNIX_PORT = 0 };

static bool is_same_host(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static int begin_connect(struct se_client *client, const char *host, int port)
{
    char *copy = host ? strdup(host) : NULL;
    if (host && !copy)
        return -ENOMEM;
    int error = port == UNIX_PORT ? se__connector_begin_unix(&client->connector, host)
                                  : se__connector_begin(&client->connector, host, port);
    if (error) {
        free(copy);
        return error;
    }
    client->host = copy;
    client->port = port;
    se__exchange_begin(&client->exchange, NULL, 0);
    client->open = SE__CALL_CONNECT;
    return 0;
}

/* Moves the descriptor from the connector to the channel. */
static int take_connection(struct se_client *client)
{
    client->channel.fd = client->connector.fd;
    client->connector.fd = -1;
    se__client_end_connect(client);
    return se__channel_set_timeout(&client->channel, client->channel.timeout_ms);
}

static int wait_for_connect(struct se_client *client, struct se__call *call, int pending)
{
    if (pending == -EAGAIN)
        return se__channel_pause(&client->channel, call);
    return se__channel_wait(&client->channel, call, client->connector.fd, POLLOUT);
}

static int advance_connect(struct se_client *client, struct se__call *call)
{
    int result;
    while ((result = se__connector_advance(&client->connector)) == -EINPROGRESS || result == -EAGAIN) {
        int error = wait_for_connect(client, call, result);
        if (error)
            return error;
    }
    return result ? result : take_connection(client);
}

static int connect_to(struct se_client *client, const char *host, int port)
{
    if (client->channel.fd >= 0)
        return -EISCONN;
    if (client->open == SE__CALL_CONNECT && (port != client->port || !is_same_host(host, client->host)))
        return -EBUSY;
    struct se__call call = se__channel_call(&client->channel);
    int error = client->open == SE__CALL_CONNECT ? 0 : begin_connect(client, host, port);
    return error ? error : se__client_conclude(client, advance_connect(client, &call));
}

int se_client_connect(struct se_client *client, const char *host, int port)
{
    if (!client || port < 1 || port > 65535)
        return -EINVAL;
    return connect_to(client, host, port);
}

int se_client_connect_unix(struct se_client *client, const char *path)
{
    if (!client || !path)
        return -EINVAL;
    return connect_to(client, path, UNIX_PORT);
}
