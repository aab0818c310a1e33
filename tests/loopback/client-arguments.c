/* Every bad argument of the client's functions, and every call that comes at the wrong time. */
#include <errno.h>
#include <string.h>

#include "endpoints.h"
#include "fixture.h"

static const char message[] = "in its own time";

START_TEST(new_needs_a_place_for_the_client)
{
    ck_assert_int_eq(se_client_new(NULL), -EINVAL);
}
END_TEST

START_TEST(every_function_refuses_a_null_client)
{
    char reply[sizeof(message)];
    ck_assert_int_eq(se_client_set_blocking(NULL, 1), -EINVAL);
    ck_assert_int_eq(se_client_set_timeout(NULL, 1), -EINVAL);
    ck_assert_int_eq(se_client_get_timeout(NULL), -EINVAL);
    ck_assert_int_eq(se_client_connect(NULL, NULL, 1), -EINVAL);
    ck_assert_int_eq(se_client_echo(NULL, message, sizeof(message), reply), -EINVAL);
    ck_assert_int_eq(se_client_finish(NULL), -EINVAL);
    ck_assert_int_eq(se_client_close(NULL), -EINVAL);
    ck_assert_int_eq(se_client_fd(NULL), -EINVAL);
    ck_assert_int_eq(se_client_events(NULL), -EINVAL);
    ck_assert_int_eq(se_client_rtt_ns(NULL), -EINVAL);
    ck_assert_int_eq(se_client_mismatch_at(NULL), -EINVAL);
    se_client_free(NULL);
}
END_TEST

START_TEST(setters_refuse_what_is_out_of_range_and_keep_what_was)
{
    struct se_client *client = client_new(1234);
    ck_assert_int_eq(se_client_set_timeout(client, -2), -EINVAL);
    ck_assert_int_eq(se_client_set_timeout(client, INT64_MIN), -EINVAL);
    ck_assert_int_eq(se_client_set_blocking(client, 2), -EINVAL);
    ck_assert_int_eq(se_client_set_blocking(client, -1), -EINVAL);
    ck_assert_int_eq(se_client_get_timeout(client), 1234);
    se_client_free(client);
}
END_TEST

START_TEST(connect_refuses_ports_out_of_range)
{
    static const int ports[] = {0, SE_PORT_ANY, -2, 65536, 65537, 131072, INT32_MIN, INT32_MAX};
    struct se_client *client = client_new(SE_TIMEOUT_NONE);
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
        ck_assert_int_eq(se_client_connect(client, NULL, ports[i]), -EINVAL);
    assert_client_disconnected(client);
    se_client_free(client);
}
END_TEST

START_TEST(connect_takes_the_highest_port)
{
    struct se_client *client = client_new(SE_TIMEOUT_NONE);
    int result = se_client_connect(client, NULL, 65535);
    ck_assert(result == 0 || result == -ECONNREFUSED);
    se_client_free(client);
}
END_TEST

START_TEST(connect_refuses_a_host_that_has_no_address)
{
    struct se_client *client = client_new(SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_connect(client, "no-such-host.invalid", 7), SE_ERESOLVE);
    ck_assert_int_eq(se_client_connect(client, "256.256.256.256", 7), SE_ERESOLVE);
    ck_assert_int_eq(se_client_connect(client, "", 7), SE_ERESOLVE);
    assert_client_disconnected(client);
    se_client_free(client);
}
END_TEST

START_TEST(nothing_but_close_is_possible_before_connect)
{
    struct se_client *client = client_new(SE_TIMEOUT_NONE);
    assert_client_disconnected(client);
    ck_assert_int_eq(se_client_echo(client, NULL, 0, NULL), -ENOTCONN);
    ck_assert_int_eq(se_client_rtt_ns(client), -ENODATA);
    ck_assert_int_eq(se_client_mismatch_at(client), -1);
    ck_assert_int_eq(se_client_close(client), 0);
    se_client_free(client);
}
END_TEST

START_TEST(connected_client_refuses_another_connect)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_connected(se_server_port(server), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_connect(client, NULL, se_server_port(server)), -EISCONN);
    ck_assert_int_eq(se_client_connect(client, "127.0.0.2", 1), -EISCONN);
    ck_assert_int_eq(se_client_connect(client, NULL, 0), -EINVAL);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    se_client_free(client);
    server_end(server);
}
END_TEST

START_TEST(echo_refuses_bad_buffers_and_leaves_the_connection_usable)
{
    char reply[2 * sizeof(message)];
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_connected(se_server_port(server), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_echo(client, NULL, 1, reply), -EINVAL);
    memcpy(reply + 1, message, sizeof(message));
    ck_assert_int_eq(se_client_echo(client, reply + 1, sizeof(message), reply), -EINVAL);
    ck_assert_int_eq(se_client_echo(client, reply + 1, sizeof(message), reply + sizeof(message)), -EINVAL);
    ck_assert_int_eq(se_client_events(client), 0);
    ck_assert_int_eq(se_client_echo(client, reply + 1, sizeof(message) - 1, reply + sizeof(message)), 0);
    ck_assert_int_eq(memcmp(reply + sizeof(message), message, sizeof(message) - 1), 0);
    ck_assert_int_eq(se_client_finish(client), 0);
    se_client_free(client);
    server_end(server);
}
END_TEST

START_TEST(empty_echo_succeeds_at_once_and_needs_no_message)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    struct se_client *client = client_connected(se_server_port(server), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_echo(client, NULL, 0, NULL), 0);
    ck_assert_int_eq(se_client_echo(client, message, 0, NULL), 0);
    ck_assert_int_eq(se_client_events(client), 0);
    se_client_free(client);
    se_server_free(server);
}
END_TEST

START_TEST(client_may_be_freed_in_every_state)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    se_client_free(client_new(0));
    se_client_free(client_connected(se_server_port(server), 0));
    struct se_client *client = client_connected(se_server_port(server), 0);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), -EAGAIN);
    se_client_free(client);
    client = client_connected(se_server_port(server), 0);
    ck_assert_int_eq(se_client_finish(client), -EAGAIN);
    se_client_free(client);
    se_server_free(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arguments of the client");
    TCase *tcase = fixture_add_tcase(suite, "refused and accepted");
    tcase_add_test(tcase, new_needs_a_place_for_the_client);
    tcase_add_test(tcase, every_function_refuses_a_null_client);
    tcase_add_test(tcase, setters_refuse_what_is_out_of_range_and_keep_what_was);
    tcase_add_test(tcase, connect_refuses_ports_out_of_range);
    tcase_add_test(tcase, connect_takes_the_highest_port);
    tcase_add_test(tcase, connect_refuses_a_host_that_has_no_address);
    tcase_add_test(tcase, nothing_but_close_is_possible_before_connect);
    tcase_add_test(tcase, connected_client_refuses_another_connect);
    tcase_add_test(tcase, echo_refuses_bad_buffers_and_leaves_the_connection_usable);
    tcase_add_test(tcase, empty_echo_succeeds_at_once_and_needs_no_message);
    tcase_add_test(tcase, client_may_be_freed_in_every_state);
    return fixture_run(suite);
}
