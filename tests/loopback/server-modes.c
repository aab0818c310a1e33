/* se_server_run() in its three modes, and what cannot be changed while it runs. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "raw.h"

static const uint8_t message[] = "serve what is ready";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]), CALLS_MAX = 10 };

/** Runs the server until the descriptor has something to read; returns how many calls it took. Few must do: accept,
 * receive and send are three rounds at most, and the rest is for bytes that the kernel delivers late. */
static int run_until_readable(struct se_server *server, int fd)
{
    enum { DELIVERY_MS = 50 };
    for (int calls = 0; calls <= CALLS_MAX; calls++) {
        if (io_wait(fd, POLLIN, calls == 0 ? 0 : DELIVERY_MS * environment_slow_factor()) > 0)
            return calls;
        ck_assert_int_eq(se_server_run(server), -EAGAIN);
    }
    ck_abort_msg("nothing was sent back in %d calls", CALLS_MAX);
}

/** The peer has closed, but its FIN may need a moment. */
static int run_until_ended(struct se_server *server)
{
    int64_t start_ns = clock_now_ns();
    int result = -EAGAIN;
    while (result == -EAGAIN && clock_ms_since(start_ns) < environment_patience_ms()) {
        sched_yield();
        result = se_server_run(server);
    }
    return result;
}

START_TEST(non_blocking_run_serves_what_is_ready)
{
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_new(pollers[_i]);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_get_timeout(server), 0);
    int fd = raw_connect(se_server_port(server));
    for (int round = 0; round < 3; round++) {
        raw_send(fd, message, sizeof(message));
        run_until_readable(server, fd);
        raw_expect_bytes(fd, message, sizeof(message));
    }
    raw_half_close(fd);
    run_until_readable(server, fd);
    raw_expect_fin(fd);
    close(fd);
    se_server_free(server);
}
END_TEST

START_TEST(few_non_blocking_runs_serve_many_peers)
{
    enum { PEERS = 50 };
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_new(pollers[_i]);
    ck_assert_int_eq(se_server_set_timeout(server, 0), 0);
    int fds[PEERS];
    for (int i = 0; i < PEERS; i++) {
        fds[i] = raw_connect(se_server_port(server));
        raw_send(fds[i], message, sizeof(message));
    }
    int calls = 0;
    for (int i = 0; i < PEERS; i++) {
        calls += run_until_readable(server, fds[i]);
        raw_expect_bytes(fds[i], message, sizeof(message));
        close(fds[i]);
    }
    ck_assert_int_le(calls, CALLS_MAX);
    se_server_free(server);
}
END_TEST

START_TEST(non_blocking_run_does_not_wait)
{
    enum { CALLS = 100, MOST_MS = 2000 };
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_new(pollers[_i]);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    int idle_fd = raw_connect(se_server_port(server));
    int64_t start_ns = clock_now_ns();
    for (int call = 0; call < CALLS; call++)
        ck_assert_int_eq(se_server_run(server), -EAGAIN);
    assert_took_less_than(start_ns, MOST_MS);
    close(idle_fd);
    se_server_free(server);
}
END_TEST

START_TEST(non_blocking_run_ends_after_a_stop_when_its_peers_have_ended)
{
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_new(pollers[_i]);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    int fd = raw_connect(se_server_port(server));
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_stop(server), 0);
    run_until_readable(server, fd);
    raw_expect_fin(fd);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    close(fd);
    ck_assert_int_eq(run_until_ended(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    se_server_free(server);
}
END_TEST

START_TEST(timeout_run_serves_for_that_long)
{
    enum { TIMEOUT_MS = 200 };
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_new(pollers[_i]);
    ck_assert_int_eq(se_server_set_timeout(server, TIMEOUT_MS), 0);
    ck_assert_int_eq(se_server_get_timeout(server), TIMEOUT_MS);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    assert_took_about(start_ns, TIMEOUT_MS);
    se_server_free(server);
}
END_TEST

START_TEST(connections_stay_open_between_timeout_runs)
{
    enum { TIMEOUT_MS = 50 };
    if (!poller_available(pollers[_i]))
        return;
    struct se_server *server = server_new(pollers[_i]);
    ck_assert_int_eq(se_server_set_timeout(server, TIMEOUT_MS), 0);
    int fd = raw_connect(se_server_port(server));
    for (int round = 0; round < 3; round++) {
        raw_send(fd, message, sizeof(message));
        ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
        raw_expect_bytes(fd, message, sizeof(message));
    }
    close(fd);
    se_server_free(server);
}
END_TEST

START_TEST(started_server_can_be_started_again_after_its_timeout)
{
    enum { TIMEOUT_MS = 50 };
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_timeout(server, TIMEOUT_MS), 0);
    int fd = raw_connect(se_server_port(server));
    for (int round = 0; round < 2; round++) {
        raw_send(fd, message, sizeof(message));
        ck_assert_int_eq(se_server_start(server), 0);
        ck_assert_int_eq(se_server_join(server), -ETIMEDOUT);
        raw_expect_bytes(fd, message, sizeof(message));
    }
    ck_assert_int_eq(se_server_join(server), -EINVAL);
    close(fd);
    se_server_free(server);
}
END_TEST

