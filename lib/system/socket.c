/* Each function is one system call or one fixed little sequence of them, with the facts of the kernel that it needs. */
#include "system/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KEEPALIVE_PROBES = 6, PIECES_MAX = 16 };

static int set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) ? -errno : 0;
}

int se__socket_get_option(int fd, int level, int option, void *value_out, size_t size)
{
    socklen_t length = (socklen_t)size;
    return getsockopt(fd, level, option, value_out, &length) ? -errno : 0;
}

static int get_option(int fd, int option, int *value_out)
{
    return se__socket_get_option(fd, SOL_SOCKET, option, value_out, sizeof *value_out);
}

/* An urgent byte is part of the stream: without OOBINLINE it would vanish from it. */
int se__socket_set_stream_options(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    return set_option(fd, SOL_SOCKET, SO_OOBINLINE, 1);
}

static int open_stream(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

int se__socket_set_backlog(int listen_fd, int backlog)
{
    return listen(listen_fd, backlog ? backlog : SOMAXCONN) ? -errno : 0;
}

/* "::" is for everybody, also where the system's default keeps IPv4 out. */
static void serve_both_families(int fd, const struct se__address *address)
{
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&address->storage;
    if (ipv6->sin6_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&ipv6->sin6_addr))
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

/* What accept(2) returns inherits the options of the listener. SO_REUSEADDR lets a server restart beside connections
 * in TIME_WAIT; SO_REUSEPORT stays off, because with it a second server on the port would succeed in silence. */
static int listen_on(int fd, const struct se__address *address)
{
    int error = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (!error)
        error = se__socket_set_stream_options(fd);
    if (error)
        return error;
    serve_both_families(fd, address);
    if (bind(fd, (const struct sockaddr *)&address->storage, address->length))
        return -errno;
    return se__socket_set_backlog(fd, 0);
}

int se__socket_listen(const struct se__address *address, int *fd_out)
{
    int fd = open_stream(address->storage.ss_family);
    if (fd < 0)
        return fd;
    int error = listen_on(fd, address);
    if (error) {
        close(fd);
        return error;
    }
    *fd_out = fd;
    return 0;
}

int se__socket_adopt_listener(int fd)
{
    int type;
    int error = get_option(fd, SO_TYPE, &type);
    if (error)
        return error;
    int listens;
    error = get_option(fd, SO_ACCEPTCONN, &listens);
    if (error)
        return error;
    if (type != SOCK_STREAM || !listens)
        return -EINVAL;
    error = se__socket_set_stream_options(fd);
    if (error)
        return error;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC))
        return -errno;
    return se__socket_set_blocking(fd, false);
}

