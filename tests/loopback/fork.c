/* A host that forks in the middle of an echo. Its child holds a duplicate of every descriptor, so that closing one ends
 * nothing by itself: and yet peers see FIN and RST, listeners end, and nobody is woken for what is closed. A child that
 * executes another program holds nothing at all. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "event-log.h"
#include "families.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"
#include "raw.h"
#include "statistics.h"

enum { MIB = 1 << 20, MOST = 64 * MIB, RECEIVE_BUFFER = 4096, LIMIT_MS = 200, SOON_MS = 2000 };

static const uint8_t message[] = "before the fork and after";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct se_server *server;

static bool serve_with(int poller)
{
    if (!poller_available(poller))
        return false;
    server = server_started(poller);
    return true;
}

/** A peer that has got its bytes back: the server holds its connection. */
static int connect_served(void)
{
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, sizeof(message));
    raw_expect_bytes(fd, message, sizeof(message));
    return fd;
}

/** The child holds the peer's end as well: only a half-close tells the server that it is gone. */
static void hang_up(int fd)
{
    raw_half_close(fd);
    close(fd);
}

static void join_soon(void)
{
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_join(server), 0);
    assert_took_less_than(start_ns, SOON_MS);
}

START_TEST(echo_goes_on_and_ends_in_order)
{
    if (!serve_with(pollers[_i]))
        return;
    size_t length = environment_length(4 * MIB);
    uint8_t *bytes = pattern_new(length, 1);
    int fd = connect_served();
    raw_send(fd, message, sizeof(message));
    pid_t child = child_start();
    raw_expect_bytes(fd, message, sizeof(message));
    raw_exchange(fd, bytes, length, 65536);
    child_end(child);
    server_end(server);
    free(bytes);
}
END_TEST

START_TEST(connection_outlives_the_child)
{
    if (!serve_with(pollers[_i]))
        return;
    int fd = connect_served();
    child_end(child_start());
    raw_send(fd, message, sizeof(message));
    raw_expect_bytes(fd, message, sizeof(message));
    raw_exchange(fd, message, sizeof(message), sizeof(message));
    server_end(server);
}
END_TEST

START_TEST(peer_gets_fin_after_a_stop)
{
    if (!serve_with(pollers[_i]))
        return;
    int fd = connect_served();
    pid_t child = child_start();
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(fd);
    hang_up(fd);
    join_soon();
    se_server_free(server);
    child_end(child);
}
END_TEST

START_TEST(peer_gets_fin_when_a_running_server_is_freed)
{
    if (!serve_with(pollers[_i]))
        return;
    int fd = connect_served();
    pid_t child = child_start();
    se_server_free(server);
    raw_expect_fin(fd);
    close(fd);
    child_end(child);
}
END_TEST

START_TEST(peer_gets_fin_when_a_server_that_does_not_run_is_freed)
{
    if (!poller_available(pollers[_i]))
        return;
    server = server_new(pollers[_i]);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    int fd = raw_connect(se_server_port(server));
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    pid_t child = child_start();
    se_server_free(server);
    raw_expect_fin(fd);
    close(fd);
    child_end(child);
}
END_TEST

START_TEST(peer_that_is_cut_gets_rst)
{
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *bytes = pattern_new(MOST, 2);
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(fd, bytes, MOST);
    pid_t child = child_start();
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_uint_lt(raw_expect_reset(fd), sent);
    close(fd);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_DRAIN), 1);
    se_server_free(server);
    child_end(child);
    free(bytes);
}
END_TEST

START_TEST(nobody_connects_any_more_and_the_port_is_free)
{
    if (!serve_with(pollers[_i]))
        return;
    int port = se_server_port(server);
    pid_t child = child_start();
    if (_i == 0) {
        ck_assert_int_eq(se_server_stop(server), 0);
        ck_assert_int_eq(se_server_join(server), 0);
    }
    se_server_free(server);
    struct se_client *client = client_new(environment_patience_ms());
    ck_assert_int_eq(se_client_connect(client, NULL, port), -ECONNREFUSED);
    se_client_free(client);
    ck_assert_int_eq(se_server_new(NULL, port, &server), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(port);
    server_end(server);
    child_end(child);
}
END_TEST

START_TEST(server_sees_the_end_of_a_client)
{
    if (!serve_with(pollers[_i]))
        return;
    struct se_client *client = client_connected(se_server_port(server), environment_patience_ms());
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    pid_t child = child_start();
    ck_assert_int_eq(se_client_close(client), 0);
    stat_await(server, SE_STAT_ORDERLY, 1);
    se_client_free(client);
    child_end(child);
    server_end(server);
}
END_TEST

/** Milliseconds of work that all threads of this process do while a second passes. */
static int64_t busy_ms_of_a_second(void)
{
    struct timespec before;
    struct timespec after;
    ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before), 0);
    poll(NULL, 0, 1000);
    ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after), 0);
    return (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
}

