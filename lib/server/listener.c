/* accept4(2) reports errors of three kinds in one number: of a connection that died in the queue, of this process or
 * system that has no room, and of the listener. Only after the first one can accepting go on at once. */
#include "server/listener.h"

#include "system/deadline.h"
#include "system/socket.h"

#include <errno.h>

enum { LOST_IN_A_ROW_MAX = 16, REST_MS = 100 };

static int watch(struct se__listener *listener)
{
    int error = se__poller_add(listener->poller, listener->fd, SE__READ, listener->tag);
    listener->watched = !error;
    return error;
}

int se__listener_begin(struct se__listener *listener, int fd)
{
    listener->fd = fd;
    int error = watch(listener);
    if (error)
        listener->fd = -1;
    return error;
}

static bool is_resting(const struct se__listener *listener)
{
    return listener->fd >= 0 && !listener->watched;
}

static void rest_quietly(struct se__listener *listener, int64_t now_ms)
{
    listener->lost_in_a_row = 0;
    listener->left_at_rest = atomic_load(&listener->service->census.left);
    listener->rest_until_ms = now_ms + REST_MS;
    atomic_store(&listener->service->is_listener_resting, true);
}

static void look_away(struct se__listener *listener)
{
    se__poller_remove(listener->poller, listener->fd);
    listener->watched = false;
}

void se__listener_rest(struct se__listener *listener, int64_t now_ms)
{
    look_away(listener);
    rest_quietly(listener, now_ms);
    se__tally_add(listener->tally, SE_STAT_PAUSES, 1);
    se__service_notify(listener->service, SE_EVENT_PAUSED, NULL);
}

void se__listener_wake(struct se__listener *listener, int64_t now_ms)
{
    if (!is_resting(listener))
        return;
    bool has_room = atomic_load(&listener->service->census.left) != listener->left_at_rest;
    if (!has_room && now_ms < listener->rest_until_ms)
        return;
    atomic_store(&listener->service->is_listener_resting, false);
    if (watch(listener))
        rest_quietly(listener, now_ms);
    else
        se__service_notify(listener->service, SE_EVENT_RESUMED, NULL);
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

/* The descriptor, or -errno: then the peer is gone, for bytes of it could vanish. */
static int accepted(struct se__listener *listener, int fd)
{
    if (!listener->service->peers_inherit && se__socket_set_stream_options(fd)) {
        se__socket_abort(fd);
        return -ECONNABORTED;
    }
    listener->lost_in_a_row = 0;
    return fd;
}

/* Somebody else has closed the descriptor: the number may be another's by now. */
static void lose_descriptor(struct se__listener *listener)
{
    look_away(listener);
    listener->fd = -1;
}

int se__listener_accept(struct se__listener *listener, struct se__address *peer_out, int64_t now_ms)
{
    if (!listener->watched)
        return -ECANCELED;
    for (;;) {
        int fd = se__socket_accept(listener->fd, peer_out);
        if (fd >= 0)
            fd = accepted(listener, fd);
        if (fd >= 0 || fd == -EAGAIN)
            return fd;
        if (fd != -EINTR) /* which says nothing */
            se__tally_add(listener->tally, SE_STAT_ACCEPT_ERRORS, 1);
        if (fd == -EBADF) {
            lose_descriptor(listener);
            return fd;
        }
        if (goes_on_after(listener, fd))
            continue;
        se__listener_rest(listener, now_ms);
        return fd;
    }
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
        look_away(listener);
    se__socket_close_listener(listener->fd, listener->service->is_listener_shared);
    listener->fd = -1;
}
