/* A client sends and does not receive. The server stops receiving, the kernel's buffers fill, and the client must wait.
 * Not one byte is lost.
 */
#include "plain.h"

#include <inttypes.h>
#include <poll.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HELD_MAX = 256 * 1024 };

/* Sends until the socket has taken nothing for a second. */
static int64_t send_until_stuck(int fd)
{
    static char bytes[65536];
    struct pollfd writable = {.fd = fd, .events = POLLOUT};
    int64_t total = 0;
    while (must("poll", poll(&writable, 1, 1000)) == 1)
        total += must("send", send(fd, bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT));
    return total;
}

static int64_t receive_until_end(int fd)
{
    static char bytes[65536];
    int64_t total = 0;
    ssize_t received;
    while ((received = must("recv", recv(fd, bytes, sizeof bytes, 0))) > 0)
        total += received;
    return total;
}

int main(void)
{
    struct se_server *server;
    must_succeed("se_server_new", se_server_new(NULL, SE_PORT_ANY, &server));
    must_succeed("se_server_start", se_server_start(server));

    int fd = connect_to(se_server_port(server));
    int64_t sent = send_until_stuck(fd);
    int64_t held = se_server_stat(server, SE_STAT_RECEIVED_BYTES) - se_server_stat(server, SE_STAT_ECHOED_BYTES);
    printf("the client is stuck after %" PRId64 " bytes\n", sent);
    printf("of these the server itself holds %" PRId64 ", the kernel the rest\n", held);

    must("shutdown", shutdown(fd, SHUT_WR));
    int64_t received = receive_until_end(fd);
    printf("now the client receives: %s came back\n", received == sent ? "every byte" : "not every byte");
    close(fd);
    se_server_free(server);
    return received != sent || held > HELD_MAX;
}
