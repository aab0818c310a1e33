/* Non-blocking mode, on both sides: no call waits, so one thread gives both their turns until everything is done. */
#include "plain.h"

#include <errno.h>
#include <sockecho.h>
#include <stdio.h>

enum step { CONNECT, ECHO, FINISH };

static const char *const step_names[] = {"connect", "echo", "finish"};

static int take_step(struct se_client *client, enum step step, int port)
{
    switch (step) {
    case CONNECT:
        return se_client_connect(client, NULL, port);
    case ECHO:
        return se_client_echo(client, "hello", 5, NULL);
    default:
        return se_client_finish(client);
    }
}

/* The same call again and again, and a turn for the server after each. */
static int repeat_step(struct se_client *client, enum step step, struct se_server *server)
{
    int tries = 1;
    int result = take_step(client, step, se_server_port(server));
    while (result == -EAGAIN) {
        must_succeed("se_server_run", se_server_run(server) == -EAGAIN ? 0 : -EPROTO);
        result = take_step(client, step, se_server_port(server));
        tries++;
    }
    printf("client: %s returned %s at try %d\n", step_names[step], se_error_name(result), tries);
    return result;
}

int main(void)
{
    struct se_server *server;
    struct se_client *client;
    must_succeed("se_server_new", se_server_new(NULL, SE_PORT_ANY, &server));
    must_succeed("se_client_new", se_client_new(&client));
    se_server_set_blocking(server, 0);
    se_client_set_blocking(client, 0);

    int result = se_server_run(server);
    printf("server: run returned %s, for it was not stopped\n", se_error_name(result));
    result = repeat_step(client, CONNECT, server);
    result = result < 0 ? result : repeat_step(client, ECHO, server);
    result = result < 0 ? result : repeat_step(client, FINISH, server);

    se_server_stop(server);
    int end = se_server_run(server);
    while (end == -EAGAIN)
        end = se_server_run(server);
    printf("server: run returned %s, stopped and all done\n", se_error_name(end));
    se_client_free(client);
    se_server_free(server);
    return result < 0 || end < 0;
}
