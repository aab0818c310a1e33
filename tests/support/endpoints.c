/* Servers and clients of the library, with the results that a test expects as a matter of course. */
#include "endpoints.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "environment.h"
#include "io.h"

bool poller_available(int poller)
{
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new(NULL, SE_PORT_ANY, &server), 0);
    int result = se_server_set_poller(server, poller);
    se_server_free(server);
    if (result == -ENOSYS)
        environment_skip("this build has no such poller");
    else
        ck_assert_int_eq(result, 0);
    return result == 0;
}

struct se_server *server_new(int poller)
{
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new(NULL, SE_PORT_ANY, &server), 0);
    ck_assert_ptr_nonnull(server);
    ck_assert_int_eq(se_server_set_poller(server, poller), 0);
    return server;
}

struct se_server *server_new_narrow(int poller, int send_buffer_bytes)
{
    int port = 0;
    int fd = io_listen(SOMAXCONN, 0, &port);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof(send_buffer_bytes)), 0);
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new_from_fd(fd, &server), 0);
    ck_assert_int_eq(se_server_set_poller(server, poller), 0);
    return server;
}

struct se_server *server_started(int poller)
{
    struct se_server *server = server_new(poller);
    ck_assert_int_eq(se_server_start(server), 0);
    return server;
}

void server_end(struct se_server *server)
{
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    se_server_free(server);
}

struct se_client *client_new(int64_t timeout_ms)
{
    struct se_client *client = NULL;
    ck_assert_int_eq(se_client_new(&client), 0);
    ck_assert_ptr_nonnull(client);
    ck_assert_int_eq(se_client_set_timeout(client, timeout_ms), 0);
    return client;
}

struct se_client *client_connected(int port, int64_t timeout_ms)
{
    struct se_client *client = client_new(timeout_ms);
    ck_assert_int_eq(client_connect(client, port), 0);
    return client;
}

void client_wait(const struct se_client *client)
{
    int events = se_client_events(client);
    ck_assert_int_ne(events, 0);
    ck_assert_int_eq(events & ~(POLLIN | POLLOUT), 0);
    ck_assert_int_gt(io_wait(se_client_fd(client), (short)events, environment_patience_ms()), 0);
}

int client_connect(struct se_client *client, int port)
{
    int result = 0;
    while ((result = se_client_connect(client, NULL, port)) == -EAGAIN)
        client_wait(client);
    return result;
}

int client_echo(struct se_client *client, const void *message, size_t length, void *reply)
{
    int result = 0;
    while ((result = se_client_echo(client, message, length, reply)) == -EAGAIN)
        client_wait(client);
    return result;
}

int client_finish(struct se_client *client)
{
    int result = 0;
    while ((result = se_client_finish(client)) == -EAGAIN)
        client_wait(client);
    return result;
}

void client_wait_for_arrival(const struct se_client *client)
{
    ck_assert_int_eq(se_client_events(client), 0);
    ck_assert_int_gt(io_wait(se_client_fd(client), POLLIN, environment_patience_ms()), 0);
}

void client_wait_for_reset(const struct se_client *client)
{
    ck_assert_int_eq(se_client_events(client), 0);
    ck_assert_int_gt(io_wait(se_client_fd(client), 0, environment_patience_ms()), 0);
}

void assert_client_disconnected(struct se_client *client)
{
    ck_assert_int_eq(se_client_events(client), 0);
    ck_assert_int_eq(se_client_fd(client), -ENOTCONN);
    ck_assert_int_eq(se_client_echo(client, "x", 1, NULL), -ENOTCONN);
    ck_assert_int_eq(se_client_finish(client), -ENOTCONN);
}
