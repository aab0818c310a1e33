/* How a client connects: refused, not answered, answered late, by name, again, and what it may not do meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "families.h"
#include "fixture.h"
#include "io.h"
#include "stalled.h"

enum { TIMEOUT_MS = 200 };

static const char message[] = "connected?";

static int port_without_listener(void)
{
    int port = 0;
    int fd = io_listen(1, 0, &port);
    ck_assert_int_ge(fd, 0);
    close(fd);
    return port;
}

static void assert_busy_connecting(struct se_client *client, const struct stalled_listener *listener)
{
    ck_assert_int_eq(se_client_events(client), POLLOUT);
    ck_assert_int_ge(se_client_fd(client), 0);
    ck_assert_int_eq(se_client_connect(client, NULL, listener->port == 1 ? 2 : 1), -EBUSY);
    ck_assert_int_eq(se_client_connect(client, "127.0.0.2", listener->port), -EBUSY);
    ck_assert_int_eq(se_client_events(client), POLLOUT);
}

START_TEST(connect_times_out_when_nobody_answers_and_goes_on_when_somebody_does)
{
    struct stalled_listener listener;
    if (!stalled_begin(&listener))
        return;
    struct se_client *client = client_new(TIMEOUT_MS);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_client_connect(client, NULL, listener.port), -ETIMEDOUT);
    assert_took_about(start_ns, TIMEOUT_MS);
    assert_busy_connecting(client, &listener);
    stalled_release(&listener);
    ck_assert_int_eq(se_client_set_timeout(client, environment_patience_ms()), 0);
    ck_assert_int_eq(se_client_connect(client, NULL, listener.port), 0);
    ck_assert_int_eq(se_client_events(client), 0);
    se_client_free(client);
    stalled_end(&listener);
}
END_TEST

START_TEST(open_connect_to_a_named_host_is_not_one_to_no_host)
{
    struct stalled_listener listener;
    if (!stalled_begin(&listener))
        return;
    struct se_client *client = client_new(0);
    ck_assert_int_eq(se_client_connect(client, "127.0.0.1", listener.port), -EAGAIN);
    ck_assert_int_eq(se_client_connect(client, NULL, listener.port), -EBUSY);
    ck_assert_int_eq(se_client_connect(client, "127.0.0.1", listener.port), -EAGAIN);
    se_client_free(client);
    stalled_end(&listener);
}
END_TEST

START_TEST(non_blocking_connect_returns_at_once_when_nobody_answers)
{
    struct stalled_listener listener;
    if (!stalled_begin(&listener))
        return;
    struct se_client *client = client_new(0);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_client_connect(client, NULL, listener.port), -EAGAIN);
    ck_assert_int_eq(se_client_connect(client, NULL, listener.port), -EAGAIN);
    assert_took_less_than(start_ns, 10 * TIMEOUT_MS);
    assert_busy_connecting(client, &listener);
    stalled_release(&listener);
    ck_assert_int_eq(client_connect(client, listener.port), 0);
    se_client_free(client);
    stalled_end(&listener);
}
END_TEST

START_TEST(close_gives_up_an_open_connect)
{
    struct stalled_listener listener;
    if (!stalled_begin(&listener))
        return;
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_new(0);
    ck_assert_int_eq(se_client_connect(client, NULL, listener.port), -EAGAIN);
    ck_assert_int_eq(se_client_close(client), 0);
    assert_client_disconnected(client);
    ck_assert_int_eq(client_connect(client, se_server_port(server)), 0);
    ck_assert_int_eq(client_echo(client, message, sizeof(message), NULL), 0);
    se_client_free(client);
    server_end(server);
    stalled_end(&listener);
}
END_TEST

START_TEST(free_gives_up_an_open_connect)
{
    struct stalled_listener listener;
    if (!stalled_begin(&listener))
        return;
    struct se_client *client = client_new(0);
    ck_assert_int_eq(se_client_connect(client, NULL, listener.port), -EAGAIN);
    se_client_free(client);
    stalled_end(&listener);
}
END_TEST

START_TEST(connect_is_refused_where_nobody_listens)
{
    const int64_t timeouts_ms[] = {SE_TIMEOUT_NONE, 0, environment_patience_ms()};
    int port = port_without_listener();
    struct se_client *client = client_new(timeouts_ms[_i]);
    ck_assert_int_eq(client_connect(client, port), -ECONNREFUSED);
    assert_client_disconnected(client);
    ck_assert_int_eq(client_connect(client, port), -ECONNREFUSED);
    se_client_free(client);
}
END_TEST

START_TEST(client_can_connect_after_it_was_refused)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_new(SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_connect(client, NULL, port_without_listener()), -ECONNREFUSED);
    ck_assert_int_eq(se_client_connect(client, NULL, se_server_port(server)), 0);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    se_client_free(client);
    server_end(server);
}
END_TEST

START_TEST(client_can_connect_again_after_it_has_finished)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_new(SE_TIMEOUT_NONE);
    for (int round = 0; round < 20; round++) {
        ck_assert_int_eq(se_client_connect(client, "127.0.0.1", se_server_port(server)), 0);
        ck_assert_int_eq(se_client_connect(client, "127.0.0.1", se_server_port(server)), -EISCONN);
        ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
        ck_assert_int_eq(se_client_finish(client), 0);
        assert_client_disconnected(client);
    }
    se_client_free(client);
    server_end(server);
}
END_TEST

START_TEST(client_connects_by_name)
{
    if (!localhost_available())
        return;
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_new(environment_patience_ms());
    ck_assert_int_eq(se_client_connect(client, "localhost", se_server_port(server)), 0);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    se_client_free(client);
    server_end(server);
}
END_TEST

/** A program without stdin gets that number for its connection. No server runs beside it, whose accept4(2) could take
 * the number for a moment: the kernel connects. */
START_TEST(descriptor_0_is_closed_like_any_other)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    int saved_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100);
    ck_assert_int_ge(saved_fd, 0);
    close(STDIN_FILENO);
    struct se_client *client = client_connected(se_server_port(server), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_fd(client), STDIN_FILENO);
    ck_assert_int_eq(se_client_close(client), 0);
    ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFD), -1);
    ck_assert_int_eq(dup2(saved_fd, STDIN_FILENO), STDIN_FILENO);
    close(saved_fd);
    se_client_free(client);
    se_server_free(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connecting");
    TCase *tcase = fixture_add_tcase(suite, "connect");
    tcase_add_test(tcase, connect_times_out_when_nobody_answers_and_goes_on_when_somebody_does);
    tcase_add_test(tcase, open_connect_to_a_named_host_is_not_one_to_no_host);
    tcase_add_test(tcase, non_blocking_connect_returns_at_once_when_nobody_answers);
    tcase_add_test(tcase, close_gives_up_an_open_connect);
    tcase_add_test(tcase, free_gives_up_an_open_connect);
    tcase_add_loop_test(tcase, connect_is_refused_where_nobody_listens, 0, 3);
    tcase_add_test(tcase, client_can_connect_after_it_was_refused);
    tcase_add_test(tcase, client_can_connect_again_after_it_has_finished);
    tcase_add_test(tcase, client_connects_by_name);
    tcase_add_test(tcase, descriptor_0_is_closed_like_any_other);
    return fixture_run(suite);
}