void se__socket_set_vigilance(int listen_fd, int idle_s, int64_t unacknowledged_ms)
{
    set_option(listen_fd, SOL_SOCKET, SO_KEEPALIVE, idle_s > 0);
    if (idle_s > 0) {
        int interval_s = idle_s / KEEPALIVE_PROBES;
        set_option(listen_fd, IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
        set_option(listen_fd, IPPROTO_TCP, TCP_KEEPINTVL, interval_s > 0 ? interval_s : 1);
        set_option(listen_fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
    }
    bool fits = unacknowledged_ms > 0 && unacknowledged_ms <= INT_MAX;
    set_option(listen_fd, IPPROTO_TCP, TCP_USER_TIMEOUT, fits ? (int)unacknowledged_ms : 0);
}

int se__socket_accept(int listen_fd, struct se__address *peer_out)
{
    peer_out->length = sizeof peer_out->storage;
    int fd = accept4(listen_fd, (struct sockaddr *)&peer_out->storage, &peer_out->length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

static int start_connecting(int fd, const struct se__address *address)
{
    int error = se__socket_set_stream_options(fd);
    if (error)
        return error;
    if (connect(fd, (const struct sockaddr *)&address->storage, address->length) == 0 || errno == EISCONN)
        return 0;
    /* Interrupted or not, the attempt goes on in the kernel; a second connect would only confuse. */
    return errno == EINTR || errno == EALREADY ? -EINPROGRESS : -errno;
}

int se__socket_connect(const struct se__address *address, int *fd_out)
{
    int fd = open_stream(address->storage.ss_family);
    if (fd < 0)
        return fd;
    int error = start_connecting(fd, address);
    if (error && error != -EINPROGRESS) {
        close(fd);
        return error;
    }
    *fd_out = fd;
    return error;
}

int se__socket_connect_result(int fd)
{
    int value;
    int error = get_option(fd, SO_ERROR, &value);
    return error ? error : -value;
}

bool se__socket_is_connected_to_itself(int fd)
{
    struct se__address peer = {.length = sizeof peer.storage};
    struct se__address own;
    if (getpeername(fd, (struct sockaddr *)&peer.storage, &peer.length))
        return false;
    return se__socket_local_address(fd, &own) == 0 && se__address_equal(&own, &peer);
}

static int64_t receive(int fd, void *buffer, size_t size, int flags)
{
    ssize_t count = recv(fd, buffer, size, flags);
    return count < 0 ? -errno : count;
}

int64_t se__socket_receive(int fd, void *buffer, size_t size)
{
    int64_t count;
    do
        count = receive(fd, buffer, size, MSG_DONTWAIT);
    while (count == -EINTR);
    return count;
}

int64_t se__socket_receive_waiting(int fd, void *buffer, size_t size)
{
    return receive(fd, buffer, size, 0);
}

int64_t se__socket_send(int fd, const void *bytes, size_t size)
{
    ssize_t count;
    do
        count = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

static int64_t send_gathered(int fd, struct iovec *pieces, int count)
{
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

/* An iovec is for receiving as well, so its bytes are not const. */
static struct iovec as_iovec(const struct se__piece *piece)
{
    union {
        const unsigned char *ours;
        void *kernels;
    } bytes = {.ours = piece->bytes};
    return (struct iovec){.iov_base = bytes.kernels, .iov_len = piece->length};
}

int64_t se__socket_send_pieces(int fd, const struct se__piece *pieces, int count)
{
    if (count == 1)
        return se__socket_send(fd, pieces[0].bytes, pieces[0].length);
    struct iovec gathered[PIECES_MAX];
    if (count > PIECES_MAX)
        count = PIECES_MAX;
    for (int i = 0; i < count; i++)
        gathered[i] = as_iovec(&pieces[i]);
    return send_gathered(fd, gathered, count);
}

int64_t se__socket_pending(int fd)
{
    int count;
    return ioctl(fd, FIONREAD, &count) ? -errno : count;
}

int se__socket_finish(int fd)
{
    return shutdown(fd, SHUT_WR) ? -errno : 0;
}

void se__socket_close(int fd)
{
    /* Whatever close(2) says, EINTR included, the descriptor is gone: never again. */
    close(fd);
}

void se__socket_hang_up(int fd)
{
    shutdown(fd, SHUT_WR);
    close(fd);
}

void se__socket_close_listener(int fd, bool is_shared)
{
    /* Also for a duplicate in a forked child, which nobody would serve. */
    if (!is_shared)
        shutdown(fd, SHUT_RDWR);
    close(fd);
}

static bool is_unix(int fd)
{
    struct se__address own;
    return se__socket_local_address(fd, &own) == 0 && own.storage.ss_family == AF_UNIX;
}

void se__socket_abort(int fd)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    /* Dissolving the association sends the RST now, even where a forked child holds a duplicate of the descriptor. */
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    int dissolved = connect(fd, &nobody, sizeof nobody);
    (void)dissolved; /* where the system does not know that, closing sends the RST */
    if (is_unix(fd))
        shutdown(fd, SHUT_RDWR); /* it has no RST: an end is all that its peer can see */
    close(fd);
}

int se__socket_local_address(int fd, struct se__address *address_out)
{
    *address_out = (struct se__address){.length = sizeof address_out->storage};
    return getsockname(fd, (struct sockaddr *)&address_out->storage, &address_out->length) ? -errno : 0;
}

int se__socket_set_blocking(int fd, bool blocking)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -errno;
    flags = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags) ? -errno : 0;
}

int se__socket_set_receive_timeout(int fd, int64_t timeout_ms)
{
    const struct timeval timeout = {.tv_sec = (time_t)(timeout_ms / 1000),
                                    .tv_usec = (suseconds_t)(timeout_ms % 1000 * 1000)};
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) ? -errno : 0;
}

int se__socket_wait(int fd, int events, int timeout_ms)
{
    struct pollfd watched = {.fd = fd, .events = (short)events};
    int ready = poll(&watched, 1, timeout_ms);
    return ready < 0 ? -errno : ready;
}

int se__socket_wait_ns(int fd, int64_t timeout_ns)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000), .tv_nsec = (long)(timeout_ns % 1000000000)};
    int ready = ppoll(&watched, 1, &timeout, NULL);
    return ready < 0 ? -errno : ready;
}
