/* Server and client of the library over a unix socket: every mode and every size. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "event-log.h"
#include "families.h"
#include "fixture.h"
#include "pattern.h"
#include "raw.h"
#include "statistics.h"

enum { KIB = 1 << 10, MIB = 1 << 20 };

static const uint8_t message[] = "in the same machine";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct socket_file file;
static struct se_server *server;

static bool server_with(int poller)
{
    if (!poller_available(poller))
        return false;
    socket_file_begin(&file);
    ck_assert_int_eq(se_server_new_unix(file.path, &server), 0);
    ck_assert_int_eq(se_server_set_poller(server, poller), 0);
    return true;
}

static bool serve_with(int poller)
{
    if (!server_with(poller))
        return false;
    ck_assert_int_eq(se_server_start(server), 0);
    return true;
}

static void end(void)
{
    server_end(server);
    socket_file_end(&file);
}

static struct se_client *client_connected_here(int64_t timeout_ms)
{
    struct se_client *client = client_new(timeout_ms);
    ck_assert_int_eq(se_client_connect_unix(client, file.path), 0);
    return client;
}

START_TEST(echoes_come_back_in_every_mode_of_the_client)
{
    static const size_t lengths[] = {1, 64 * KIB, 8 * MIB};
    const int64_t timeouts_ms[] = {SE_TIMEOUT_NONE, 0, environment_patience_ms()};
    if (!serve_with(pollers[_i % POLLERS]))
        return;
    struct se_client *client = client_connected_here(timeouts_ms[_i / POLLERS]);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t length = environment_length(lengths[i]);
        uint8_t *bytes = pattern_new(length, i);
        uint8_t *reply = bytes_new(length);
        ck_assert_int_eq(client_echo(client, bytes, length, reply), 0);
        assert_same_bytes(reply, bytes, length);
        free(reply);
        free(bytes);
    }
    ck_assert_int_eq(client_finish(client), 0);
    se_client_free(client);
    end();
}
END_TEST

/** The server runs in the thread of its caller, a little at a time. */
START_TEST(echo_comes_back_in_every_mode_of_the_server)
{
    static const int64_t timeouts_ms[] = {0, 10};
    if (!server_with(pollers[_i % POLLERS]))
        return;
    ck_assert_int_eq(se_server_set_timeout(server, timeouts_ms[_i / POLLERS]), 0);
    size_t length = environment_length(8 * MIB);
    uint8_t *bytes = pattern_new(length, 1);
    struct se_client *client = client_connected_here(0);
    int64_t start_ns = clock_now_ns();
    int result = -EAGAIN;
    while (result == -EAGAIN && clock_ms_since(start_ns) < environment_patience_ms()) {
        result = se_client_echo(client, bytes, length, NULL);
        ck_assert_int_eq(se_server_run(server), timeouts_ms[_i / POLLERS] ? -ETIMEDOUT : -EAGAIN);
    }
    ck_assert_int_eq(result, 0);
    se_client_free(client);
    se_server_free(server);
    free(bytes);
    socket_file_end(&file);
}
END_TEST

