/* A timeout restarts with every byte, a deadline does not. The peer here sends 20 bytes, one every 100 ms. */
#include "plain.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sockecho.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 20 };

static const char message[MESSAGE_SIZE] = "twenty bytes of text";

/* A slow echo server by hand, for two peers, one after the other. */
static void *echo_slowly(void *listen_fd)
{
    for (int peers = 0; peers < 2; peers++) {
        char bytes[MESSAGE_SIZE];
        int fd = (int)must("accept", accept(*(int *)listen_fd, NULL, NULL));
        must("recv", recv(fd, bytes, sizeof bytes, MSG_WAITALL));
        for (int i = 0; i < MESSAGE_SIZE; i++) {
            sleep_ms(100);
            must("send", send(fd, bytes + i, 1, MSG_NOSIGNAL));
        }
        close(fd);
    }
    return NULL;
}

/* Each recv(2) may wait for 1000 ms, and none of them has to. */
static void receive_with_a_timeout(int port)
{
    struct timeval timeout = {.tv_sec = 1};
    char bytes[MESSAGE_SIZE];
    int fd = connect_to(port);
    must("setsockopt", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
    must("send", send(fd, message, sizeof message, MSG_NOSIGNAL));
    int64_t began_ms = now_ms();
    for (size_t size = 0; size < sizeof bytes;)
        size += (size_t)must("recv", recv(fd, bytes + size, sizeof bytes - size, 0));
    printf("SO_RCVTIMEO of 1000 ms: all bytes after %" PRId64 " ms\n", now_ms() - began_ms);
    close(fd);
}

static int echo_with_a_deadline(struct se_client *client)
{
    int64_t began_ms = now_ms();
    int result = se_client_echo(client, message, sizeof message, NULL);
    printf("deadline of 1000 ms: %s after %" PRId64 " ms\n", se_error_name(result), now_ms() - began_ms);
    return result;
}

int main(void)
{
    struct se_client *client;
    pthread_t slow_server;
    int port;
    int listen_fd = listen_anywhere(&port);
    if (pthread_create(&slow_server, NULL, echo_slowly, &listen_fd) != 0)
        return 1;
    receive_with_a_timeout(port);

    must_succeed("se_client_new", se_client_new(&client));
    must_succeed("se_client_connect", se_client_connect(client, NULL, port));
    se_client_set_timeout(client, 1000);
    int first = echo_with_a_deadline(client);
    se_client_set_timeout(client, SE_TIMEOUT_NONE);
    int second = se_client_echo(client, message, sizeof message, NULL);
    printf("the same call without a deadline: %s\n", se_error_name(second));

    se_client_free(client);
    pthread_join(slow_server, NULL);
    close(listen_fd);
    return first != -ETIMEDOUT || second != 0;
}
