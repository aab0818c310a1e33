/* What may be called in the callback works there: questions, a stop, and everything of other servers and of clients. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "endpoints.h"
#include "fixture.h"
#include "raw.h"

enum { SOON_MS = 2000, TEXT_SIZE = 128 };

static const uint8_t message[] = "called back";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct se_server *server;

static bool server_with(int poller, se_event_callback callback, void *user_data)
{
    if (!poller_available(poller))
        return false;
    server = server_new(poller);
    ck_assert_int_eq(se_server_set_callback(server, callback, user_data), 0);
    return true;
}

/** What the callback learns with the calls that are legal in it. */
struct findings {
    atomic_int port;
    char address[TEXT_SIZE];
    int address_length;
    int64_t active;
    char peer[TEXT_SIZE];
    int peer_length;
    int peer_in_too_little;
    char peer_cut[TEXT_SIZE];
    int peer_in_nothing;
    int peer_to_nowhere;
    int other_server;
    int other_client;
};

static void look_at_the_peer(struct findings *findings, const struct se_connection *connection)
{
    findings->peer_length = se_connection_peer(connection, findings->peer, TEXT_SIZE);
    strcpy(findings->peer_cut, "not touched");
    findings->peer_in_nothing = se_connection_peer(connection, findings->peer_cut, 0);
    findings->peer_to_nowhere = se_connection_peer(connection, NULL, TEXT_SIZE);
    findings->peer_in_too_little = se_connection_peer(connection, findings->peer_cut, strlen(findings->peer));
}

static int serve_one_echo(struct se_server *other)
{
    struct se_client *client = NULL;
    int result = se_client_new(&client);
    if (result == 0)
        result = se_client_connect(client, NULL, se_server_port(other));
    if (result == 0)
        result = se_client_echo(client, message, sizeof(message), NULL);
    if (result == 0)
        result = se_client_finish(client);
    se_client_free(client);
    return result;
}

static int live_a_whole_life(int *client_result_out)
{
    struct se_server *other = NULL;
    int result = se_server_new(NULL, SE_PORT_ANY, &other);
    if (result == 0)
        result = se_server_set_idle_timeout(other, 60000);
    if (result == 0)
        result = se_server_start(other);
    if (result == 0)
        *client_result_out = serve_one_echo(other);
    if (result == 0)
        result = se_server_stop(other);
    if (result == 0)
        result = se_server_join(other);
    se_server_free(other);
    return result;
}

static int call_what_is_legal(struct se_server *of, int event, const struct se_connection *connection, void *user_data)
{
    struct findings *findings = user_data;
    if (event != SE_EVENT_OPENED)
        return 0;
    findings->port = se_server_port(of);
    findings->address_length = se_server_address(of, findings->address, sizeof(findings->address));
    findings->active = se_server_stat(of, SE_STAT_ACTIVE);
    look_at_the_peer(findings, connection);
    findings->other_server = live_a_whole_life(&findings->other_client);
    return 0;
}

START_TEST(legal_calls_work)
{
    struct findings findings = {.other_client = 1, .other_server = 1};
    char expected[TEXT_SIZE];
    if (!server_with(pollers[_i], call_what_is_legal, &findings))
        return;
    int port = se_server_port(server);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(port);
    server_end(server);
    ck_assert_int_eq(findings.port, port);
    snprintf(expected, sizeof(expected), "127.0.0.1:%d", port);
    ck_assert_str_eq(findings.address, expected);
    ck_assert_int_eq(findings.address_length, (int)strlen(expected));
    ck_assert_int_eq(findings.active, 1);
    ck_assert_int_eq(findings.peer_length, (int)strlen(findings.peer));
    ck_assert_int_eq(findings.peer_in_nothing, -ENOSPC);
    ck_assert_int_eq(findings.peer_to_nowhere, -EINVAL);
    ck_assert_int_eq(findings.peer_in_too_little, -ENOSPC);
    ck_assert_str_eq(findings.peer_cut, "");
    ck_assert_int_eq(findings.other_server, 0);
    ck_assert_int_eq(findings.other_client, 0);
}
END_TEST

/** Stops the server so often as soon as that event comes. */
struct stop {
    int event;
    int calls;
};

static int stop_in_the_callback(struct se_server *of, int event, const struct se_connection *connection,
                                void *user_data)
{
    (void)connection;
    const struct stop *stop = user_data;
    for (int call = 0; event == stop->event && call < stop->calls; call++)
        se_server_stop(of);
    return 0;
}