/** The server has closed the connection, but for the child's duplicate it still stands: whatever the peer sends is
 * there to be read for ever. */
START_TEST(server_is_not_woken_for_connections_that_it_has_closed)
{
    enum { BUSY_MS = 200 };
    if (!poller_available(pollers[_i]))
        return;
    server = server_new(pollers[_i]);
    struct event_log *event_log = event_log_new();
    event_log_attach(event_log, server);
    ck_assert_int_eq(se_server_set_idle_timeout(server, LIMIT_MS), 0);
    ck_assert_int_eq(se_server_set_linger_timeout(server, LIMIT_MS), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int fd = connect_served();
    pid_t child = child_start();
    raw_expect_fin(fd);
    event_log_await(event_log, SE_EVENT_CLOSED, 1);
    raw_send(fd, message, sizeof(message));
    ck_assert_int_lt(busy_ms_of_a_second(), BUSY_MS);
    raw_assert_served(se_server_port(server));
    child_end(child);
    close(fd);
    server_end(server);
    event_log_free(event_log);
}
END_TEST

static struct se_server *unix_server_started(const struct socket_file *file, int poller)
{
    struct se_server *started = NULL;
    ck_assert_int_eq(se_server_new_unix(file->path, &started), 0);
    ck_assert_int_eq(se_server_set_poller(started, poller), 0);
    ck_assert_int_eq(se_server_start(started), 0);
    return started;
}

/** A unix socket has no RST, but every end can be seen. */
START_TEST(peer_that_is_cut_on_a_unix_socket_sees_the_end)
{
    struct socket_file file;
    if (!poller_available(pollers[_i]))
        return;
    socket_file_begin(&file);
    server = unix_server_started(&file, pollers[_i]);
    uint8_t *bytes = pattern_new(MOST, 3);
    int fd = raw_connect_unix(file.path);
    size_t sent = raw_send_until_full(fd, bytes, MOST);
    pid_t child = child_start();
    se_server_free(server);
    uint8_t chunk[4096];
    int64_t count = 0;
    size_t received = 0;
    while ((count = io_receive_some(fd, chunk, sizeof(chunk))) > 0)
        received += (size_t)count;
    ck_assert(count == 0 || count == -ECONNRESET);
    ck_assert_uint_lt(received, sent);
    close(fd);
    child_end(child);
    socket_file_end(&file);
    free(bytes);
}
END_TEST

START_TEST(unix_socket_is_free_for_the_next_server)
{
    struct socket_file file;
    if (!poller_available(pollers[_i]))
        return;
    socket_file_begin(&file);
    server = unix_server_started(&file, pollers[_i]);
    int fd = raw_connect_unix(file.path);
    pid_t child = child_start();
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(fd);
    hang_up(fd);
    join_soon();
    se_server_free(server);
    server = unix_server_started(&file, pollers[_i]);
    raw_exchange(raw_connect_unix(file.path), message, sizeof(message), sizeof(message));
    server_end(server);
    child_end(child);
    socket_file_end(&file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a host that forks");
    TCase *tcase = fixture_add_tcase(suite, "with a child that holds duplicates");
    tcase_add_loop_test(tcase, echo_goes_on_and_ends_in_order, 0, POLLERS);
    tcase_add_loop_test(tcase, connection_outlives_the_child, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_gets_fin_after_a_stop, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_gets_fin_when_a_running_server_is_freed, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_gets_fin_when_a_server_that_does_not_run_is_freed, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_is_cut_gets_rst, 0, POLLERS);
    tcase_add_loop_test(tcase, nobody_connects_any_more_and_the_port_is_free, 0, POLLERS);
    tcase_add_loop_test(tcase, server_sees_the_end_of_a_client, 0, POLLERS);
    tcase_add_loop_test(tcase, server_is_not_woken_for_connections_that_it_has_closed, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_is_cut_on_a_unix_socket_sees_the_end, 0, POLLERS);
    tcase_add_loop_test(tcase, unix_socket_is_free_for_the_next_server, 0, POLLERS);
    return fixture_run(suite);
}
