/* Plays the service manager for the tests of sockecho-server: it receives datagrams at a unix socket, which its
 * argument names as NOTIFY_SOCKET would, and prints each as a line. It prints "ready" first. When its stdin ends it
 * prints what is still queued and ends.
 */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LIFETIME_SECONDS = 60 };

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int bind_to(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if (length >= sizeof address.sun_path) {
        fputs("the name is too long\n", stderr);
        exit(2);
    }
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, size) < 0)
        die("bind");
    return fd;
}

static void print_line(const char *text, size_t length)
{
    printf("%.*s\n", (int)length, text);
    if (fflush(stdout) != 0)
        die("stdout");
}

static void print_queued(int fd)
{
    char text[256];
    ssize_t length;
    while ((length = recv(fd, text, sizeof text, MSG_DONTWAIT)) >= 0)
        print_line(text, (size_t)length);
    if (errno != EAGAIN)
        die("recv");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: notify-receiver NAME\n", stderr);
        return 2;
    }
    alarm(LIFETIME_SECONDS);
    int fd = bind_to(argv[1]);
    print_line("ready", strlen("ready"));
    struct pollfd watched[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    while (watched[0].revents == 0) {
        if (poll(watched, 2, -1) < 0)
            die("poll");
        print_queued(fd);
    }
    return 0;
}
