/* Servers and clients of the library. That they can be had at all is checked with each. */
#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#include "frame.h"

#include <errno.h>
#include <poll.h>

struct se_server *new_server(void)
{
    struct se_server *server = NULL;
    expect_equal(se_server_new(NULL, SE_PORT_ANY, &server), 0, "se_server_new");
    return server;
}

struct se_server *started_server(void)
{
    struct se_server *server = new_server();
    expect_equal(se_server_start(server), 0, "se_server_start");
    return server;
}

void end_server(struct se_server *server)
{
    expect_equal(se_server_stop(server), 0, "se_server_stop");
    expect_equal(se_server_join(server), 0, "se_server_join");
    se_server_free(server);
}

struct se_client *new_client(void)
{
    struct se_client *client = NULL;
    expect_equal(se_client_new(&client), 0, "se_client_new");
    return client;
}

struct se_client *connected_client(const struct se_server *server)
{
    struct se_client *client = new_client();
    expect_equal(se_client_connect(client, NULL, se_server_port(server)), 0, "connect");
    return client;
}

void wait_for(const struct se_client *client, int events)
{
    struct pollfd ready = {se_client_fd(client), (short)events, 0};
    expect_equal(poll(&ready, 1, 5000), 1, "the client's descriptor gets ready");
}

int echo_to_the_end(struct se_client *client, const void *message, size_t length, void *reply)
{
    int result = se_client_echo(client, message, length, reply);
    while (result == -EAGAIN) {
        wait_for(client, se_client_events(client));
        result = se_client_echo(client, message, length, reply);
    }
    return result;
}

int connect_to_the_end(struct se_client *client, int port)
{
    int result = se_client_connect(client, NULL, port);
    while (result == -EAGAIN) {
        wait_for(client, se_client_events(client));
        result = se_client_connect(client, NULL, port);
    }
    return result;
}
