/* Hands a socket over to a program as a service manager does: opens descriptor 3 as its first argument says, sets
 * LISTEN_PID and LISTEN_FDS to the next two, and becomes the program. "own" stands for its own process id, which stays
 * that of the program; "unset" leaves a variable out.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HANDED_OVER = 3 };

static void die(const char *what)
{
    perror(what);
    exit(126);
}

static void hand_over(int fd)
{
    if (fd < 0)
        die("socket");
    if (fd != HANDED_OVER && (dup2(fd, HANDED_OVER) < 0 || close(fd) < 0))
        die("dup2");
}

static void open_listener(void)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 5) < 0)
        die("listen");
    hand_over(fd);
}

static void open_unconnected(void)
{
    hand_over(socket(AF_INET, SOCK_STREAM, 0));
}

static void open_datagram(void)
{
    hand_over(socket(AF_INET, SOCK_DGRAM, 0));
}

static void open_pipe(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        die("pipe");
    hand_over(ends[0]);
}

static void open_nothing(void)
{
    close(HANDED_OVER);
}

static void set_variable(const char *name, const char *value)
{
    char own[32];
    snprintf(own, sizeof own, "%ld", (long)getpid());
    if (strcmp(value, "unset") == 0)
        unsetenv(name);
    else
        setenv(name, strcmp(value, "own") == 0 ? own : value, 1);
}

struct kind {
    const char *name;
    void (*open)(void);
};

int main(int argc, char **argv)
{
    static const struct kind kinds[] = {{"listener", open_listener},
                                        {"unconnected", open_unconnected},
                                        {"datagram", open_datagram},
                                        {"pipe", open_pipe},
                                        {"nothing", open_nothing}};
    for (size_t i = 0; argc > 4 && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(argv[1], kinds[i].name) != 0)
            continue;
        kinds[i].open();
        set_variable("LISTEN_PID", argv[2]);
        set_variable("LISTEN_FDS", argv[3]);
        execv(argv[4], argv + 4);
        die(argv[4]);
    }
    fputs("usage: socket-launcher listener|unconnected|datagram|pipe|nothing PID COUNT PROGRAM [ARGUMENT]...\n",
          stderr);
    return 2;
}
