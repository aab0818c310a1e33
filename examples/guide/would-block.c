/* A non-blocking socket says EAGAIN where a blocking one would wait, and poll(2) waits until it pays to ask again. */
#include "plain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void receive(int fd)
{
    char bytes[100];
    ssize_t received = recv(fd, bytes, sizeof bytes, 0);
    if (received == -1)
        printf("recv: %s\n", se_error_name(-errno));
    else
        printf("recv: %zd bytes\n", received);
}

static void wait_for(int fd, short events, const char *event_name)
{
    struct pollfd watched = {.fd = fd, .events = events};
    must("poll", poll(&watched, 1, -1));
    printf("poll: %s\n", watched.revents == events ? event_name : "something else");
}

/* Sends until the kernel takes no more; the last send may have taken a part of its bytes. */
static size_t fill(int fd)
{
    static char bytes[65536];
    size_t total = 0;
    for (;;) {
        ssize_t sent = send(fd, bytes, sizeof bytes, MSG_NOSIGNAL);
        if (sent == -1) {
            printf("send: %s, after %zu bytes\n", se_error_name(-errno), total);
            return total;
        }
        total += (size_t)sent;
    }
}

static void drain(int fd, size_t total)
{
    char bytes[65536];
    while (total > 0)
        total -= (size_t)must("recv", recv(fd, bytes, sizeof bytes, 0));
}

int main(void)
{
    int port;
    int listen_fd = listen_anywhere(&port);
    int fd = connect_to(port);
    int peer_fd = (int)must("accept", accept(listen_fd, NULL, NULL));
    int flags = (int)must("fcntl", fcntl(fd, F_GETFL));
    must("fcntl", fcntl(fd, F_SETFL, flags | O_NONBLOCK));

    receive(fd);
    must("send", send(peer_fd, "hello", 5, MSG_NOSIGNAL));
    wait_for(fd, POLLIN, "POLLIN");
    receive(fd);

    size_t total = fill(fd);
    drain(peer_fd, total);
    wait_for(fd, POLLOUT, "POLLOUT");
    printf("send: %zd bytes\n", must("send", send(fd, "hello", 5, MSG_NOSIGNAL)));

    close(fd);
    close(peer_fd);
    close(listen_fd);
    return 0;
}
