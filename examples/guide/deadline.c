/* A deadline kept by hand, with poll(2) and recv(2). Every 20 ms come a signal and a byte, and neither moves it. */
#include "plain.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t peer_fd;

static void send_a_byte(int signal_number)
{
    (void)signal_number;
    (void)send(peer_fd, "x", 1, MSG_NOSIGNAL);
}

static void send_bytes_every(suseconds_t period_us)
{
    struct sigaction action = {.sa_handler = send_a_byte};
    struct itimerval timer = {.it_interval.tv_usec = period_us, .it_value.tv_usec = period_us};
    must("sigaction", sigaction(SIGALRM, &action, NULL));
    must("setitimer", setitimer(ITIMER_REAL, &timer, NULL));
}

/* Whether there is something to receive: 1, or 0 not yet, or -errno. */
static int wait_readable(int fd, int64_t wait_ms)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    int ready = poll(&readable, 1, (int)wait_ms);
    return ready == -1 && errno != EINTR ? -errno : ready == 1;
}

/* Receives until there are size bytes. What has come is kept and counted, whatever the result: 0, or -errno. */
static int receive_until(int64_t deadline_ms, int fd, char *bytes, size_t size, size_t *received)
{
    while (*received < size) {
        int64_t left_ms = deadline_ms - now_ms();
        if (left_ms <= 0)
            return -ETIMEDOUT;
        int ready = wait_readable(fd, left_ms);
        if (ready < 0)
            return ready;
        ssize_t got = ready ? recv(fd, bytes + *received, size - *received, MSG_DONTWAIT) : -1;
        if (got == 0)
            return -ECONNABORTED; /* the end, too early */
        if (got > 0)
            *received += (size_t)got;
        else if (ready && errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    return 0;
}

int main(void)
{
    char bytes[1000];
    size_t received = 0;
    int port;
    int listen_fd = listen_anywhere(&port);
    int fd = connect_to(port);
    peer_fd = (int)must("accept", accept(listen_fd, NULL, NULL));
    send_bytes_every(20000);

    int64_t began_ms = now_ms();
    int result = receive_until(began_ms + 500, fd, bytes, sizeof bytes, &received);
    int64_t took_ms = now_ms() - began_ms;
    printf("%s after %" PRId64 " ms, with %zu of %zu bytes\n", se_error_name(result), took_ms, received, sizeof bytes);

    send_bytes_every(0);
    close(fd);
    close(peer_fd);
    close(listen_fd);
    return result != -ETIMEDOUT;
}
