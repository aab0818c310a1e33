/* One side of an echo, for syscalls.sh to count its system calls and instructions.sh its instructions:
 *
 *   syscall_driver server epoll|poll
 *       serves on a free loopback port until SIGTERM; prints the port and its own process id when it is ready
 *   syscall_driver late echo
 *       the same, for one connection, a millisecond after each message: so late that every client has to wait
 *   syscall_driver client blocking|timeout|non-blocking PORT COUNT
 *       echoes COUNT messages of 64 bytes over one connection; prints how often it called poll(2) itself
 *   syscall_driver crowd CONNECTIONS PORT COUNT
 *       the same over so many connections, all at once
 */
#include <sockecho.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 64, TIMEOUT_MS = 10000 };

static struct se_server *server;

static void stop_server(int signal_number)
{
    (void)signal_number;
    se_server_stop(server);
}

static int failed(const char *what, int error)
{
    fprintf(stderr, "syscall_driver: %s: %s\n", what, se_strerror(error));
    return EXIT_FAILURE;
}

static int serve(const char *poller)
{
    int error = se_server_new(NULL, SE_PORT_ANY, &server);
    if (error != 0)
        return failed("server", error);
    error = se_server_set_poller(server, strcmp(poller, "poll") == 0 ? SE_POLLER_POLL : SE_POLLER_EPOLL);
    if (error != 0)
        return failed(poller, error);
    if (signal(SIGTERM, stop_server) == SIG_ERR)
        return failed("signal", -errno);
    printf("%d %ld\n", se_server_port(server), (long)getpid());
    fflush(stdout);
    error = se_server_run(server);
    se_server_free(server);
    return error == 0 ? EXIT_SUCCESS : failed("run", error);
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, 1) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return -1;
    printf("%d %ld\n", ntohs(address.sin_port), (long)getpid());
    fflush(stdout);
    return fd;
}

static int echo_late(void)
{
    unsigned char message[MESSAGE_SIZE];
    int listener = listen_somewhere();
    int fd = accept(listener, NULL, NULL);
    ssize_t count;
    while ((count = recv(fd, message, sizeof message, 0)) > 0) {
        poll(NULL, 0, 1);
        if (send(fd, message, (size_t)count, MSG_NOSIGNAL) != count)
            return EXIT_FAILURE;
    }
    return pause();
}

static int64_t timeout_of(const char *mode)
{
    if (strcmp(mode, "blocking") == 0)
        return SE_TIMEOUT_NONE;
    return strcmp(mode, "timeout") == 0 ? TIMEOUT_MS : 0;
}

/* Waits as the caller of a non-blocking client does. */
static int wait_for(struct se_client *client)
{
    struct pollfd entry = {.fd = se_client_fd(client), .events = (short)se_client_events(client)};
    return poll(&entry, 1, TIMEOUT_MS) == 1 ? 0 : -ETIMEDOUT;
}

static int echo_once(struct se_client *client, long *polls)
{
    unsigned char message[MESSAGE_SIZE] = "sixty-four bytes";
    int error;
    while ((error = se_client_echo(client, message, sizeof message, NULL)) == -EAGAIN) {
        (*polls)++;
        error = wait_for(client);
        if (error != 0)
            return error;
    }
    return error;
}

static int echo_many(struct se_client *client, const char *mode, int port, long count)
{
    int error = se_client_connect(client, NULL, port);
    if (error == 0)
        error = se_client_set_timeout(client, timeout_of(mode));
    long polls = 0;
    for (long i = 0; i < count && error == 0; i++)
        error = echo_once(client, &polls);
    printf("%ld\n", polls);
    return error == 0 ? EXIT_SUCCESS : failed("client", error);
}

static int echo_in_crowd(int connections, int port, long count)
{
    struct se_load *load;
    int error = se_load_new(&load);
    if (error != 0)
        return failed("crowd", error);
    error = se_load_set_connections(load, connections);
    if (error == 0)
        error = se_load_set_count(load, count);
    if (error == 0)
        error = se_load_run(load, NULL, port);
    if (error == 0 && se_load_stat(load, SE_LOAD_RETURNED) != count)
        error = SE_ECLOSED;
    se_load_free(load);
    return error == 0 ? EXIT_SUCCESS : failed("crowd", error);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "server") == 0)
        return serve(argv[2]);
    if (argc == 3 && strcmp(argv[1], "late") == 0)
        return echo_late();
    if (argc == 5 && strcmp(argv[1], "crowd") == 0)
        return echo_in_crowd(atoi(argv[2]), atoi(argv[3]), atol(argv[4]));
    struct se_client *client;
    if (argc != 5 || strcmp(argv[1], "client") != 0 || se_client_new(&client) != 0)
        return EXIT_FAILURE;
    int status = echo_many(client, argv[2], atoi(argv[3]), atol(argv[4]));
    se_client_free(client);
    return status;
}
