/* A signal ends a wait early, and to wait again with the same timeout starts it anew. A deadline stays where it is. */
#include "plain.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A handler that does nothing: the signal only interrupts. */
static void ignore(int signal_number)
{
    (void)signal_number;
}

static void send_signals_every(suseconds_t period_us)
{
    struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
    struct itimerval timer = {.it_interval.tv_usec = period_us, .it_value.tv_usec = period_us};
    must("sigaction", sigaction(SIGALRM, &action, NULL));
    must("setitimer", setitimer(ITIMER_REAL, &timer, NULL));
}

/* Waits for a byte that never comes: after EINTR again, as a program must. It gives up after 2.5 seconds. */
static int wait_with_a_timeout(int fd)
{
    struct timeval timeout = {.tv_sec = 1};
    char byte;
    int interruptions = 0;
    must("setsockopt", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
    int64_t began_ms = now_ms();
    while (recv(fd, &byte, 1, 0) == -1 && errno == EINTR && now_ms() - began_ms < 2500)
        interruptions++;
    int error = errno;
    printf("SO_RCVTIMEO of 1000 ms: %s after %" PRId64 " ms and %d signals\n", se_error_name(-error),
           now_ms() - began_ms, interruptions);
    return error;
}

int main(void)
{
    struct se_client *client;
    int port;
    int listen_fd = listen_anywhere(&port);
    int fd = connect_to(port);
    must_succeed("se_client_new", se_client_new(&client));
    must_succeed("se_client_connect", se_client_connect(client, NULL, port));
    send_signals_every(20000);

    int with_timeout = wait_with_a_timeout(fd);
    se_client_set_timeout(client, 1000);
    int64_t began_ms = now_ms();
    int with_deadline = se_client_echo(client, "hello", 5, NULL);
    printf("deadline of 1000 ms: %s after %" PRId64 " ms\n", se_error_name(with_deadline), now_ms() - began_ms);

    send_signals_every(0);
    se_client_free(client);
    close(fd);
    close(listen_fd);
    return with_timeout != EINTR || with_deadline != -ETIMEDOUT;
}
