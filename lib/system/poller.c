/* Picks a back end when somebody begins to wait, and passes the calls on to it. */
#include "system/poller.h"

#include <sockecho/server.h>

#include <errno.h>
#include <stddef.h>

int se__poller_check(int kind)
{
    if (kind < SE_POLLER_AUTO || kind > SE_POLLER_POLL)
        return -EINVAL;
    return kind == SE_POLLER_EPOLL && !se__poller_epoll.begin ? -ENOSYS : 0;
}

int se__poller_new(int kind, struct se__poller **poller_out)
{
    if (kind == SE_POLLER_POLL)
        return se__poller_poll.begin(poller_out);
    int error = se__poller_epoll.begin ? se__poller_epoll.begin(poller_out) : -ENOSYS;
    if (error && kind == SE_POLLER_AUTO)
        return se__poller_poll.begin(poller_out);
    return error;
}

void se__poller_free(struct se__poller *poller)
{
    if (poller)
        poller->backend->end(poller);
}

int se__poller_add(struct se__poller *poller, int fd, int interest, uint64_t tag)
{
    return poller->backend->add(poller, fd, interest, tag);
}

int se__poller_modify(struct se__poller *poller, int fd, int interest, uint64_t tag)
{
    return poller->backend->modify(poller, fd, interest, tag);
}

void se__poller_remove(struct se__poller *poller, int fd)
{
    poller->backend->remove(poller, fd);
}

int se__poller_wait(struct se__poller *poller, struct se__poller_event events[SE__POLLER_EVENTS_MAX], int timeout_ms)
{
    return poller->backend->wait(poller, events, timeout_ms);
}

int se__poller_fd(const struct se__poller *poller)
{
    return poller->backend->fd(poller);
}
