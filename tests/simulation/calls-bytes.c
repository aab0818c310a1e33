/* The bytes that go in and out: some of those that could, none at all, or an error, as a kernel does it. What a call
 * does is held against the judge first. */
#include "calls.h"
#include "chance.h"
#include "clock.h"
#include "descriptors.h"
#include "failure.h"
#include "judge.h"
#include "threads.h"

#include <errno.h>
#include <sys/ioctl.h>

static struct link *link_of(int fd)
{
    return descriptors_get(fd, STREAM)->object;
}

static bool is_readable(void *what)
{
    return link_is_readable(what);
}

/* What the call is told instead of moving bytes; 0 where it may move them. */
static int io_failure(void)
{
    if (calls_are_interrupted())
        return EINTR;
    if (!calls_are_scarce(1))
        return 0;
    return chance_one_in(2) ? ENOMEM : ENOBUFS;
}

static int told(struct link *link, int error)
{
    if (link->is_judged)
        judge_failed(link, error);
    return calls_fail(error);
}

static int take_error(struct link *link)
{
    int error = link->error;
    link->error = 0;
    return told(link, error);
}

static uint64_t some_of(uint64_t count)
{
    return chance_one_in(6) ? chance_size(count) : count;
}

static void spoil(const struct link *link, unsigned char *bytes, uint64_t count)
{
    if (link->in_wrong_at >= link->in_taken && link->in_wrong_at < link->in_taken + count)
        bytes[link->in_wrong_at - link->in_taken] ^= 0x20;
}

static ssize_t take_bytes(struct link *link, unsigned char *buffer, size_t size)
{
    uint64_t count = link_unread(link) < size ? link_unread(link) : size;
    count = some_of(count);
    if (link->is_judged)
        judge_received(link, count);
    link_copy_bytes(link->key, link->in_taken, buffer, (size_t)count);
    spoil(link, buffer, count);
    link->in_taken += count;
    note("= bytes", link->fd, (int64_t)count);
    return (ssize_t)count;
}

static ssize_t receive_now(struct link *link, unsigned char *buffer, size_t size)
{
    if (link_unread(link) > 0)
        return take_bytes(link, buffer, size);
    if (link->error)
        return take_error(link);
    if (link->in_finished || link->is_dead) {
        if (link->is_judged)
            judge_end_of_input(link);
        return 0;
    }
    if (link->is_judged)
        judge_would_block(link);
    return calls_fail(EAGAIN);
}

static int wait_for_bytes(struct link *link)
{
    int64_t timeout_ns = link->receive_timeout_ns;
    int64_t deadline_ns = timeout_ns > 0 ? clock_ns() + timeout_ns : CLOCK_NEVER;
    bool interrupted = calls_are_interrupted();
    int64_t signal_ns = interrupted ? clock_ns() + chance_between(0, 50 * NS_PER_MS) : CLOCK_NEVER;
    threads_wait(is_readable, link, signal_ns < deadline_ns ? signal_ns : deadline_ns);
    return interrupted && !link_is_readable(link) && clock_ns() < deadline_ns ? EINTR : 0;
}

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags)
{
    calls_enter("recv", fd);
    const struct descriptor *descriptor = descriptors_get(fd, STREAM);
    struct link *link = descriptor->object;
    link->told_ready = 0;
    demand(size > 0, "a receive has room", fd);
    int error = io_failure();
    if (!error && descriptor->waits && !(flags & MSG_DONTWAIT))
        error = wait_for_bytes(link);
    return error ? told(link, error) : receive_now(link, buffer, size);
}

static ssize_t send_now(struct link *link, const unsigned char *bytes, size_t size)
{
    uint64_t room = link->out_room - link_queued(link);
    uint64_t count = size < room ? size : room;
    if (count == 0) {
        if (link->is_judged)
            judge_would_block(link);
        return calls_fail(EAGAIN);
    }
    count = some_of(count);
    if (link->is_judged)
        judge_sent(link, bytes, count);
    else
        demand(link_bytes_are(link->key, link->out_sent, bytes, (size_t)count), "every byte goes out in its place",
               link->fd);
    if (link_queued(link) == 0)
        link->out_moved_ns = clock_ns();
    link->out_sent += count;
    note("= bytes", link->fd, (int64_t)count);
    return (ssize_t)count;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
    calls_enter("send", fd);
    struct link *link = link_of(fd);
    link->told_ready = 0;
    demand((flags & MSG_NOSIGNAL) && (flags & MSG_DONTWAIT), "a send neither waits nor raises SIGPIPE", fd);
    int error = io_failure();
    if (error)
        return told(link, error);
    if (link->error)
        return take_error(link);
    if (link->is_dead || link->out_finished)
        return told(link, EPIPE);
    return send_now(link, bytes, size);
}

int __wrap_ioctl(int fd, unsigned long request, int *value)
{
    calls_enter("ioctl", fd);
    struct link *link = link_of(fd);
    demand(request == FIONREAD, "one request is known", (int64_t)request);
    if (link->is_judged)
        judge_asked(link);
    *value = (int)link_unread(link);
    return 0;
}
