/* One thread waits for three clients at once: poll(2) sleeps until one of them can go on. */
#include "plain.h"

#include <errno.h>
#include <poll.h>
#include <sockecho.h>
#include <stdio.h>

enum { CLIENT_COUNT = 3, MESSAGE_SIZE = 4 << 20 };

static char message[MESSAGE_SIZE];

/* What a client waits for; a descriptor below 0 is one that poll(2) skips. */
static struct pollfd interest(const struct se_client *client)
{
    int events = se_client_events(client);
    return (struct pollfd){.fd = events == 0 ? -1 : se_client_fd(client), .events = (short)events};
}

/* How many echoes are still open. */
static int go_on(struct se_client **clients, int *is_done)
{
    int open = 0;
    for (int i = 0; i < CLIENT_COUNT; i++) {
        int result = is_done[i] ? 0 : se_client_echo(clients[i], message, sizeof message, NULL);
        if (result != -EAGAIN)
            must_succeed("se_client_echo", result);
        is_done[i] = result == 0;
        open += !is_done[i];
    }
    return open;
}

int main(void)
{
    struct se_server *server;
    struct se_client *clients[CLIENT_COUNT];
    struct pollfd watched[CLIENT_COUNT];
    int is_done[CLIENT_COUNT] = {0};
    must_succeed("se_server_new", se_server_new(NULL, SE_PORT_ANY, &server));
    for (int i = 0; i < CLIENT_COUNT; i++) {
        must_succeed("se_client_new", se_client_new(&clients[i]));
        must_succeed("se_client_connect", se_client_connect(clients[i], NULL, se_server_port(server)));
        se_client_set_blocking(clients[i], 0);
    }

    int open = go_on(clients, is_done);
    printf("%d echoes have begun, and nobody serves yet\n", open);
    must_succeed("se_server_start", se_server_start(server));
    int waits = 0;
    for (; open > 0; waits++) {
        for (int i = 0; i < CLIENT_COUNT; i++)
            watched[i] = interest(clients[i]);
        must("poll", poll(watched, CLIENT_COUNT, -1));
        open = go_on(clients, is_done);
    }
    printf("%d echoes of %d bytes came back, and poll was called %d times\n", CLIENT_COUNT, MESSAGE_SIZE, waits);

    for (int i = 0; i < CLIENT_COUNT; i++)
        se_client_free(clients[i]);
    se_server_free(server);
    return waits == 0;
}
