/* What servers, clients and results tell of themselves: ports, addresses, descriptors, times, names. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"

static const char message[] = "tell me";

START_TEST(server_tells_its_port_and_address)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    int port = se_server_port(server);
    ck_assert_int_gt(port, 0);
    ck_assert_int_lt(port, 65536);
    char expected[64];
    char text[64];
    snprintf(expected, sizeof(expected), "127.0.0.1:%d", port);
    ck_assert_int_eq(se_server_address(server, text, sizeof(text)), (int)strlen(expected));
    ck_assert_str_eq(text, expected);
    se_server_free(server);
}
END_TEST

START_TEST(server_tells_the_address_that_it_was_bound_to)
{
    struct se_server *server = NULL;
    char text[64];
    ck_assert_int_eq(se_server_new("127.0.0.2", SE_PORT_ANY, &server), 0);
    ck_assert_int_gt(se_server_address(server, text, sizeof(text)), 0);
    ck_assert_int_eq(strncmp(text, "127.0.0.2:", strlen("127.0.0.2:")), 0);
    se_server_free(server);
}
END_TEST

START_TEST(ipv6_server_echoes_and_puts_its_address_in_brackets)
{
    struct se_server *server = NULL;
    int result = se_server_new("::1", SE_PORT_ANY, &server);
    if (result == -EADDRNOTAVAIL || result == -EAFNOSUPPORT || result == SE_ERESOLVE) {
        environment_skip("this machine has no IPv6 loopback address");
        return;
    }
    ck_assert_int_eq(result, 0);
    char expected[64];
    char text[64];
    snprintf(expected, sizeof(expected), "[::1]:%d", se_server_port(server));
    ck_assert_int_eq(se_server_address(server, text, sizeof(text)), (int)strlen(expected));
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(se_server_start(server), 0);
    struct se_client *client = client_new(environment_patience_ms());
    ck_assert_int_eq(se_client_connect(client, "::1", se_server_port(server)), 0);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    ck_assert_int_eq(se_client_finish(client), 0);
    se_client_free(client);
    server_end(server);
}
END_TEST

START_TEST(round_trip_time_is_that_of_the_last_whole_echo)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_connected(se_server_port(server), environment_patience_ms());
    ck_assert_int_eq(se_client_rtt_ns(client), -ENODATA);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    int64_t most_ns = clock_now_ns() - start_ns;
    ck_assert_int_gt(se_client_rtt_ns(client), 0);
    ck_assert_int_le(se_client_rtt_ns(client), most_ns);
    int64_t rtt_ns = se_client_rtt_ns(client);
    ck_assert_int_eq(se_client_finish(client), 0);
    ck_assert_int_eq(se_client_rtt_ns(client), rtt_ns);
    se_client_free(client);
    server_end(server);
}
END_TEST

/** The echo is open from its first byte out; the time that its caller lets pass counts. */
START_TEST(round_trip_time_spans_the_calls_of_a_resumed_echo)
{
    enum { TIMEOUT_MS = 50 };
    struct se_server *server = server_new(SE_POLLER_AUTO);
    struct se_client *client = client_connected(se_server_port(server), TIMEOUT_MS);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), -ETIMEDOUT);
    ck_assert_int_eq(se_client_rtt_ns(client), -ENODATA);
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_client_set_timeout(client, environment_patience_ms()), 0);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    ck_assert_int_ge(se_client_rtt_ns(client), (TIMEOUT_MS - 1) * INT64_C(1000000));
    se_client_free(client);
    server_end(server);
}
END_TEST

static bool does_not_block(const struct se_client *client)
{
    return fcntl(se_client_fd(client), F_GETFL) & O_NONBLOCK;
}

START_TEST(descriptor_of_the_client_follows_its_mode)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    struct se_client *client = client_connected(se_server_port(server), SE_TIMEOUT_NONE);
    ck_assert_int_eq(fcntl(se_client_fd(client), F_GETFD), FD_CLOEXEC);
    ck_assert(!does_not_block(client));
    ck_assert_int_eq(se_client_set_blocking(client, 0), 0);
    ck_assert(does_not_block(client));
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), -EAGAIN);
    ck_assert_int_eq(se_client_set_blocking(client, 1), 0);
    ck_assert(!does_not_block(client));
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    se_client_free(client);
    server_end(server);
}
END_TEST

START_TEST(descriptor_of_a_client_that_connected_without_blocking_follows_its_mode)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_connected(se_server_port(server), 0);
    ck_assert_int_eq(fcntl(se_client_fd(client), F_GETFD), FD_CLOEXEC);
    ck_assert(does_not_block(client));
    ck_assert_int_eq(se_client_set_blocking(client, 1), 0);
    ck_assert(!does_not_block(client));
    se_client_free(client);
    server_end(server);
}
END_TEST

