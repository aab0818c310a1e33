/* The bytes of a peer follow from its number and their place, so that none needs to be kept. */
#include "observer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ledger.h"
#include "verdict.h"
#include "waits.h"

enum { PIECE = 16384, NARROW = 4096 };

static const int64_t patience_ns = INT64_C(15000000000);

static uint8_t byte_at(const struct observer *observer, size_t place)
{
    return (uint8_t)((size_t)observer->number * 89 + place * 7 + (place >> 8) * 13);
}

static bool is_reset(int error)
{
    return error == ECONNRESET || error == EPIPE || error == ECONNREFUSED || error == ENOTCONN || error == ENOENT;
}

static void fail(struct observer *observer, const char *what, int error)
{
    if (!is_reset(error))
        verdict_fail("peer %d: %s: errno %d", observer->number, what, error);
    observer->end = END_RESET;
}

static bool await(struct observer *observer, short events)
{
    struct pollfd watched = {.fd = observer->fd, .events = events};
    if (waits_poll(&watched, 1, patience_ns) > 0)
        return true;
    observer->end = END_VAIN;
    return false;
}

static void open_socket(struct observer *observer, int number, int family)
{
    *observer = (struct observer){.number = number};
    observer->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (observer->fd < 0)
        verdict_fail("peer %d: socket: errno %d", number, errno);
    ledger_watch_fd(observer->fd);
    const int on = 1;
    setsockopt(observer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void connect_to(struct observer *observer, int port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (connect(observer->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        fail(observer, "connect", errno);
}

void observer_connect(struct observer *observer, int number, int port)
{
    open_socket(observer, number, AF_INET);
    connect_to(observer, port);
}

void observer_connect_unix(struct observer *observer, int number, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    open_socket(observer, number, AF_UNIX);
    observer->has_no_reset = true;
    if (connect(observer->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        fail(observer, "connect", errno);
}

static void set_receive_buffer(const struct observer *observer, int size)
{
    if (setsockopt(observer->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) != 0)
        verdict_fail("peer %d: SO_RCVBUF: errno %d", observer->number, errno);
}

void observer_connect_narrow(struct observer *observer, int number, int port)
{
    open_socket(observer, number, AF_INET);
    set_receive_buffer(observer, NARROW);
    connect_to(observer, port);
}

/** Returns how many bytes went; 0 where none fits, or the connection has ended. */
static size_t send_piece(struct observer *observer, size_t length)
{
    uint8_t bytes[PIECE];
    size_t size = length < PIECE ? length : PIECE;
    for (size_t i = 0; i < size; i++)
        bytes[i] = byte_at(observer, observer->sent + i);
    ssize_t count = send(observer->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN)
        fail(observer, "send", errno);
    if (count <= 0)
        return 0;
    observer->sent += (size_t)count;
    observer->expected = observer->sent;
    return (size_t)count;
}

void observer_send(struct observer *observer, size_t length)
{
    while (length > 0 && observer->end == END_NONE && await(observer, POLLOUT))
        length -= send_piece(observer, length);
}

/** What the server takes while it echoes makes room for more. */
void observer_fill(struct observer *observer, size_t most)
{
    enum { MOMENT_NS = 1000000 };
    struct pollfd watched = {.fd = observer->fd, .events = POLLOUT};
    while (observer->sent < most && observer->end == END_NONE && waits_poll(&watched, 1, MOMENT_NS) > 0)
        send_piece(observer, most - observer->sent);
}

/** Bytes that reach the server when it has closed already are answered with RST: FIN was no lie then. The state of the
 * socket does not tell: who has half-closed is in TCP_CLOSE as soon as FIN comes, for TIME_WAIT is no part of it. */
static bool is_reset_now(const struct observer *observer)
{
    enum { MOMENT_NS = 100000000 };
    struct pollfd watched = {.fd = observer->fd};
    waits_poll(&watched, 1, MOMENT_NS);
    int error;
    socklen_t length = sizeof(error);
    return getsockopt(observer->fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error != 0;
}

static void end_in_order(struct observer *observer)
{
    bool is_complete = observer->received >= observer->expected;
    if (!is_complete && (observer->has_no_reset || is_reset_now(observer))) {
        observer->end = END_RESET;
        return;
    }
    if (!is_complete)
        verdict_fail("peer %d got FIN after %zu of %zu bytes", observer->number, observer->received,
                     observer->expected);
    observer->end = END_FIN;
}

static void look_at(struct observer *observer, const uint8_t *bytes, size_t count)
{
    if (observer->received + count > observer->sent)
        verdict_fail("peer %d got more than it sent", observer->number);
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != byte_at(observer, observer->received + i))
            verdict_fail("peer %d got a wrong byte at %zu", observer->number, observer->received + i);
    observer->received += count;
}

static void receive_piece(struct observer *observer)
{
    uint8_t bytes[PIECE];
    ssize_t count = recv(observer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (count > 0)
        look_at(observer, bytes, (size_t)count);
    else if (count == 0)
        end_in_order(observer);
    else if (errno != EAGAIN)
        fail(observer, "recv", errno);
}

void observer_expect_bytes(struct observer *observer, size_t count)
{
    while (observer->received < count && observer->end == END_NONE && await(observer, POLLIN))
        receive_piece(observer);
}

void observer_expect_echo(struct observer *observer)
{
    observer_expect_bytes(observer, observer->sent);
}

void observer_half_close(struct observer *observer)
{
    if (observer->end == END_NONE && shutdown(observer->fd, SHUT_WR) != 0)
        fail(observer, "shutdown", errno);
}

void observer_expect_end(struct observer *observer)
{
    observer_expect_bytes(observer, SIZE_MAX);
}

void observer_close(struct observer *observer)
{
    char name[FACT_NAME_SIZE];
    snprintf(name, sizeof(name), "end of peer %d", observer->number);
    story_tell(FACT_PEER, observer->number, name, observer->end);
    ledger_remove_fd(observer->fd);
    close(observer->fd);
}

void observer_end(struct observer *observer)
{
    observer_expect_end(observer);
    observer_close(observer);
}