START_TEST(stop_when_a_peer_opens_serves_it_and_ends)
{
    struct stop stop = {.event = SE_EVENT_OPENED, .calls = 1};
    if (!server_with(pollers[_i], stop_in_the_callback, &stop))
        return;
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, sizeof(message));
    ck_assert_int_eq(se_server_start(server), 0);
    raw_expect_bytes(fd, message, sizeof(message));
    raw_expect_fin(fd);
    close(fd);
    ck_assert_int_eq(se_server_join(server), 0);
    se_server_free(server);
}
END_TEST

START_TEST(stop_when_a_peer_closes_ends_the_others_in_order)
{
    struct stop stop = {.event = SE_EVENT_CLOSED, .calls = 1};
    if (!server_with(pollers[_i], stop_in_the_callback, &stop))
        return;
    ck_assert_int_eq(se_server_set_workers(server, 2), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int other_fd = raw_connect(se_server_port(server));
    raw_assert_served(se_server_port(server));
    raw_expect_fin(other_fd);
    close(other_fd);
    ck_assert_int_eq(se_server_join(server), 0);
    se_server_free(server);
}
END_TEST

START_TEST(second_stop_in_the_callback_ends_at_once)
{
    struct stop stop = {.event = SE_EVENT_OPENED, .calls = 2};
    if (!server_with(pollers[_i], stop_in_the_callback, &stop))
        return;
    int fd = raw_connect(se_server_port(server));
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_run(server), 0);
    assert_took_less_than(start_ns, SOON_MS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), 0);
    close(fd);
    se_server_free(server);
}
END_TEST

static int count(struct se_server *of, int event, const struct se_connection *connection, void *user_data)
{
    (void)of;
    (void)event;
    atomic_int *calls = user_data;
    if (calls && se_connection_id(connection) >= 0)
        atomic_fetch_add_explicit(calls, 1, memory_order_relaxed);
    return 0;
}

START_TEST(each_server_has_user_data_of_its_own)
{
    atomic_int calls[2] = {0, 0};
    if (!server_with(pollers[_i], count, &calls[0]))
        return;
    struct se_server *other = server_new(pollers[_i]);
    struct se_server *third = server_new(pollers[_i]);
    ck_assert_int_eq(se_server_set_callback(other, count, &calls[1]), 0);
    ck_assert_int_eq(se_server_set_callback(third, count, NULL), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_server_start(other), 0);
    ck_assert_int_eq(se_server_start(third), 0);
    raw_assert_served(se_server_port(server));
    raw_assert_served(se_server_port(other));
    raw_assert_served(se_server_port(other));
    raw_assert_served(se_server_port(third));
    server_end(server);
    server_end(other);
    server_end(third);
    ck_assert_int_eq(calls[0], 2);
    ck_assert_int_eq(calls[1], 4);
}
END_TEST

/** No lock orders the threads here, so that the library's own order is what there is. */
START_TEST(callback_comes_from_all_workers_at_once)
{
    enum { WORKERS = 4, PEERS = 16, ROUNDS = 5 };
    atomic_int calls = 0;
    if (!server_with(pollers[_i], count, &calls))
        return;
    ck_assert_int_eq(se_server_set_workers(server, WORKERS), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    for (int round = 0; round < ROUNDS; round++) {
        int fds[PEERS];
        crowd_connect(fds, PEERS, se_server_port(server));
        crowd_send(fds, PEERS);
        crowd_expect_echo(fds, PEERS);
        crowd_close(fds, PEERS);
    }
    server_end(server);
    ck_assert_int_eq(calls, 2 * ROUNDS * PEERS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("what may be called in the callback");
    TCase *tcase = fixture_add_tcase(suite, "calls");
    tcase_add_loop_test(tcase, legal_calls_work, 0, POLLERS);
    tcase_add_loop_test(tcase, stop_when_a_peer_opens_serves_it_and_ends, 0, POLLERS);
    tcase_add_loop_test(tcase, stop_when_a_peer_closes_ends_the_others_in_order, 0, POLLERS);
    tcase_add_loop_test(tcase, second_stop_in_the_callback_ends_at_once, 0, POLLERS);
    tcase_add_loop_test(tcase, each_server_has_user_data_of_its_own, 0, POLLERS);
    tcase_add_loop_test(tcase, callback_comes_from_all_workers_at_once, 0, POLLERS);
    return fixture_run(suite);
}
