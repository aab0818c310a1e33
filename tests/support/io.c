/* The sockets block, but every call on them is made only when poll(2) says that it will not. */
#include "io.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "environment.h"

/** Valgrind looks at every byte of room that a call is given. */
enum { CHUNK_MAX = 65536 };

struct sockaddr_in io_loopback_address(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int bind_and_listen(int fd, int backlog, int receive_buffer_bytes, int *port_out)
{
    if (receive_buffer_bytes > 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes)) < 0)
        return -errno;
    struct sockaddr_in address = io_loopback_address(0);
    socklen_t size = sizeof(address);
    if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, backlog) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return -errno;
    *port_out = ntohs(address.sin_port);
    return 0;
}

int io_listen(int backlog, int receive_buffer_bytes, int *port_out)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int result = bind_and_listen(fd, backlog, receive_buffer_bytes, port_out);
    if (result == 0)
        return fd;
    close(fd);
    return result;
}

int io_wait(int fd, short events, int timeout_ms)
{
    struct pollfd entry = {.fd = fd, .events = events};
    int ready = 0;
    do {
        ready = poll(&entry, 1, timeout_ms);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return -errno;
    return ready == 0 ? 0 : entry.revents;
}

static int wait_patiently(int fd, short events)
{
    int ready = io_wait(fd, events, environment_patience_ms());
    return ready == 0 ? -ETIMEDOUT : ready;
}

static bool may_try_again(void)
{
    return errno == EINTR || errno == EAGAIN;
}

int io_send(int fd, const uint8_t *bytes, size_t length, int flags)
{
    while (length > 0) {
        int ready = wait_patiently(fd, POLLOUT);
        if (ready < 0)
            return ready;
        ssize_t sent = send(fd, bytes, length, flags | MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && !may_try_again())
            return -errno;
        bytes += sent > 0 ? sent : 0;
        length -= sent > 0 ? (size_t)sent : 0;
    }
    return 0;
}

int64_t io_receive_some(int fd, uint8_t *bytes, size_t size)
{
    for (;;) {
        int ready = wait_patiently(fd, POLLIN);
        if (ready < 0)
            return ready;
        ssize_t count = recv(fd, bytes, size, MSG_DONTWAIT);
        if (count >= 0 || !may_try_again())
            return count >= 0 ? count : -errno;
    }
}

int64_t io_receive(int fd, uint8_t *bytes, size_t length)
{
    size_t received = 0;
    while (received < length) {
        size_t left = length - received;
        int64_t count = io_receive_some(fd, bytes + received, left < CHUNK_MAX ? left : CHUNK_MAX);
        if (count < 0)
            return count;
        if (count == 0)
            break;
        received += (size_t)count;
    }
    return (int64_t)received;
}

void io_reset(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
}
