/* Raw clients, made of io.h and of Check's assertions. */
#include "raw.h"

#include <check.h>
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "environment.h"
#include "io.h"
#include "pattern.h"

enum { FULL_MS = 300 };

int raw_connect(int port)
{
    return raw_connect_narrow(port, 0);
}

int raw_connect_narrow(int port, int receive_buffer_bytes)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    socklen_t size = sizeof(receive_buffer_bytes);
    if (receive_buffer_bytes > 0)
        ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, size), 0);
    struct sockaddr_in address = io_loopback_address(port);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

void raw_send(int fd, const uint8_t *bytes, size_t length)
{
    ck_assert_int_eq(io_send(fd, bytes, length, 0), 0);
}

size_t raw_send_until_full(int fd, const uint8_t *bytes, size_t length)
{
    size_t sent = 0;
    while (sent < length && io_wait(fd, POLLOUT, FULL_MS) != 0) {
        ssize_t count = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        ck_assert(count >= 0 || errno == EAGAIN);
        sent += count > 0 ? (size_t)count : 0;
    }
    return sent;
}

static size_t count_unacknowledged(int fd)
{
    int count = 0;
    ck_assert_int_eq(ioctl(fd, SIOCOUTQ, &count), 0);
    return (size_t)count;
}

size_t raw_count_arrived(int fd, size_t sent)
{
    return sent - count_unacknowledged(fd);
}

/** No event tells of an acknowledgement. */
void raw_wait_until_arrived(int fd)
{
    int64_t start_ns = clock_now_ns();
    while (count_unacknowledged(fd) > 0 && clock_ms_since(start_ns) < environment_patience_ms())
        sched_yield();
    ck_assert_uint_eq(count_unacknowledged(fd), 0);
}

size_t raw_receive_to_fin(int fd, uint8_t *bytes, size_t room)
{
    int64_t count = io_receive(fd, bytes, room);
    ck_assert_int_ge(count, 0);
    ck_assert_int_lt(count, (int64_t)room);
    return (size_t)count;
}

void raw_expect_bytes(int fd, const uint8_t *expected, size_t length)
{
    uint8_t *actual = bytes_new(length);
    ck_assert_int_eq(io_receive(fd, actual, length), (int64_t)length);
    assert_same_bytes(actual, expected, length);
    free(actual);
}

void raw_expect_fin(int fd)
{
    uint8_t byte = 0;
    ck_assert_int_eq(io_receive(fd, &byte, 1), 0);
}

size_t raw_expect_reset(int fd)
{
    uint8_t bytes[4096];
    size_t received = 0;
    int64_t count = 0;
    while ((count = io_receive_some(fd, bytes, sizeof(bytes))) > 0)
        received += (size_t)count;
    ck_assert_int_eq(count, -ECONNRESET);
    return received;
}

void raw_half_close(int fd)
{
    ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
}

/** Both directions of an exchange, as far as they have come. */
struct exchange {
    int fd;
    const uint8_t *message;
    size_t length;
    size_t sent;
    uint8_t *reply;
    size_t received;
    size_t chunk;
};

static void send_some(struct exchange *exchange)
{
    ssize_t count = send(exchange->fd, exchange->message + exchange->sent, exchange->length - exchange->sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
    ck_assert(count >= 0 || errno == EAGAIN);
    exchange->sent += count > 0 ? (size_t)count : 0;
    if (exchange->sent == exchange->length)
        raw_half_close(exchange->fd);
}

/** Returns 0 when FIN has come. There is room for one byte too many, so that such a byte shows. */
static int receive_some(struct exchange *exchange)
{
    size_t room = exchange->length + 1 - exchange->received;
    ssize_t count = recv(exchange->fd, exchange->reply + exchange->received,
                         room < exchange->chunk ? room : exchange->chunk, MSG_DONTWAIT);
    if (count < 0)
        ck_assert_msg(errno == EAGAIN, "errno %d after %zu bytes received, %zu sent", errno, exchange->received,
                      exchange->sent);
    exchange->received += count > 0 ? (size_t)count : 0;
    ck_assert_uint_le(exchange->received, exchange->length);
    return count == 0 ? 0 : 1;
}

static void run_exchange(struct exchange *exchange)
{
    int more = 1;
    if (exchange->length == 0)
        raw_half_close(exchange->fd);
    while (more) {
        short wanted = exchange->sent < exchange->length ? POLLIN | POLLOUT : POLLIN;
        int ready = io_wait(exchange->fd, wanted, environment_patience_ms());
        ck_assert_int_gt(ready, 0);
        if (ready & wanted & POLLOUT)
            send_some(exchange);
        if (ready & ~POLLOUT)
            more = receive_some(exchange);
    }
}

void raw_exchange(int fd, const uint8_t *message, size_t length, size_t chunk)
{
    struct exchange exchange = {.fd = fd, .message = message, .length = length, .chunk = chunk};
    exchange.reply = bytes_new(length);
    run_exchange(&exchange);
    ck_assert_uint_eq(exchange.received, length);
    assert_same_bytes(exchange.reply, message, length);
    free(exchange.reply);
    close(fd);
}

void raw_assert_served(int port)
{
    static const uint8_t message[] = "are others served?";
    raw_exchange(raw_connect(port), message, sizeof(message), sizeof(message));
}
