/* A peer for the tests of sockecho-client that does wrong. It listens on a free port of 127.0.0.1, prints the port,
 * serves one connection after the other, each as one of its arguments says, and ends. The client is expected to send
 * five bytes.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 5, LIFETIME_SECONDS = 60, BACKLOG = 8 };

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, BACKLOG) < 0)
        die("listen");
    return fd;
}

static void print_port(int listen_fd)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    if (getsockname(listen_fd, (struct sockaddr *)&address, &size) < 0)
        die("getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

static int accept_one(int listen_fd)
{
    int fd = accept(listen_fd, NULL, NULL);
    if (fd < 0)
        die("accept");
    return fd;
}

static void receive_message(int fd, char message[MESSAGE_SIZE])
{
    if (recv(fd, message, MESSAGE_SIZE, MSG_WAITALL) != MESSAGE_SIZE)
        die("recv");
}

static void send_bytes(int fd, const char *bytes, size_t count)
{
    if (send(fd, bytes, count, MSG_NOSIGNAL) != (ssize_t)count)
        die("send");
}

static void wait_for_fin(int fd)
{
    char byte;
    while (recv(fd, &byte, 1, 0) > 0)
        continue;
}

static void stay_silent(int fd)
{
    wait_for_fin(fd);
}

static void change_third_byte(int fd)
{
    char message[MESSAGE_SIZE];
    receive_message(fd, message);
    message[2] ^= 1;
    send_bytes(fd, message, MESSAGE_SIZE);
    wait_for_fin(fd);
}

static void close_after_three_bytes(int fd)
{
    char message[MESSAGE_SIZE];
    receive_message(fd, message);
    send_bytes(fd, message, 3);
    shutdown(fd, SHUT_WR);
    wait_for_fin(fd);
}

/* The byte goes out after the client's FIN, when the echo itself is over. */
static void send_one_byte_more(int fd)
{
    char message[MESSAGE_SIZE];
    receive_message(fd, message);
    send_bytes(fd, message, MESSAGE_SIZE);
    wait_for_fin(fd);
    send_bytes(fd, "!", 1);
}

static void echo_until_fin(int fd)
{
    char bytes[4096];
    ssize_t count;
    while ((count = recv(fd, bytes, sizeof bytes, 0)) > 0)
        send_bytes(fd, bytes, (size_t)count);
}

/* All is back, but the client never learns that it was all. */
static void echo_without_fin(int fd)
{
    echo_until_fin(fd);
    pause();
}

static void print_message(const char message[MESSAGE_SIZE])
{
    printf("received ");
    for (int i = 0; i < MESSAGE_SIZE; i++)
        printf("%02x", (unsigned char)message[i]);
    printf("\n");
    fflush(stdout);
}

/* Says so when the first message is there, holds its echo back until stdin has something to read, or an end, and says
 * so when it has sent it.
 */
static void hold_first_echo(int fd)
{
    char message[MESSAGE_SIZE];
    char word;
    receive_message(fd, message);
    print_message(message);
    if (read(STDIN_FILENO, &word, 1) < 0)
        die("read");
    send_bytes(fd, message, MESSAGE_SIZE);
    puts("sent");
    fflush(stdout);
    echo_until_fin(fd);
}

static void reset(int fd)
{
    char message[MESSAGE_SIZE];
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    receive_message(fd, message);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

struct script {
    const char *name;
    void (*play)(int fd);
};

static const struct script scripts[] = {{"echo", echo_until_fin},
                                        {"endless", echo_without_fin},
                                        {"silent", stay_silent},
                                        {"wrong", change_third_byte},
                                        {"short", close_after_three_bytes},
                                        {"long", send_one_byte_more},
                                        {"hold", hold_first_echo},
                                        {"reset", reset}};

static const struct script *find_script(const char *name)
{
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        if (strcmp(name, scripts[i].name) == 0)
            return &scripts[i];
    return NULL;
}

static void serve_one(int listen_fd, const struct script *script)
{
    int fd = accept_one(listen_fd);
    script->play(fd);
    close(fd);
}

int main(int argc, char **argv)
{
    alarm(LIFETIME_SECONDS);
    for (int i = 1; i < argc; i++) {
        if (find_script(argv[i]) == NULL) {
            fputs("usage: scripted-peer echo|silent|wrong|short|long|hold|reset...\n", stderr);
            return 2;
        }
    }
    int listen_fd = listen_on_loopback();
    print_port(listen_fd);
    for (int i = 1; i < argc; i++)
        serve_one(listen_fd, find_script(argv[i]));
    return 0;
}
