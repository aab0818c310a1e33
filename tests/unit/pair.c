/* Connections as the library makes them, with the waits that its callers would do. */
#include "pair.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "environment.h"
#include "io.h"
#include "system/socket.h"

struct se__address pair_loopback(int port)
{
    struct se__address *list = NULL;
    ck_assert_int_eq(se__address_resolve(NULL, port, &list), 1);
    struct se__address address = list[0];
    free(list);
    return address;
}

int pair_listen(void)
{
    struct se__address address = pair_loopback(0);
    int fd = -1;
    ck_assert_int_eq(se__socket_listen(&address, &fd), 0);
    ck_assert_int_ge(fd, 0);
    return fd;
}

int pair_connect(int listen_fd)
{
    struct se__address address;
    int fd = -1;
    ck_assert_int_eq(se__socket_local_address(listen_fd, &address), 0);
    int result = se__socket_connect(&address, &fd);
    ck_assert(result == 0 || result == -EINPROGRESS);
    ck_assert_int_gt(io_wait(fd, POLLOUT, environment_patience_ms()), 0);
    ck_assert_int_eq(se__socket_connect_result(fd), 0);
    return fd;
}

int pair_connect_to_itself(void)
{
    struct sockaddr_in own = io_loopback_address(0);
    socklen_t size = sizeof(own);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&own, &size), 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&own, size), 0);
    return fd;
}

int pair_accept(int listen_fd)
{
    struct se__address peer;
    ck_assert_int_eq(io_wait(listen_fd, POLLIN, environment_patience_ms()), POLLIN);
    int fd = se__socket_accept(listen_fd, &peer);
    ck_assert_int_ge(fd, 0);
    return fd;
}

struct pair pair_open(void)
{
    struct pair pair = {.listen_fd = pair_listen()};
    pair.near = pair_connect(pair.listen_fd);
    pair.far = pair_accept(pair.listen_fd);
    return pair;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void pair_close(struct pair *pair)
{
    close_one(&pair->near);
    close_one(&pair->far);
    close_one(&pair->listen_fd);
}

void pair_await_pending(int fd, int bytes)
{
    int pending = 0;
    int64_t start_ns = clock_now_ns();
    while (pending < bytes && clock_ms_since(start_ns) < environment_patience_ms()) {
        ck_assert_int_gt(io_wait(fd, POLLIN, environment_patience_ms()), 0);
        ck_assert_int_eq(ioctl(fd, FIONREAD, &pending), 0);
    }
    ck_assert_int_eq(pending, bytes);
}

void pair_send_text(int fd, const char *text)
{
    ck_assert_int_eq(se__socket_send(fd, text, strlen(text)), (int64_t)strlen(text));
}

void pair_expect_text(int fd, const char *expected)
{
    char text[64] = "";
    pair_await_pending(fd, (int)strlen(expected));
    ck_assert_int_eq(se__socket_receive(fd, text, sizeof(text) - 1), (int64_t)strlen(expected));
    ck_assert_str_eq(text, expected);
}

int64_t pair_receive_next(int fd)
{
    uint8_t bytes[4096];
    ck_assert_int_gt(io_wait(fd, POLLIN, environment_patience_ms()), 0);
    return se__socket_receive(fd, bytes, sizeof(bytes));
}

size_t pair_send_until_full(int fd, const uint8_t *bytes)
{
    size_t sent = 0;
    int64_t count = 0;
    while (sent < PAIR_BYTES_MAX && (count = se__socket_send(fd, bytes + sent, PAIR_BYTES_MAX - sent)) >= 0)
        sent += (size_t)count;
    ck_assert_int_eq(count, -EAGAIN);
    return sent;
}
