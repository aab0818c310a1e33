/* What sockets are asked for, up to the point at which bytes flow. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "hooks.h"
#include "ledger.h"
#include "waits.h"

int __real_socket(int family, int type, int protocol);
int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t length);
int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *length);
int __real_bind(int fd, const struct sockaddr *address, socklen_t length);
int __real_listen(int fd, int backlog);
int __real_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
int __real_connect(int fd, const struct sockaddr *address, socklen_t length);
int __real_getsockname(int fd, struct sockaddr *address, socklen_t *length);
int __real_getpeername(int fd, struct sockaddr *address, socklen_t *length);
int __real_ioctl(int fd, unsigned long request, ...);
int __real_shutdown(int fd, int how);
int __real_close(int fd);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

int hook_fail(int error)
{
    errno = error;
    return -1;
}

void hook_check_fd(enum call call, int fd)
{
    if (phase_now() != OUTSIDE)
        ledger_check_fd(fd, call_name(call));
}

/** Counts the call, and looks whether the descriptor is one that the library may use. */
static struct bend bend_of(enum call call, int fd)
{
    hook_check_fd(call, fd);
    return aim_bend(call);
}

static atomic_bool are_narrow;

void hook_narrow(bool is_narrow)
{
    atomic_store(&are_narrow, is_narrow);
}

static int taken(int fd)
{
    enum { NARROW = 4096 };
    const int size = NARROW;
    if (fd < 0 || phase_now() == OUTSIDE)
        return fd;
    ledger_add_fd(fd);
    if (atomic_load(&are_narrow))
        __real_setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    return fd;
}

int __wrap_socket(int family, int type, int protocol)
{
    struct bend bend = aim_bend(CALL_SOCKET);
    return bend.kind == AS_IT_IS ? taken(__real_socket(family, type, protocol)) : hook_fail(bend.value);
}

static enum call option_call(int level, int option)
{
    return level == SOL_SOCKET && (option == SO_REUSEADDR || option == SO_OOBINLINE) ? CALL_OPTION_NEEDED : CALL_OPTION;
}

static void note_receive_timeout(int fd, const struct timeval *timeout)
{
    int64_t timeout_ns = (int64_t)timeout->tv_sec * 1000000000 + (int64_t)timeout->tv_usec * 1000;
    ledger_set_receive_timeout(fd, timeout_ns > 0 ? timeout_ns : -1);
}

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    struct bend bend = bend_of(option_call(level, option), fd);
    if (bend.kind != AS_IT_IS)
        return hook_fail(bend.value);
    int result = __real_setsockopt(fd, level, option, value, length);
    if (result == 0 && level == SOL_SOCKET && option == SO_RCVTIMEO)
        note_receive_timeout(fd, value);
    return result;
}

/** The kernel counts in its ticks: what it says can be one short, and within that the clock of the run may have
 * jumped. */
static void reset(int fd)
{
    const struct linger now = {.l_onoff = 1};
    __real_setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    __real_close(fd);
}

int hook_fail_closed(int fd, int error)
{
    ledger_remove_fd(fd);
    reset(fd);
    return hook_fail(error);
}

static uint32_t age_ms_of(const struct tcp_info *info)
{
    enum { TICK_MS = 10 };
    return (uint32_t)(waits_age_ns(((int64_t)info->tcpi_last_data_sent + TICK_MS) * 1000000) / 1000000);
}

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    bool is_error = level == SOL_SOCKET && option == SO_ERROR;
    if (is_error && (phase_now() & (SERVER | CLIENT)) && phase_now() != CLIENT_CONNECT)
        verdict_fail("asks an established socket for its error, and the RST is gone with the answer");
    struct bend bend = bend_of(is_error ? CALL_SO_ERROR : CALL_GETSOCKOPT, fd);
    if (bend.kind == FAILS_CLOSED)
        return hook_fail_closed(fd, bend.value);
    if (bend.kind == FAILS)
        return hook_fail(bend.value);
    int result = __real_getsockopt(fd, level, option, value, length);
    if (bend.kind == ENDS_WITH && result == 0)
        *(int *)value = bend.value;
    if (result == 0 && level == IPPROTO_TCP && option == TCP_INFO) {
        struct tcp_info *info = value;
        info->tcpi_last_data_sent = age_ms_of(info);
    }
    return result;
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    struct bend bend = bend_of(address->sa_family == AF_UNIX ? CALL_BIND_UNIX : CALL_BIND, fd);
    return bend.kind == AS_IT_IS ? __real_bind(fd, address, length) : hook_fail(bend.value);
}

