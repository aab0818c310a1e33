/* Timeout mode, on both sides: each call waits for 500 ms at most, so one thread can serve for a while, then ask. */
#include "plain.h"

#include <errno.h>
#include <inttypes.h>
#include <sockecho.h>
#include <stdio.h>

static int report(const char *call, int result, int64_t began_ms)
{
    printf("%s returned %s after %" PRId64 " ms\n", call, se_error_name(result), now_ms() - began_ms);
    return result;
}

static int client_echo(struct se_client *client)
{
    int64_t began_ms = now_ms();
    return report("client: echo", se_client_echo(client, "hello", 5, NULL), began_ms);
}

static int client_finish(struct se_client *client)
{
    int64_t began_ms = now_ms();
    return report("client: finish", se_client_finish(client), began_ms);
}

static int server_run(struct se_server *server)
{
    int64_t began_ms = now_ms();
    return report("server: run", se_server_run(server), began_ms);
}

int main(void)
{
    struct se_server *server;
    struct se_client *client;
    must_succeed("se_server_new", se_server_new(NULL, SE_PORT_ANY, &server));
    must_succeed("se_client_new", se_client_new(&client));
    se_server_set_timeout(server, 500);
    se_client_set_timeout(client, 500);
    must_succeed("se_client_connect", se_client_connect(client, NULL, se_server_port(server)));

    int failed = client_echo(client) != -ETIMEDOUT; /* nobody serves: the message waits in the kernel */
    failed |= server_run(server) != -ETIMEDOUT;     /* now it is echoed */
    failed |= client_echo(client) != 0;             /* the same call goes on, and finds its echo */
    failed |= client_finish(client) != -ETIMEDOUT;
    failed |= server_run(server) != -ETIMEDOUT;
    failed |= client_finish(client) != 0;
    se_server_stop(server);
    failed |= server_run(server) != 0;

    se_client_free(client);
    se_server_free(server);
    return failed;
}
