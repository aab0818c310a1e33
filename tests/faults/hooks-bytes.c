/* The calls that move bytes: on connections, and for wake-ups. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "hooks.h"
#include "ledger.h"
#include "waits.h"

enum { PIECES_MAX = 16 };

int __real_ioctl(int fd, unsigned long request, ...);
ssize_t __real_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __real_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __real_write(int fd, const void *bytes, size_t size);
int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t length);
int __real_shutdown(int fd, int how);
int __real_close(int fd);

static size_t fewer(size_t size, size_t by)
{
    return size > by ? size - by : 1;
}

static bool is_failure(const struct bend *bend)
{
    return bend->kind == FAILS || bend->kind == FAILS_DEAD || bend->kind == FAILS_CLOSED;
}

static ssize_t fail(int fd, const struct bend *bend)
{
    if (bend->kind == FAILS_DEAD)
        __real_shutdown(fd, SHUT_RD);
    return bend->kind == FAILS_CLOSED ? hook_fail_closed(fd, bend->value) : hook_fail(bend->value);
}

static size_t bent_receive_size(int fd, size_t size, const struct bend *bend)
{
    if (bend->kind == AT_MOST)
        return size < (size_t)bend->value ? size : (size_t)bend->value;
    int there;
    if (__real_ioctl(fd, FIONREAD, &there) != 0 || there == 0)
        return size;
    return fewer((size_t)there < size ? (size_t)there : size, (size_t)bend->value);
}

/** What waits in the kernel elsewhere waits here, so that the clock of the run counts. */
static void wait_for_bytes(int fd, int flags)
{
    if ((flags & MSG_DONTWAIT) || (syscall(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK))
        return;
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    waits_poll(&watched, 1, ledger_receive_timeout(fd));
}

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags)
{
    if (phase_now() == OUTSIDE)
        return __real_recv(fd, buffer, size, flags);
    hook_check_fd(CALL_RECV, fd);
    struct bend bend = aim_bend(CALL_RECV);
    if (is_failure(&bend))
        return fail(fd, &bend);
    wait_for_bytes(fd, flags);
    if (bend.kind != AS_IT_IS)
        size = bent_receive_size(fd, size, &bend);
    return __real_recv(fd, buffer, size, flags | MSG_DONTWAIT);
}

static size_t bent_send_size(size_t size, const struct bend *bend)
{
    if (bend->kind == MOVES_NOTHING)
        return 0;
    if (bend->kind == ALL_BUT)
        return fewer(size, (size_t)bend->value);
    return size < (size_t)bend->value ? size : (size_t)bend->value;
}

static void check_send_flags(int flags)
{
    if (!(flags & MSG_NOSIGNAL))
        verdict_fail("sends without MSG_NOSIGNAL");
}

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
    if (phase_now() == OUTSIDE)
        return __real_send(fd, bytes, size, flags);
    hook_check_fd(CALL_SEND, fd);
    check_send_flags(flags);
    struct bend bend = aim_bend(CALL_SEND);
    if (is_failure(&bend))
        return fail(fd, &bend);
    if (bend.kind != AS_IT_IS)
        size = bent_send_size(size, &bend);
    return size == 0 ? 0 : __real_send(fd, bytes, size, flags);
}

static size_t total_of(const struct msghdr *message)
{
    size_t total = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++)
        total += message->msg_iov[i].iov_len;
    return total;
}

/** Sends no more than `size` bytes of it. */
static ssize_t send_part(int fd, const struct msghdr *message, size_t size, int flags)
{
    struct iovec pieces[PIECES_MAX];
    struct msghdr part = {.msg_iov = pieces};
    while (size > 0 && part.msg_iovlen < message->msg_iovlen && part.msg_iovlen < PIECES_MAX) {
        struct iovec *piece = &pieces[part.msg_iovlen];
        *piece = message->msg_iov[part.msg_iovlen++];
        piece->iov_len = piece->iov_len < size ? piece->iov_len : size;
        size -= piece->iov_len;
    }
    return part.msg_iovlen == 0 ? 0 : __real_sendmsg(fd, &part, flags);
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (phase_now() == OUTSIDE)
        return __real_sendmsg(fd, message, flags);
    hook_check_fd(CALL_SEND, fd);
    check_send_flags(flags);
    struct bend bend = aim_bend(CALL_SEND);
    if (is_failure(&bend))
        return fail(fd, &bend);
    if (bend.kind == AS_IT_IS)
        return __real_sendmsg(fd, message, flags);
    return send_part(fd, message, bent_send_size(total_of(message), &bend), flags);
}

/** Wake-ups: the call is made, and may fail all the same. */
ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    hook_check_fd(CALL_READ, fd);
    struct bend bend = aim_bend(CALL_READ);
    ssize_t count = __real_read(fd, buffer, size);
    return bend.kind == AS_IT_IS ? count : hook_fail(bend.value);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
    hook_check_fd(CALL_WRITE, fd);
    struct bend bend = aim_bend(CALL_WRITE);
    ssize_t count = __real_write(fd, bytes, size);
    return bend.kind == AS_IT_IS ? count : hook_fail(bend.value);
}
