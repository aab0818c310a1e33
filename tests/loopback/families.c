/* What a server can listen on beside IPv4: IPv6, and both families at once. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "endpoints.h"
#include "environment.h"
#include "event-log.h"
#include "families.h"
#include "fixture.h"
#include "raw.h"

enum { TEXT_SIZE = 128 };

static const uint8_t message[] = "who listens?";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

/** A server on that host, with that poller, or NULL. */
static struct se_server *server_on(const char *host, int poller)
{
    struct se_server *server = NULL;
    if (!poller_available(poller) || !ipv6_available())
        return NULL;
    ck_assert_int_eq(se_server_new(host, SE_PORT_ANY, &server), 0);
    ck_assert_int_eq(se_server_set_poller(server, poller), 0);
    return server;
}

static void assert_address(const struct se_server *server, const char *format)
{
    char text[TEXT_SIZE];
    char expected[TEXT_SIZE];
    snprintf(expected, sizeof(expected), "%s:%d", format, se_server_port(server));
    ck_assert_int_eq(se_server_address(server, text, sizeof(text)), (int)strlen(expected));
    ck_assert_str_eq(text, expected);
}

START_TEST(server_on_every_address_serves_both_families)
{
    struct se_server *server = server_on("::", pollers[_i]);
    if (!server)
        return;
    assert_address(server, "[::]");
    ck_assert_int_eq(se_server_start(server), 0);
    raw_exchange(raw_connect_ipv6(se_server_port(server)), message, sizeof(message), sizeof(message));
    raw_exchange(raw_connect(se_server_port(server)), message, sizeof(message), sizeof(message));
    server_end(server);
}
END_TEST

START_TEST(peers_of_both_families_have_the_address_that_they_know)
{
    struct se_server *server = server_on("::", pollers[_i]);
    if (!server)
        return;
    struct event_log *event_log = event_log_new();
    event_log_attach(event_log, server);
    ck_assert_int_eq(se_server_start(server), 0);
    int (*const connectors[])(int port) = {raw_connect, raw_connect_ipv6};
    for (size_t i = 0; i < 2; i++) {
        char own[EVENT_PEER_SIZE];
        int fd = connectors[i](se_server_port(server));
        raw_own_address(fd, own, sizeof(own));
        event_log_await(event_log, SE_EVENT_OPENED, i + 1);
        ck_assert_str_eq(event_log_nth(event_log, SE_EVENT_OPENED, i).peer, own);
        close(fd);
    }
    server_end(server);
    event_log_free(event_log);
}
END_TEST

START_TEST(server_on_the_ipv6_loopback_serves_nobody_else)
{
    struct se_server *server = server_on("::1", pollers[_i]);
    if (!server)
        return;
    assert_address(server, "[::1]");
    ck_assert_int_eq(se_server_start(server), 0);
    raw_exchange(raw_connect_ipv6(se_server_port(server)), message, sizeof(message), sizeof(message));
    struct se_client *client = client_new(environment_patience_ms());
    ck_assert_int_eq(se_client_connect(client, "127.0.0.1", se_server_port(server)), -ECONNREFUSED);
    ck_assert_int_eq(se_client_connect(client, "::1", se_server_port(server)), 0);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    ck_assert_int_eq(se_client_finish(client), 0);
    se_client_free(client);
    server_end(server);
}
END_TEST

START_TEST(port_that_one_family_uses_is_in_use_for_both_together)
{
    if (!ipv6_available())
        return;
    struct se_server *ipv4 = server_new(SE_POLLER_AUTO);
    struct se_server *other = NULL;
    ck_assert_int_eq(se_server_new("::", se_server_port(ipv4), &other), -EADDRINUSE);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(se_server_new("::1", se_server_port(ipv4), &other), 0);
    se_server_free(other);
    se_server_free(ipv4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("families of addresses");
    TCase *tcase = fixture_add_tcase(suite, "IPv6");
    tcase_add_loop_test(tcase, server_on_every_address_serves_both_families, 0, POLLERS);
    tcase_add_loop_test(tcase, peers_of_both_families_have_the_address_that_they_know, 0, POLLERS);
    tcase_add_loop_test(tcase, server_on_the_ipv6_loopback_serves_nobody_else, 0, POLLERS);
    tcase_add_test(tcase, port_that_one_family_uses_is_in_use_for_both_together);
    return fixture_run(suite);
}
