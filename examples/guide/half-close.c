/* FIN ends one direction. The client says that it has no more to send, and still receives all that is on its way. */
#include "plain.h"

#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const char message[100000];

int main(void)
{
    struct se_server *server;
    char bytes[4096];
    must_succeed("se_server_new", se_server_new(NULL, SE_PORT_ANY, &server));
    must_succeed("se_server_start", se_server_start(server));

    int fd = connect_to(se_server_port(server));
    printf("sent %zd bytes\n", must("send", send(fd, message, sizeof message, MSG_NOSIGNAL)));
    must("shutdown", shutdown(fd, SHUT_WR));
    printf("sent FIN\n");
    size_t total = 0;
    ssize_t received;
    while ((received = must("recv", recv(fd, bytes, sizeof bytes, 0))) > 0)
        total += (size_t)received;
    printf("received %zu bytes\nreceived FIN\n", total);
    close(fd);

    se_server_free(server);
    return total != sizeof message;
}
