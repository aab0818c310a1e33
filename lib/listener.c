/* accept4(2) reports errors of three kinds in one number: of a connection that died in the queue, of this process or
 * system that has no room, and of the listener. Only after the first one can accepting go on at once. */
#include "listener.h"

#include "socket.h"

#include <errno.h>

enum { BATCH = 64, LOST_IN_A_ROW_MAX = 16, REST_MS = 100 };

static int watch(struct se__listener *listener)
{
    int error = se__poller_add(listener->poller, listener->fd, SE__READ, listener->tag);
    listener->watched = !error;
    return error;
}

int se__listener_begin(struct se__listener *listener, struct se__poller *poller, int fd, uint64_t tag)
{
    *listener = (struct se__listener){.poller = poller, .fd = fd, .tag = tag};
    return watch(listener);
}

static void rest(struct se__listener *listener, const struct se__peers *peers)
{
    if (listener->watched)
        se__poller_remove(listener->poller, listener->fd);
    listener->watched = false;
    listener->lost_in_a_row = 0;
    listener->ended_at_rest = peers->ended;
    listener->rest_until_ms = peers->now_ms + REST_MS;
}

static bool is_lost_peer(int error)
{
    static const int errors[] = {EINTR,        ECONNABORTED, EPROTO,      ENETDOWN,  ENOPROTOOPT, ENONET, EHOSTDOWN,
                                 EHOSTUNREACH, EOPNOTSUPP,   ENETUNREACH, ETIMEDOUT, ECONNRESET,  EPERM};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (error == -errors[i])
            return true;
    return false;
}

/* True where the next one can be accepted at once. */
static bool goes_on_after(struct se__listener *listener, int error)
{
    return is_lost_peer(error) && ++listener->lost_in_a_row < LOST_IN_A_ROW_MAX;
}

/* 0 one was accepted, or none but the next can be tried; -EAGAIN nobody waits; else the reason for a rest. */
static int accept_one(struct se__listener *listener, struct se__peers *peers)
{
    struct se__address peer;
    int fd = se__socket_accept(listener->fd, &peer);
    if (fd < 0)
        return goes_on_after(listener, fd) ? 0 : fd;
    listener->lost_in_a_row = 0;
    return se__peers_welcome(peers, fd);
}

void se__listener_accept(struct se__listener *listener, struct se__peers *peers)
{
    if (!listener->watched)
        return;
    int error = 0;
    for (int i = 0; i < BATCH && !error; i++)
        error = accept_one(listener, peers);
    if (error == -EAGAIN && peers->draining)
        se__listener_close(listener);
    else if (error && error != -EAGAIN)
        rest(listener, peers);
}

static bool is_resting(const struct se__listener *listener)
{
    return listener->fd >= 0 && !listener->watched;
}

void se__listener_wake(struct se__listener *listener, const struct se__peers *peers)
{
    if (!is_resting(listener))
        return;
    bool has_room = peers->ended != listener->ended_at_rest;
    if ((has_room || peers->now_ms >= listener->rest_until_ms) && watch(listener))
        rest(listener, peers);
}

int64_t se__listener_due_ms(const struct se__listener *listener)
{
    return is_resting(listener) ? listener->rest_until_ms : SE__NEVER;
}

void se__listener_close(struct se__listener *listener)
{
    if (listener->fd < 0)
        return;
    if (listener->watched)
        se__poller_remove(listener->poller, listener->fd);
    listener->watched = false;
    se__socket_close(listener->fd);
    listener->fd = -1;
}
