/* recv(2) blocks: it returns when the echo is there, here after 300 ms, and the thread sleeps until then. */
#include "plain.h"

#include <inttypes.h>
#include <pthread.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* The server listens from the beginning, but serves nobody until this thread has slept. */
static void *start_late(void *server)
{
    sleep_ms(300);
    must_succeed("se_server_start", se_server_start(server));
    return NULL;
}

int main(void)
{
    struct se_server *server;
    pthread_t starter;
    char reply[100];
    must_succeed("se_server_new", se_server_new(NULL, SE_PORT_ANY, &server));
    int fd = connect_to(se_server_port(server));

    int64_t began_ms = now_ms();
    if (pthread_create(&starter, NULL, start_late, server) != 0)
        return 1;
    printf("send: %zd bytes\n", must("send", send(fd, "hello", 5, MSG_NOSIGNAL)));
    int64_t sent_ms = now_ms();
    printf("recv: %zd bytes\n", must("recv", recv(fd, reply, sizeof reply, 0)));
    int64_t received_ms = now_ms();
    printf("recv took %" PRId64 " ms\n", received_ms - sent_ms);
    printf("meanwhile the processor was busy for %" PRId64 " ms\n", busy_ms());

    close(fd);
    pthread_join(starter, NULL);
    se_server_free(server);
    return received_ms - began_ms < 300;
}
