/* Runs an echo server inside this program and checks that a message comes back. */
#include <sockecho.h>
#include <stdio.h>

int main(void)
{
    struct se_server *server = NULL;
    struct se_client *client = NULL;
    char reply[sizeof "hello"] = "";
    int error = se_server_new(NULL, SE_PORT_ANY, &server);
    error = error ? error : se_server_start(server);
    error = error ? error : se_client_new(&client);
    error = error ? error : se_client_connect(client, NULL, se_server_port(server));
    error = error ? error : se_client_echo(client, "hello", sizeof reply, reply);
    error = error ? error : se_client_finish(client);
    puts(error ? se_strerror(error) : reply);
    se_client_free(client);
    se_server_stop(server);
    se_server_join(server);
    se_server_free(server);
    return error ? 1 : 0;
}
