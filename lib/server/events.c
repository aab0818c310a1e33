/* What a callback may ask of the connection at hand. */
#include "server/connection.h"
#include "server/pool.h"

#include <sockecho/events.h>

#include <errno.h>

int se_connection_peer(const struct se_connection *connection, char *text, size_t size)
{
    if (!connection || !text)
        return -EINVAL;
    int length = se__address_text(connection->peer, text, size);
    if (length == -ENOSPC && size > 0)
        text[0] = '\0';
    return length;
}

int64_t se_connection_id(const struct se_connection *connection)
{
    return connection ? (int64_t)(se__pool_tag(connection) & INT64_MAX) : -EINVAL;
}

int64_t se_connection_received(const struct se_connection *connection)
{
    return connection ? (int64_t)connection->session.received : -EINVAL;
}

int64_t se_connection_echoed(const struct se_connection *connection)
{
    return connection ? (int64_t)connection->session.echoed : -EINVAL;
}

int se_connection_reason(const struct se_connection *connection)
{
    return connection ? connection->reason : -EINVAL;
}