START_TEST(several_workers_share_a_unix_socket)
{
    enum { WORKERS = 3, CLIENTS = 9 };
    if (!server_with(pollers[_i]))
        return;
    ck_assert_int_eq(se_server_set_workers(server, WORKERS), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    struct se_client *clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = client_connected_here(environment_patience_ms());
    for (int i = 0; i < CLIENTS; i++) {
        ck_assert_int_eq(se_client_echo(clients[i], message, sizeof(message), NULL), 0);
        ck_assert_int_eq(se_client_finish(clients[i]), 0);
        se_client_free(clients[i]);
    }
    end();
}
END_TEST

START_TEST(half_closed_connection_gets_everything_and_then_its_end)
{
    if (!serve_with(pollers[_i]))
        return;
    size_t length = environment_length(3 * MIB);
    uint8_t *bytes = pattern_new(length, 2);
    raw_exchange(raw_connect_unix(file.path), bytes, length, 4096);
    free(bytes);
    end();
}
END_TEST

/** Some systems know no urgent bytes here; others lose them where nobody says that they belong to the stream. */
START_TEST(urgent_bytes_are_part_of_the_stream)
{
    if (!serve_with(pollers[_i]))
        return;
    int fd = raw_connect_unix(file.path);
    for (size_t at = 0; at < sizeof(message); at++) {
        int urgent = send(fd, message + at, 1, MSG_OOB | MSG_NOSIGNAL) == 1;
        ck_assert(urgent || errno == EOPNOTSUPP);
        raw_send(fd, message + at + urgent, sizeof(message) - at - (size_t)urgent);
        raw_expect_bytes(fd, message + at, sizeof(message) - at);
    }
    raw_exchange(fd, message, sizeof(message), sizeof(message));
    end();
}
END_TEST

START_TEST(peers_in_the_queue_are_served_after_a_stop)
{
    enum { PEERS = 5 };
    if (!server_with(pollers[_i]))
        return;
    int fds[PEERS];
    for (int i = 0; i < PEERS; i++) {
        fds[i] = raw_connect_unix(file.path);
        raw_send(fds[i], message, sizeof(message));
    }
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    for (int i = 0; i < PEERS; i++) {
        raw_expect_bytes(fds[i], message, sizeof(message));
        raw_expect_fin(fds[i]);
        close(fds[i]);
    }
    ck_assert_int_eq(se_server_join(server), 0);
    stat_assert_consistent(server);
    se_server_free(server);
    socket_file_end(&file);
}
END_TEST

START_TEST(callback_hears_of_peers_without_an_address)
{
    if (!server_with(pollers[_i]))
        return;
    struct event_log *event_log = event_log_new();
    event_log_attach(event_log, server);
    ck_assert_int_eq(se_server_set_max_per_address(server, 1), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    const int fds[] = {raw_connect_unix(file.path), raw_connect_unix(file.path)};
    event_log_await(event_log, SE_EVENT_OPENED, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_str_eq(event_log_nth(event_log, SE_EVENT_OPENED, i).peer, "unix:");
        raw_exchange(fds[i], message, sizeof(message), sizeof(message));
    }
    event_log_await(event_log, SE_EVENT_CLOSED, 2);
    ck_assert_int_eq(event_log_nth(event_log, SE_EVENT_CLOSED, 0).reason, SE_STAT_ORDERLY);
    ck_assert_int_eq(event_log_nth(event_log, SE_EVENT_CLOSED, 0).received, sizeof(message));
    end();
    event_log_free(event_log);
}
END_TEST

int main(void)
{
    enum {
        CLIENT_MODES = 3,
        CLIENT_CASES = POLLERS * CLIENT_MODES,
        SERVER_MODES = 2,
        SERVER_CASES = POLLERS * SERVER_MODES
    };
    Suite *suite = suite_create("unix sockets");
    TCase *tcase = fixture_add_tcase(suite, "echo");
    tcase_add_loop_test(tcase, echoes_come_back_in_every_mode_of_the_client, 0, CLIENT_CASES);
    tcase_add_loop_test(tcase, echo_comes_back_in_every_mode_of_the_server, 0, SERVER_CASES);
    tcase_add_loop_test(tcase, several_workers_share_a_unix_socket, 0, POLLERS);
    tcase_add_loop_test(tcase, half_closed_connection_gets_everything_and_then_its_end, 0, POLLERS);
    tcase_add_loop_test(tcase, urgent_bytes_are_part_of_the_stream, 0, POLLERS);
    tcase_add_loop_test(tcase, peers_in_the_queue_are_served_after_a_stop, 0, POLLERS);
    tcase_add_loop_test(tcase, callback_hears_of_peers_without_an_address, 0, POLLERS);
    return fixture_run(suite);
}
