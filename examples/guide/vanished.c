/* A peer vanishes and says nothing. The server's kernel asks, gets no answer, and the server gives the peer up. When
 * the peer is back, it still believes in the connection until it says something.
 */
#include "plain.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void vanish(int fd)
{
    struct sock_filter drop_all = {.code = BPF_RET | BPF_K, .k = 0};
    struct sock_fprog program = {.len = 1, .filter = &drop_all};
    must("setsockopt", setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

static void come_back(int fd)
{
    int unused = 0;
    must("setsockopt", setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused));
}

static void send_and_receive(int fd)
{
    char reply[100];
    printf("peer: send: %zd bytes\n", must("send", send(fd, "hello", 5, MSG_NOSIGNAL)));
    ssize_t received = recv(fd, reply, sizeof reply, 0);
    if (received == -1)
        printf("peer: recv: %s\n", se_error_name(-errno));
    else
        printf("peer: recv: %zd bytes\n", received);
}

static int stop_when_closed(struct se_server *server, int event, const struct se_connection *connection,
                            void *user_data)
{
    (void)connection;
    (void)user_data;
    if (event == SE_EVENT_CLOSED)
        se_server_stop(server);
    return 0;
}

int main(void)
{
    struct se_server *server;
    must_succeed("se_server_new", se_server_new(NULL, SE_PORT_ANY, &server));
    se_server_set_keepalive(server, 1);        /* ask after a second of silence */
    se_server_set_stall_timeout(server, 1000); /* and give up when nothing has come for another second */
    se_server_set_callback(server, stop_when_closed, NULL);
    must_succeed("se_server_start", se_server_start(server));

    int fd = connect_to(se_server_port(server));
    send_and_receive(fd);
    vanish(fd);
    int64_t began_ms = now_ms();
    se_server_join(server);
    int64_t stalled = se_server_stat(server, SE_STAT_STALLED);
    printf("server: gave up %" PRId64 " peer after %" PRId64 " ms\n", stalled, now_ms() - began_ms);
    come_back(fd);
    send_and_receive(fd);

    close(fd);
    se_server_free(server);
    return stalled != 1;
}