START_TEST(client_tells_its_mode)
{
    struct se_client *client = client_new(SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_get_timeout(client), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_set_blocking(client, 0), 0);
    ck_assert_int_eq(se_client_get_timeout(client), 0);
    ck_assert_int_eq(se_client_set_timeout(client, 4321), 0);
    ck_assert_int_eq(se_client_get_timeout(client), 4321);
    ck_assert_int_eq(se_client_set_blocking(client, 1), 0);
    ck_assert_int_eq(se_client_get_timeout(client), SE_TIMEOUT_NONE);
    se_client_free(client);
}
END_TEST

START_TEST(several_servers_and_clients_share_a_process)
{
    enum { SERVERS = 3, CLIENTS = 9 };
    struct se_server *servers[SERVERS];
    struct se_client *clients[CLIENTS];
    for (int i = 0; i < SERVERS; i++)
        servers[i] = server_started(i % 2 ? SE_POLLER_POLL : SE_POLLER_AUTO);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = client_connected(se_server_port(servers[i % SERVERS]), i % 2 ? 0 : SE_TIMEOUT_NONE);
    ck_assert_int_ne(se_server_port(servers[0]), se_server_port(servers[1]));
    for (int i = 0; i < CLIENTS; i++)
        ck_assert_int_eq(client_echo(clients[i], message, (size_t)i, NULL), 0);
    for (int i = 0; i < SERVERS; i++) {
        for (int client = i; client < CLIENTS; client += SERVERS) {
            ck_assert_int_eq(client_echo(clients[client], message, sizeof(message), NULL), 0);
            ck_assert_int_eq(client_finish(clients[client]), 0);
            se_client_free(clients[client]);
        }
        server_end(servers[i]);
    }
}
END_TEST

START_TEST(version_is_the_one_of_the_header)
{
    ck_assert_int_eq(se_version_number(), SE_VERSION_NUMBER);
    char expected[32];
    snprintf(expected, sizeof(expected), "%d.%d.%d", SE_VERSION_MAJOR, SE_VERSION_MINOR, SE_VERSION_PATCH);
    ck_assert_str_eq(se_version(), expected);
}
END_TEST

START_TEST(results_have_names_and_sentences)
{
    static const struct {
        int error;
        const char *name;
    } known[] = {
        {0, "OK"},
        {42, "OK"},
        {-EINVAL, "EINVAL"},
        {-EAGAIN, "EAGAIN"},
        {-ETIMEDOUT, "ETIMEDOUT"},
        {-ECONNRESET, "ECONNRESET"},
        {SE_ERESOLVE, "SE_ERESOLVE"},
        {SE_ECLOSED, "SE_ECLOSED"},
        {SE_EMISMATCH, "SE_EMISMATCH"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        ck_assert_str_eq(se_error_name(known[i].error), known[i].name);
        ck_assert_uint_gt(strlen(se_strerror(known[i].error)), 0);
        ck_assert_str_ne(se_strerror(known[i].error), "unknown error");
    }
}
END_TEST

START_TEST(unknown_results_have_a_name_too)
{
    static const int unknown[] = {-9999, -10000, -10004, -20000, INT32_MIN};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        ck_assert_str_eq(se_error_name(unknown[i]), "EUNKNOWN");
        ck_assert_str_eq(se_strerror(unknown[i]), "unknown error");
    }
    for (int error = -11000; error < 200; error++) {
        ck_assert_ptr_nonnull(se_error_name(error));
        ck_assert_ptr_nonnull(se_strerror(error));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("what the library tells");
    TCase *tcase = fixture_add_tcase(suite, "getters");
    tcase_add_test(tcase, server_tells_its_port_and_address);
    tcase_add_test(tcase, server_tells_the_address_that_it_was_bound_to);
    tcase_add_test(tcase, ipv6_server_echoes_and_puts_its_address_in_brackets);
    tcase_add_test(tcase, round_trip_time_is_that_of_the_last_whole_echo);
    tcase_add_test(tcase, round_trip_time_spans_the_calls_of_a_resumed_echo);
    tcase_add_test(tcase, descriptor_of_the_client_follows_its_mode);
    tcase_add_test(tcase, descriptor_of_a_client_that_connected_without_blocking_follows_its_mode);
    tcase_add_test(tcase, client_tells_its_mode);
    tcase_add_test(tcase, several_servers_and_clients_share_a_process);
    tcase_add_test(tcase, version_is_the_one_of_the_header);
    tcase_add_test(tcase, results_have_names_and_sentences);
    tcase_add_test(tcase, unknown_results_have_a_name_too);
    return fixture_run(suite);
}
