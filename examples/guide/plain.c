/* Plain sockets for the guide's programs: to connect, to listen, and to end with a message when something fails. */
#include "plain.h"

#include <arpa/inet.h>
#include <sockecho.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int connect_to(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = (int)must("socket", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    must("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
    return fd;
}

int listen_anywhere(int *port_out)
{
    struct sockaddr_in address = loopback(0); /* bind(2) takes port 0 as: any free one */
    socklen_t size = sizeof address;
    int fd = (int)must("socket", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    must("bind", bind(fd, (struct sockaddr *)&address, size));
    must("listen", listen(fd, SOMAXCONN));
    must("getsockname", getsockname(fd, (struct sockaddr *)&address, &size));
    *port_out = ntohs(address.sin_port);
    return fd;
}

ssize_t must(const char *call, ssize_t result)
{
    if (result == -1) {
        perror(call);
        exit(1);
    }
    return result;
}

void must_succeed(const char *function, int result)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", function, se_strerror(result));
        exit(1);
    }
}

void sleep_ms(int64_t duration_ms)
{
    struct timespec duration = {.tv_sec = (time_t)(duration_ms / 1000),
                                .tv_nsec = (long)(duration_ms % 1000) * 1000000};
    nanosleep(&duration, NULL);
}

static int64_t milliseconds(clockid_t clock)
{
    struct timespec time;
    must("clock_gettime", clock_gettime(clock, &time));
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int64_t now_ms(void)
{
    return milliseconds(CLOCK_MONOTONIC);
}

int64_t busy_ms(void)
{
    return milliseconds(CLOCK_PROCESS_CPUTIME_ID);
}
