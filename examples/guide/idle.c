/* A peer that is there but says nothing: its kernel answers every question, so only a limit of the server's ends it. */
#include "plain.h"

#include <inttypes.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    struct se_server *server;
    char reply[5];
    must_succeed("se_server_new", se_server_new(NULL, SE_PORT_ANY, &server));
    se_server_set_idle_timeout(server, 500);
    must_succeed("se_server_start", se_server_start(server));

    int fd = connect_to(se_server_port(server));
    int64_t began_ms = now_ms();
    must("send", send(fd, "hello", sizeof reply, MSG_NOSIGNAL));
    printf("recv: %zd bytes\n", must("recv", recv(fd, reply, sizeof reply, MSG_WAITALL)));
    ssize_t end = must("recv", recv(fd, reply, sizeof reply, 0));
    int64_t waited_ms = now_ms() - began_ms;
    printf("recv: %zd bytes after %" PRId64 " ms of silence, which is the end\n", end, waited_ms);
    close(fd);

    se_server_stop(server);
    se_server_join(server);
    printf("server: ended %" PRId64 " idle connection\n", se_server_stat(server, SE_STAT_IDLE));
    se_server_free(server);
    return end != 0 || waited_ms < 500;
}
