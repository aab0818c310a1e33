/* Raw peers. None of their calls waits for longer than 5 s: what does not come by then fails the check. */
#define _POSIX_C_SOURCE 200809L

#include "raw-peer.h"

#include "fixture.h"
#include "frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int raw_connect(const char *host, int port, int receive_bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const struct timeval limit = {5, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, host, &address.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (receive_bytes > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

int peer_of(const struct se_server *server)
{
    int peer = raw_connect("127.0.0.1", se_server_port(server), 0);
    expect_true(peer >= 0, "a raw peer connects");
    return peer;
}

void close_with_reset(int fd)
{
    const struct linger now = {1, 0};
    expect_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0, "SO_LINGER");
    close(fd);
}

int64_t read_to_end(int fd, void *buffer, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t count = recv(fd, (char *)buffer + length, size - length, 0);
        if (count == 0)
            break;
        if (count < 0)
            return -errno;
        length += (size_t)count;
    }
    return (int64_t)length;
}

void expect_end(int fd, int64_t wanted)
{
    char *buffer = malloc(1 << 16);
    int64_t count = 1;
    while (buffer != NULL && count > 0) {
        count = recv(fd, buffer, 1 << 16, 0);
        count = count < 0 ? -errno : count;
    }
    expect_equal(count, wanted, "the end of the connection");
    free(buffer);
}

void expect_echo(int fd, const void *text, size_t length)
{
    char reply[16] = "";
    size_t got = 0;
    expect_equal(send(fd, text, length, MSG_NOSIGNAL), (int64_t)length, "send");
    while (got < length) {
        ssize_t count = recv(fd, reply + got, length - got, 0);
        if (count <= 0)
            break;
        got += (size_t)count;
    }
    expect_equal((int64_t)got, (int64_t)length, "bytes that came back");
    expect_equal(memcmp(reply, text, length), 0, "the bytes");
}

static size_t send_what_fits(int fd, const unsigned char *message, size_t length)
{
    size_t sent = 0;
    while (sent < length) {
        ssize_t count = send(fd, message + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count <= 0)
            break;
        sent += (size_t)count;
    }
    return sent;
}

void expect_exact_echo(int fd, size_t length, size_t slice)
{
    unsigned char *message = new_message(length);
    unsigned char *reply = new_message(length);
    size_t sent = 0;
    size_t got = 0;
    memset(reply, 0xFF, length);
    while (sent < length) {
        sent += send_what_fits(fd, message + sent, length - sent);
        if (sent == length)
            break;
        ssize_t count = recv(fd, reply + got, slice < length - got ? slice : length - got, 0);
        if (count <= 0)
            break;
        got += (size_t)count;
    }
    expect_equal(shutdown(fd, SHUT_WR), 0, "half-close");
    expect_equal(read_to_end(fd, reply + got, length + 1 - got) + (int64_t)got, (int64_t)length, "bytes before FIN");
    expect_equal(memcmp(reply, message, length), 0, "the bytes");
    free(message);
    free(reply);
}

void wait_until_arrived(int fd)
{
    int unacknowledged = 1;
    while (ioctl(fd, TIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0)
        poll(NULL, 0, 1);
    expect_equal(unacknowledged, 0, "bytes on their way");
}

int raw_listener(int backlog, int *port_out)
{
    const struct timeval limit = {5, 0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    expect_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0, "SO_RCVTIMEO");
    expect_equal(bind(fd, (struct sockaddr *)&address, size), 0, "bind");
    expect_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0, "getsockname");
    expect_true(backlog < 0 || listen(fd, backlog) == 0, "listen");
    *port_out = ntohs(address.sin_port);
    return fd;
}

struct se_client *client_of_raw_peer(int *peer_out)
{
    int port = 0;
    int listener = raw_listener(1, &port);
    struct se_client *client = new_client();
    expect_equal(se_client_connect(client, NULL, port), 0, "connect");
    *peer_out = accept(listener, NULL, NULL);
    expect_true(*peer_out >= 0, "accept");
    close(listener);
    return client;
}

void peer_says(int peer, const char *text)
{
    expect_equal(send(peer, text, strlen(text), MSG_NOSIGNAL), (int64_t)strlen(text), "the peer sends");
}

void end_pair(struct se_client *client, int peer)
{
    se_client_free(client);
    close(peer);
}

struct se_server *server_of_a_stuck_peer(int *peer_out)
{
    const int small = 4096;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct se_server *server = NULL;
    unsigned char *message = new_message(20000);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    expect_equal(setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0, "SO_SNDBUF");
    expect_equal(bind(listener, (struct sockaddr *)&address, sizeof address) + listen(listener, 2), 0, "listen");
    expect_equal(se_server_new_from_fd(listener, &server), 0, "se_server_new_from_fd");
    *peer_out = raw_connect("127.0.0.1", se_server_port(server), small);
    expect_equal(send(*peer_out, message, 20000, MSG_NOSIGNAL), 20000, "send");
    wait_until_arrived(*peer_out);
    expect_equal(se_server_set_blocking(server, 0), 0, "non-blocking");
    expect_equal(se_server_run(server), -EAGAIN, "run");
    expect_equal(se_server_set_blocking(server, 1), 0, "blocking");
    free(message);
    return server;
}