START_TEST(the_mode_can_be_changed_between_runs)
{
    enum { TIMEOUT_MS = 20 };
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_timeout(server, TIMEOUT_MS), 0);
    ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_set_blocking(server, 1), 0);
    ck_assert_int_eq(se_server_get_timeout(server), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(se_server_port(server));
    server_end(server);
}
END_TEST

struct run {
    struct se_server *server;
    int result;
};

static void *run(void *argument)
{
    struct run *run = argument;
    run->result = se_server_run(run->server);
    return NULL;
}

START_TEST(blocking_run_serves_until_another_thread_stops_it)
{
    if (!poller_available(pollers[_i]))
        return;
    struct run blocking = {.server = server_new(pollers[_i]), .result = 1};
    ck_assert_int_eq(se_server_get_timeout(blocking.server), SE_TIMEOUT_NONE);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, run, &blocking), 0);
    raw_assert_served(se_server_port(blocking.server));
    ck_assert_int_eq(se_server_run(blocking.server), -EBUSY);
    ck_assert_int_eq(se_server_stop(blocking.server), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(blocking.result, 0);
    se_server_free(blocking.server);
}
END_TEST

START_TEST(nothing_can_be_set_while_the_server_runs)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_timeout(server, 1), -EBUSY);
    ck_assert_int_eq(se_server_set_blocking(server, 0), -EBUSY);
    ck_assert_int_eq(se_server_set_poller(server, SE_POLLER_POLL), -EBUSY);
    ck_assert_int_eq(se_server_run(server), -EBUSY);
    ck_assert_int_eq(se_server_start(server), -EBUSY);
    ck_assert_int_eq(se_server_get_timeout(server), SE_TIMEOUT_NONE);
    raw_assert_served(se_server_port(server));
    server_end(server);
}
END_TEST

START_TEST(the_poller_cannot_be_chosen_after_the_first_run)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_set_poller(server, SE_POLLER_POLL), -EBUSY);
    ck_assert_int_eq(se_server_set_timeout(server, 1), 0);
    se_server_free(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("modes of the server");
    TCase *tcase = fixture_add_tcase(suite, "run");
    tcase_add_loop_test(tcase, non_blocking_run_serves_what_is_ready, 0, POLLERS);
    tcase_add_loop_test(tcase, few_non_blocking_runs_serve_many_peers, 0, POLLERS);
    tcase_add_loop_test(tcase, non_blocking_run_does_not_wait, 0, POLLERS);
    tcase_add_loop_test(tcase, non_blocking_run_ends_after_a_stop_when_its_peers_have_ended, 0, POLLERS);
    tcase_add_loop_test(tcase, timeout_run_serves_for_that_long, 0, POLLERS);
    tcase_add_loop_test(tcase, connections_stay_open_between_timeout_runs, 0, POLLERS);
    tcase_add_loop_test(tcase, blocking_run_serves_until_another_thread_stops_it, 0, POLLERS);
    tcase_add_test(tcase, started_server_can_be_started_again_after_its_timeout);
    tcase_add_test(tcase, the_mode_can_be_changed_between_runs);
    tcase_add_test(tcase, nothing_can_be_set_while_the_server_runs);
    tcase_add_test(tcase, the_poller_cannot_be_chosen_after_the_first_run);
    return fixture_run(suite);
}
