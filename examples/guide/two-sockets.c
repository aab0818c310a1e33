/* A server by hand has two sockets: one listens, and accept(2) makes the other one, which is the connection. */
#include "plain.h"

#include <arpa/inet.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void print_port(const char *whose, int (*get_name)(int, struct sockaddr *, socklen_t *), int fd)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    must(whose, get_name(fd, (struct sockaddr *)&address, &size));
    printf("%s: port %d\n", whose, ntohs(address.sin_port));
}

/* One recv, whatever it gives: a message that comes in two pieces would be echoed by half. */
static void echo_once(int connection_fd)
{
    char bytes[100];
    ssize_t received = must("recv", recv(connection_fd, bytes, sizeof bytes, 0));
    ssize_t sent = must("send", send(connection_fd, bytes, (size_t)received, MSG_NOSIGNAL));
    printf("the server received %zd bytes and sent %zd\n", received, sent);
}

int main(void)
{
    struct se_client *client;
    int port;
    int listen_fd = listen_anywhere(&port);
    print_port("the listening socket", getsockname, listen_fd);

    must_succeed("se_client_new", se_client_new(&client));
    must_succeed("se_client_connect", se_client_connect(client, NULL, port));
    printf("the client is connected, and nobody has called accept yet\n");
    se_client_set_blocking(client, 0);
    printf("the client sends hello: %s\n", se_error_name(se_client_echo(client, "hello", 5, NULL)));

    int connection_fd = (int)must("accept", accept(listen_fd, NULL, NULL));
    print_port("the accepted socket, this end", getsockname, connection_fd);
    print_port("the accepted socket, the other end", getpeername, connection_fd);
    echo_once(connection_fd);
    se_client_set_blocking(client, 1);
    int result = se_client_echo(client, "hello", 5, NULL);
    printf("the client has its echo: %s\n", se_error_name(result));

    se_client_free(client);
    close(connection_fd);
    close(listen_fd);
    return result < 0;
}
