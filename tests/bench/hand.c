/* An echo client as one writes it by hand: see hand.h. */
#include "hand.h"

#include "measure.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const int64_t NS_PER_MS = 1000000;
static const int64_t NEVER_NS = -1;

void hand_connect(struct hand *hand, const struct bench_place *place)
{
    hand->fd = bench_connect(place);
    hand->buffer = malloc(HAND_BUFFER_SIZE);
    if (hand->buffer == NULL)
        bench_die("no memory for a buffer");
}

void hand_close(struct hand *hand)
{
    close(hand->fd);
    free(hand->buffer);
}

/* How many bytes moved; 0 where the call would have to wait. */
static size_t moved(ssize_t count, const char *what)
{
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        bench_die("cannot %s: %s", what, strerror(errno));
    return count > 0 ? (size_t)count : 0;
}

static size_t send_some(const struct hand *hand, const char *bytes, size_t length, int flags)
{
    return moved(send(hand->fd, bytes, length, flags | MSG_NOSIGNAL), "send");
}

static size_t receive_some(const struct hand *hand, const char *expected, size_t length, int flags)
{
    size_t room = length < HAND_BUFFER_SIZE ? length : HAND_BUFFER_SIZE;
    ssize_t received = recv(hand->fd, hand->buffer, room, flags);
    if (received == 0)
        bench_die("the server has closed the connection");
    size_t count = moved(received, "receive");
    if (hand->is_checked && memcmp(hand->buffer, expected, count) != 0)
        bench_die("a wrong byte came back");
    return count;
}

static int wait_for(const struct hand *hand, short events, int64_t deadline_ns)
{
    struct pollfd ready = {.fd = hand->fd, .events = events};
    int left_ms = -1;
    if (deadline_ns != NEVER_NS) {
        int64_t left_ns = deadline_ns - bench_now_ns();
        left_ms = left_ns > 0 ? (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
    }
    int count = poll(&ready, 1, left_ms);
    if (count == 0)
        bench_die("no echo in time");
    if (count < 0 && errno != EINTR)
        bench_die("cannot wait: %s", strerror(errno));
    return count > 0 ? ready.revents : 0;
}

void hand_echo_blocking(struct hand *hand, const char *message, size_t length)
{
    size_t at = 0;
    while (at < length)
        at += send_some(hand, message + at, length - at, 0);
    at = 0;
    while (at < length)
        at += receive_some(hand, message + at, length - at, 0);
}

void hand_echo_polling(struct hand *hand, const char *message, size_t length)
{
    int64_t deadline_ns = hand->timeout_ms < 0 ? NEVER_NS : bench_now_ns() + hand->timeout_ms * NS_PER_MS;
    size_t at = send_some(hand, message, length, MSG_DONTWAIT);
    while (at < length) {
        wait_for(hand, POLLOUT, deadline_ns);
        at += send_some(hand, message + at, length - at, MSG_DONTWAIT);
    }
    at = 0;
    while (at < length) {
        wait_for(hand, POLLIN, deadline_ns);
        at += receive_some(hand, message + at, length - at, MSG_DONTWAIT);
    }
}

void hand_echo_bulk(struct hand *hand, const char *message, size_t length)
{
    size_t sent = 0;
    size_t received = 0;
    while (received < length) {
        int ready = wait_for(hand, sent < length ? POLLIN | POLLOUT : POLLIN, NEVER_NS);
        if (ready & POLLOUT)
            sent += send_some(hand, message + sent, length - sent, MSG_DONTWAIT);
        if (ready & ~POLLOUT)
            received += receive_some(hand, message + received, length - received, MSG_DONTWAIT);
    }
}
