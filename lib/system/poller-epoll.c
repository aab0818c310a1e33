/* Readiness by epoll(7): the kernel keeps the set, so a wait costs what is ready and not what is watched. */
#include "system/poller.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct epoll_poller {
    struct se__poller base;
    int epoll_fd;
    struct epoll_event ready[SE__POLLER_EVENTS_MAX];
};

static int epoll_begin(struct se__poller **poller_out)
{
    struct epoll_poller *poller = malloc(sizeof *poller);
    if (!poller)
        return -ENOMEM;
    poller->base.backend = &se__poller_epoll;
    poller->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (poller->epoll_fd < 0) {
        int error = -errno;
        free(poller);
        return error;
    }
    *poller_out = &poller->base;
    return 0;
}

static void epoll_end(struct se__poller *base)
{
    struct epoll_poller *poller = (struct epoll_poller *)base;
    close(poller->epoll_fd);
    free(poller);
}

static int control(struct se__poller *base, int operation, int fd, int interest, uint64_t tag)
{
    struct epoll_poller *poller = (struct epoll_poller *)base;
    struct epoll_event event = {.data.u64 = tag};
    if (interest & SE__READ)
        event.events |= EPOLLIN;
    if (interest & SE__WRITE)
        event.events |= EPOLLOUT;
    return epoll_ctl(poller->epoll_fd, operation, fd, &event) ? -errno : 0;
}

static int epoll_add(struct se__poller *base, int fd, int interest, uint64_t tag)
{
    return control(base, EPOLL_CTL_ADD, fd, interest, tag);
}

static int epoll_modify(struct se__poller *base, int fd, int interest, uint64_t tag)
{
    return control(base, EPOLL_CTL_MOD, fd, interest, tag);
}

/* Closing would do it alone, unless a forked child holds a duplicate: its events would come for ever. */
static void epoll_remove(struct se__poller *base, int fd)
{
    control(base, EPOLL_CTL_DEL, fd, 0, 0);
}

static int epoll_poll(struct se__poller *base, struct se__poller_event events[SE__POLLER_EVENTS_MAX], int timeout_ms)
{
    struct epoll_poller *poller = (struct epoll_poller *)base;
    int count = epoll_wait(poller->epoll_fd, poller->ready, SE__POLLER_EVENTS_MAX, timeout_ms);
    if (count < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++)
        events[i].tag = poller->ready[i].data.u64;
    return count;
}

static int epoll_own_fd(const struct se__poller *base)
{
    return ((const struct epoll_poller *)base)->epoll_fd;
}

const struct se__poller_backend se__poller_epoll = {
    .begin = epoll_begin,
    .end = epoll_end,
    .add = epoll_add,
    .modify = epoll_modify,
    .remove = epoll_remove,
    .wait = epoll_poll,
    .fd = epoll_own_fd,
};
