/* The side that closes first keeps its end for a while (TIME_WAIT), and with it the port, unless all who use the port
 * have set SO_REUSEADDR.
 */
#include "plain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* 0, or -errno. */
static int bind_again(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = (int)must("socket", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    int result = bind(fd, (struct sockaddr *)&address, sizeof address) == -1 ? -errno : 0;
    close(fd);
    return result;
}

static void await_end_and_close(int fd)
{
    char byte;
    must("recv", recv(fd, &byte, 1, 0));
    close(fd);
}

/* A server by hand, without the option. It closes before its peer does. */
static int restart_without_option(void)
{
    int port;
    int listen_fd = listen_anywhere(&port);
    int peer_fd = connect_to(port);
    close((int)must("accept", accept(listen_fd, NULL, NULL)));
    await_end_and_close(peer_fd);
    close(listen_fd);
    return bind_again(port);
}

/* The library's server, which sets it. When it is stopped, it too closes before its peer does. */
static int restart_with_option(void)
{
    struct se_server *server;
    must_succeed("se_server_new", se_server_new(NULL, SE_PORT_ANY, &server));
    must_succeed("se_server_start", se_server_start(server));
    int port = se_server_port(server);
    int peer_fd = connect_to(port);
    se_server_stop(server);
    await_end_and_close(peer_fd);
    se_server_join(server);
    se_server_free(server);

    int result = se_server_new(NULL, port, &server);
    se_server_free(server);
    return result;
}

int main(void)
{
    int without = restart_without_option();
    printf("the port again, without SO_REUSEADDR: %s\n", se_error_name(without));
    int with = restart_with_option();
    printf("the port again, with SO_REUSEADDR: %s\n", se_error_name(with));
    return without != -EADDRINUSE || with != 0;
}