int __wrap_listen(int fd, int backlog)
{
    struct bend bend = bend_of(CALL_LISTEN, fd);
    return bend.kind == AS_IT_IS ? __real_listen(fd, backlog) : hook_fail(bend.value);
}

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    hook_serve_from_here();
    struct bend bend = bend_of(CALL_ACCEPT, fd);
    if (bend.kind == FAILS_CLOSED)
        return hook_fail_closed(fd, bend.value);
    if (bend.kind == FAILS)
        return hook_fail(bend.value);
    int peer = __real_accept4(fd, address, length, flags);
    if (bend.kind == AS_IT_IS)
        return taken(peer);
    if (peer >= 0)
        reset(peer); /* it is lost: so its peer hears */
    return hook_fail(bend.value);
}

static int connect_bent(int fd, const struct sockaddr *address, socklen_t length, const struct bend *bend)
{
    if (bend->kind == FAILS)
        return hook_fail(bend->value);
    int result = __real_connect(fd, address, length);
    if (bend->kind == FAILS_AFTERWARDS)
        return hook_fail(bend->value);
    struct pollfd watched = {.fd = fd, .events = POLLOUT};
    if (result != 0 && errno == EINPROGRESS)
        __real_poll(&watched, 1, -1);
    int error = 0;
    socklen_t size = sizeof(error);
    __real_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error)
        return hook_fail(error); /* there is no success to tell of */
    return bend->kind == SUCCEEDS ? hook_fail(bend->value) : 0;
}

static enum call connect_call(int family)
{
    if (family == AF_UNSPEC)
        return CALL_DISSOLVE;
    return family == AF_UNIX ? CALL_CONNECT_UNIX : CALL_CONNECT;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    bool is_library = phase_now() != OUTSIDE && address->sa_family != AF_UNSPEC;
    if (is_library && !ledger_connects_first(fd))
        verdict_fail("connects a socket for the second time");
    struct bend bend = bend_of(connect_call(address->sa_family), fd);
    return bend.kind == AS_IT_IS ? __real_connect(fd, address, length) : connect_bent(fd, address, length, &bend);
}

int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
    struct bend bend = bend_of(CALL_GETSOCKNAME, fd);
    return bend.kind == AS_IT_IS ? __real_getsockname(fd, address, length) : hook_fail(bend.value);
}

int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
    struct bend bend = bend_of(CALL_GETPEERNAME, fd);
    if (bend.kind == SAYS_OWN)
        return __real_getsockname(fd, address, length);
    return bend.kind == AS_IT_IS ? __real_getpeername(fd, address, length) : hook_fail(bend.value);
}

/** The library asks for FIONREAD alone. */
int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    struct bend bend = bend_of(CALL_PENDING, fd);
    if (bend.kind == FAILS_CLOSED)
        return hook_fail_closed(fd, bend.value);
    return bend.kind == AS_IT_IS ? __real_ioctl(fd, request, argument) : hook_fail(bend.value);
}

int __wrap_shutdown(int fd, int how)
{
    bool is_first = phase_now() != OUTSIDE && how == SHUT_WR && ledger_shuts_first(fd);
    struct bend bend = bend_of(is_first ? CALL_SHUTDOWN : CALL_SHUTDOWN_AGAIN, fd);
    if (bend.kind == FAILS)
        return hook_fail(bend.value);
    int result = __real_shutdown(fd, how);
    return bend.kind == AS_IT_IS ? result : hook_fail(bend.value);
}

/** The descriptor is gone whatever the result says. */
int __wrap_close(int fd)
{
    struct bend bend = bend_of(CALL_CLOSE, fd);
    ledger_remove_fd(fd);
    int result = __real_close(fd);
    return bend.kind == AS_IT_IS ? result : hook_fail(bend.value);
}
