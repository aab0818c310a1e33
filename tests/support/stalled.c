/* With a backlog of 0 Linux queues one connection and then drops each SYN; other systems queue a few more. */
#include "stalled.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "environment.h"
#include "io.h"

enum { ANSWER_MS = 200 };

/** Returns whether the attempt was answered; its socket goes to those that are queued then. */
static bool queue_one(struct stalled_listener *listener)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(fd, 0);
    struct sockaddr_in address = io_loopback_address(listener->port);
    int result = connect(fd, (struct sockaddr *)&address, sizeof(address));
    ck_assert(result == 0 || errno == EINPROGRESS);
    bool answered = io_wait(fd, POLLOUT, ANSWER_MS * environment_slow_factor()) != 0;
    if (answered)
        listener->queued[listener->queued_count++] = fd;
    else
        close(fd);
    return answered;
}

bool stalled_begin(struct stalled_listener *listener)
{
    listener->queued_count = 0;
    listener->fd = io_listen(0, 0, &listener->port);
    ck_assert_int_ge(listener->fd, 0);
    while (listener->queued_count < STALLED_QUEUE_MAX) {
        if (!queue_one(listener))
            return true;
    }
    environment_skip("this system answers although the listener's queue is full");
    stalled_end(listener);
    return false;
}

void stalled_release(struct stalled_listener *listener)
{
    while (io_wait(listener->fd, POLLIN, 0) > 0) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        close(fd);
    }
}

void stalled_end(struct stalled_listener *listener)
{
    for (size_t i = 0; i < listener->queued_count; i++)
        close(listener->queued[i]);
    close(listener->fd);
}
