/* Clients that reset (RST) in every state of their connection: only that one ends, and the server serves on. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"
#include "raw.h"

enum { MANY = 20, LENGTH = 32 << 20, RECEIVE_BUFFER = 4096 };

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static uint8_t *message;

static void make_message(void)
{
    ck_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    message = pattern_new(LENGTH, 1);
}

static void free_message(void)
{
    free(message);
}

static void reset_in_accept_queue(int port, size_t sent)
{
    int fd = raw_connect(port);
    raw_send(fd, message, sent);
    io_reset(fd);
}

START_TEST(server_survives_resets_in_the_accept_queue)
{
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_new(pollers[_i]);
    for (size_t i = 0; i < MANY; i++)
        reset_in_accept_queue(se_server_port(server), i % 2 * 100);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(se_server_port(server));
    server_end(server);
}
END_TEST

START_TEST(server_survives_the_reset_of_an_idle_connection)
{
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_started(pollers[_i]);
    for (int i = 0; i < MANY; i++) {
        int fd = raw_connect(se_server_port(server));
        raw_send(fd, message, 100);
        raw_expect_bytes(fd, message, 100);
        io_reset(fd);
        raw_assert_served(se_server_port(server));
    }
    server_end(server);
}
END_TEST

/** The server waits with unsent bytes for room in the peer's window when the reset comes. */
START_TEST(server_survives_a_reset_amid_the_echo)
{
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_started(pollers[_i]);
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    ck_assert_uint_lt(raw_send_until_full(fd, message, LENGTH), LENGTH);
    io_reset(fd);
    raw_assert_served(se_server_port(server));
    server_end(server);
}
END_TEST

START_TEST(server_survives_resets_while_it_sends)
{
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_started(pollers[_i]);
    for (int i = 0; i < MANY; i++) {
        int fd = raw_connect(se_server_port(server));
        raw_send(fd, message, 1 << 20);
        ck_assert_int_gt(io_wait(fd, POLLIN, environment_patience_ms()), 0);
        io_reset(fd);
        raw_assert_served(se_server_port(server));
    }
    server_end(server);
}
END_TEST

/** After FIN the kernel calls a reset EPIPE, and sends SIGPIPE to a server that does not forbid it. The send buffer of
 * the server is so small that it holds most of the echo itself, and it runs in a thread that does not block the signal.
 */
START_TEST(server_survives_a_reset_after_fin)
{
    enum { SENT = 60000, SEND_BUFFER = 4096, RUN_MS = 100 };
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_new_narrow(pollers[_i], SEND_BUFFER);
    ck_assert_int_eq(se_server_set_timeout(server, RUN_MS), 0);
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    raw_send(fd, message, SENT);
    raw_wait_until_arrived(fd);
    ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    raw_half_close(fd);
    raw_wait_until_arrived(fd);
    io_reset(fd);
    ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    ck_assert_int_eq(se_server_set_timeout(server, SE_TIMEOUT_NONE), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(se_server_port(server));
    server_end(server);
}
END_TEST

START_TEST(drain_ends_when_its_last_peer_resets)
{
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_started(pollers[_i]);
    int idle_fd = raw_connect(se_server_port(server));
    int stalled_fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    ck_assert_uint_lt(raw_send_until_full(stalled_fd, message, LENGTH), LENGTH);
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(idle_fd);
    int64_t start_ns = clock_now_ns();
    io_reset(idle_fd);
    io_reset(stalled_fd);
    ck_assert_int_eq(se_server_join(server), 0);
    assert_took_less_than(start_ns, 2000);
    se_server_free(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resets by raw clients");
    TCase *tcase = fixture_add_tcase(suite, "reset in every state");
    tcase_add_checked_fixture(tcase, make_message, free_message);
    tcase_add_loop_test(tcase, server_survives_resets_in_the_accept_queue, 0, POLLERS);
    tcase_add_loop_test(tcase, server_survives_the_reset_of_an_idle_connection, 0, POLLERS);
    tcase_add_loop_test(tcase, server_survives_a_reset_amid_the_echo, 0, POLLERS);
    tcase_add_loop_test(tcase, server_survives_resets_while_it_sends, 0, POLLERS);
    tcase_add_loop_test(tcase, server_survives_a_reset_after_fin, 0, POLLERS);
    tcase_add_loop_test(tcase, drain_ends_when_its_last_peer_resets, 0, POLLERS);
    return fixture_run(suite);
}
