/* Every attempt has a socket of its own: after a failure a socket's state is unspecified. */
#include "client/connector.h"

#include "system/socket.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

int se__connector_begin(struct se__connector *connector, const char *host, int port)
{
    *connector = (struct se__connector){.fd = -1};
    int count = se__address_resolve(host, port, &connector->addresses);
    if (count < 0)
        return count;
    connector->count = count;
    return 0;
}

int se__connector_begin_unix(struct se__connector *connector, const char *path)
{
    struct se__address address;
    int error = se__address_unix(path, &address);
    if (error)
        return error;
    *connector = (struct se__connector){.fd = -1, .count = 1, .addresses = malloc(sizeof address)};
    if (!connector->addresses)
        return -ENOMEM;
    *connector->addresses = address;
    return 0;
}

static int give_up(struct se__connector *connector, int error)
{
    if (error != -EBADF) /* else somebody else has closed it: the number may be another's by now */
        se__socket_abort(connector->fd);
    connector->fd = -1;
    return error;
}

/* A port of our own range can be given to both ends of one connection: it stands, but with nobody behind it. */
static int accept_result(struct se__connector *connector, int result)
{
    if (result)
        return give_up(connector, result);
    return se__socket_is_connected_to_itself(connector->fd) ? give_up(connector, -ECONNREFUSED) : 0;
}

static int try_next(struct se__connector *connector)
{
    const struct se__address *address = &connector->addresses[connector->next];
    int result = se__socket_connect(address, &connector->fd);
    if (result == -EAGAIN && se__address_path(address))
        return result; /* the same one again */
    connector->next++;
    if (result == -EAGAIN)
        return -EADDRNOTAVAIL; /* TCP's way to say that it has no port left */
    return result ? result : accept_result(connector, 0);
}

/* SO_ERROR is 0 also while the peer has not answered: only a writable socket has an end to tell of. */
static int look_at_attempt(struct se__connector *connector)
{
    int ready = se__socket_wait(connector->fd, POLLOUT, 0);
    if (ready == 0 || ready == -EINTR || ready == -ENOMEM)
        return -EINPROGRESS;
    return accept_result(connector, ready < 0 ? ready : se__socket_connect_result(connector->fd));
}

static bool is_pending(int result)
{
    return result == -EINPROGRESS || result == -EAGAIN;
}

/* Out of these, no other address helps. */
static bool is_final(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOBUFS || error == -ENOMEM;
}

int se__connector_advance(struct se__connector *connector)
{
    int result = connector->fd < 0 ? try_next(connector) : look_at_attempt(connector);
    while (result && !is_pending(result) && !is_final(result) && connector->next < connector->count)
        result = try_next(connector);
    return result;
}

void se__connector_end(struct se__connector *connector)
{
    free(connector->addresses);
    connector->addresses = NULL;
}
