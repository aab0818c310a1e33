/* Blocking mode, on both sides: each call waits until it is done, so each side needs a thread of its own. */
#include "plain.h"

#include <pthread.h>
#include <sockecho.h>
#include <stdio.h>

static void *run_server(void *server)
{
    int result = se_server_run(server); /* returns when the server has been stopped */
    printf("server: run returned %s\n", se_error_name(result));
    return NULL;
}

int main(void)
{
    struct se_server *server;
    struct se_client *client;
    pthread_t server_thread;
    must_succeed("se_server_new", se_server_new(NULL, SE_PORT_ANY, &server));
    must_succeed("se_client_new", se_client_new(&client));
    if (pthread_create(&server_thread, NULL, run_server, server) != 0)
        return 1;

    int result = se_client_connect(client, NULL, se_server_port(server));
    printf("client: connect returned %s\n", se_error_name(result));
    result = se_client_echo(client, "hello", 5, NULL);
    printf("client: echo returned %s\n", se_error_name(result));
    result = se_client_finish(client);
    printf("client: finish returned %s\n", se_error_name(result));

    se_server_stop(server);
    pthread_join(server_thread, NULL);
    se_client_free(client);
    se_server_free(server);
    return result < 0;
}
