/* The life of a socket, its options and its names. What a call does is held against the judge first. */
#include "calls.h"
#include "chance.h"
#include "clock.h"
#include "descriptors.h"
#include "failure.h"
#include "judge.h"
#include "network.h"
#include "threads.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { TICK_MS = 10 };

static struct link *link_of(int fd)
{
    return descriptors_get(fd, STREAM)->object;
}

/* ---- a socket's life ---- */

int __wrap_socket(int family, int type, int protocol)
{
    (void)family;
    (void)protocol;
    calls_enter("socket", -1);
    if (calls_are_scarce(1))
        return calls_fail(chance_one_in(2) ? ENFILE : ENOBUFS);
    struct link *link = network.new_link();
    link->fd = descriptors_open(STREAM, link);
    if (link->fd < 0)
        return calls_fail(EMFILE);
    demand((type & SOCK_CLOEXEC) && (type & SOCK_NONBLOCK), "a socket is close-on-exec and does not wait", link->fd);
    return link->fd;
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size)
{
    (void)address;
    (void)size;
    calls_enter("bind", fd);
    descriptors_get(fd, STREAM);
    return 0;
}

int __wrap_listen(int fd, int backlog)
{
    calls_enter("listen", fd);
    struct descriptor *descriptor = descriptors_get_any(fd);
    descriptor->kind = LISTENER;
    descriptor->object = &network.listener;
    network.listener.fd = fd;
    network.listener.backlog = backlog;
    return 0;
}

static int accept_failure(void)
{
    static const int lost[] = {ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH, ECONNRESET, EPERM};
    static const int scarce[] = {ENFILE, ENOBUFS, ENOMEM};
    if (calls_are_interrupted())
        return EINTR;
    if (calls_lose_connections())
        return lost[chance(sizeof lost / sizeof lost[0])];
    return calls_are_scarce(1) ? scarce[chance(sizeof scarce / sizeof scarce[0])] : 0;
}

/* A full table comes before an empty queue, as in the kernel. */
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    calls_enter("accept4", fd);
    descriptors_get(fd, LISTENER);
    network.listener.told_ready = 0;
    int error = descriptors_count() + DESCRIPTORS_FIRST >= descriptors_limit() ? EMFILE : accept_failure();
    if (error) {
        judge_accept_failed(error);
        return calls_fail(error);
    }
    struct link *link = network_take();
    if (!link)
        return calls_fail(EAGAIN);
    demand((flags & SOCK_CLOEXEC) && (flags & SOCK_NONBLOCK), "an accepted socket does not wait", fd);
    demand(network.listener.takes_urgent, "an urgent byte stays in the stream", fd);
    memcpy(address, &link->peer, sizeof link->peer);
    *size = sizeof link->peer;
    link->fd = descriptors_open(STREAM, link);
    note("= accepted", link->fd, (int64_t)link->key);
    judge_accepted(link);
    return link->fd;
}

static int dissolve(struct link *link)
{
    if (link->is_judged)
        judge_reset(link);
    link->is_cut = true;
    link->is_dead = true;
    return 0;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    (void)size;
    calls_enter("connect", fd);
    struct link *link = link_of(fd);
    if (address->sa_family == AF_UNSPEC)
        return dissolve(link);
    int error = network.connect(link);
    return error ? calls_fail(error) : 0;
}

int __wrap_shutdown(int fd, int how)
{
    calls_enter("shutdown", fd);
    if (descriptors_get_any(fd)->kind == LISTENER)
        return 0;
    struct link *link = link_of(fd);
    demand(how == SHUT_WR, "only the library's own side is ended", fd);
    if (link->is_judged)
        judge_finish(link);
    link->out_finished = true;
    return link->is_dead ? calls_fail(ENOTCONN) : 0;
}

static void close_link(struct link *link)
{
    if (link->is_judged)
        judge_close(link);
    link->is_closed = true;
    link->fd = -1;
}

/* As on Linux, the descriptor is gone also where the call says EINTR. */
int __wrap_close(int fd)
{
    calls_enter("close", fd);
    struct descriptor *descriptor = descriptors_get_any(fd);
    if (descriptor->kind == STREAM)
        close_link(descriptor->object);
    if (descriptor->kind == LISTENER)
        network_close();
    calls_closed(fd);
    descriptors_close(fd);
    return calls_are_interrupted() ? calls_fail(EINTR) : 0;
}

/* ---- options and names ---- */

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    (void)size;
    calls_enter("setsockopt", fd);
    descriptors_get_any(fd);
    if (level != SOL_SOCKET)
        return 0;
    if (option == SO_OOBINLINE)
        network.listener.takes_urgent = *(const int *)value;
    if (option == SO_RCVTIMEO) {
        const struct timeval *timeout = value;
        link_of(fd)->receive_timeout_ns = timeout->tv_sec * INT64_C(1000000000) + timeout->tv_usec * INT64_C(1000);
    }
    return 0;
}

/* How long ago bytes went out, up to a tick too much: the kernel counts in ticks. */
static int tell_progress(const struct link *link, struct tcp_info *info)
{
    if (!calls_tell_progress())
        return calls_fail(EOPNOTSUPP);
    *info = (struct tcp_info){0};
    int64_t age_ms = (clock_ns() - link->out_moved_ns) / NS_PER_MS + chance_between(0, TICK_MS);
    info->tcpi_last_data_sent = age_ms < UINT32_MAX ? (uint32_t)age_ms : UINT32_MAX;
    return 0;
}

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
    (void)size;
    calls_enter("getsockopt", fd);
    struct link *link = link_of(fd);
    if (level == IPPROTO_TCP)
        return tell_progress(link, value);
    demand(option == SO_ERROR && !link->is_judged, "an established connection is not asked for SO_ERROR", fd);
    *(int *)value = link->error;
    link->error = 0;
    return 0;
}

int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
    static const struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = 7};
    calls_enter("getsockname", fd);
    const struct descriptor *descriptor = descriptors_get_any(fd);
    memcpy(address, &own, sizeof own);
    *size = sizeof own;
    const struct link *link = descriptor->object;
    if (descriptor->kind == STREAM && link->state == LINK_SELF)
        memcpy(address, &link->peer, sizeof link->peer);
    return 0;
}

int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
    calls_enter("getpeername", fd);
    const struct link *link = link_of(fd);
    if (link->is_dead)
        return calls_fail(ENOTCONN);
    memcpy(address, &link->peer, sizeof link->peer);
    *size = sizeof link->peer;
    return 0;
}

int __wrap_fcntl(int fd, int command, int value)
{
    calls_enter("fcntl", fd);
    struct descriptor *descriptor = descriptors_get_any(fd);
    if (command == F_GETFL)
        return descriptor->waits ? 0 : O_NONBLOCK;
    if (command == F_SETFL)
        descriptor->waits = !(value & O_NONBLOCK);
    return 0;
}

int __wrap_fcntl64(int fd, int command, int value)
{
    return __wrap_fcntl(fd, command, value);
}
