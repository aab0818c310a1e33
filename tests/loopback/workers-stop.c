/* How a server with several workers ends: in order, at its limits, at once, and under a storm of stops. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "event-log.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"
#include "raw.h"
#include "statistics.h"

enum { WORKERS = 4, PEERS = 5 * WORKERS, SOON_MS = 2000, MIB = 1 << 20, MOST = 64 * MIB, RECEIVE_BUFFER = 4096 };

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct se_server *server;

static bool server_with(int poller)
{
    if (!poller_available(poller))
        return false;
    server = server_new(poller);
    ck_assert_int_eq(se_server_set_workers(server, WORKERS), 0);
    return true;
}

static bool serve_with(int poller)
{
    if (!server_with(poller))
        return false;
    ck_assert_int_eq(se_server_start(server), 0);
    return true;
}

/** The server has been stopped: it ends soon, and its figures fit together. */
static void join_soon(void)
{
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_join(server), 0);
    assert_took_less_than(start_ns, SOON_MS);
    stat_assert_consistent(server);
    se_server_free(server);
}

START_TEST(peers_of_every_worker_get_fin_and_the_server_ends_when_they_close)
{
    if (!serve_with(pollers[_i]))
        return;
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    crowd_send(fds, PEERS);
    crowd_expect_echo(fds, PEERS);
    ck_assert_int_eq(se_server_stop(server), 0);
    crowd_expect_fin(fds, PEERS);
    crowd_close(fds, PEERS);
    join_soon();
}
END_TEST

START_TEST(peers_in_the_listen_queue_are_accepted_and_served)
{
    if (!server_with(pollers[_i]))
        return;
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    crowd_send(fds, PEERS);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    crowd_expect_echo(fds, PEERS);
    crowd_expect_fin(fds, PEERS);
    crowd_close(fds, PEERS);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), PEERS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_REFUSED), 0);
    se_server_free(server);
}
END_TEST

/** Connections go to the workers in turn, so the second one is the second worker's. */
START_TEST(slow_reader_of_another_worker_gets_all_that_had_arrived_and_then_fin)
{
    if (!serve_with(pollers[_i]))
        return;
    size_t most = environment_length(MOST);
    uint8_t *message = pattern_new(most, 1);
    uint8_t *reply = bytes_new(most + 1);
    int fd = raw_connect(se_server_port(server));
    int slow_fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(slow_fd, message, most);
    size_t arrived = raw_count_arrived(slow_fd, sent);
    raw_half_close(slow_fd);
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(fd);
    close(fd);
    size_t received = raw_receive_to_fin(slow_fd, reply, most + 1);
    ck_assert_uint_ge(received, arrived);
    ck_assert_uint_le(received, sent);
    assert_same_bytes(reply, message, received);
    close(slow_fd);
    join_soon();
    free(reply);
    free(message);
}
END_TEST

START_TEST(second_stop_reaches_another_worker_when_the_first_one_is_done)
{
    if (!server_with(pollers[_i]))
        return;
    struct event_log *event_log = event_log_new();
    event_log_attach(event_log, server);
    ck_assert_int_eq(se_server_start(server), 0);
    uint8_t *message = pattern_new(MOST, 2);
    int fd = raw_connect(se_server_port(server));
    int slow_fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(slow_fd, message, MOST);
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(fd);
    close(fd);
    event_log_await(event_log, SE_EVENT_CLOSED, 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_DRAIN), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    event_log_await(event_log, SE_EVENT_CLOSED, 2);
    ck_assert(!pthread_equal(event_log_nth(event_log, SE_EVENT_CLOSED, 0).thread,
                             event_log_nth(event_log, SE_EVENT_CLOSED, 1).thread));
    ck_assert_uint_lt(raw_expect_reset(slow_fd), sent);
    close(slow_fd);
    join_soon();
    event_log_free(event_log);
    free(message);
}
END_TEST

/** In every worker one peer does not read and one has its FIN but does not close. */
START_TEST(drain_timeout_holds_in_every_worker)
{
    enum { DRAIN_MS = 500 };
    if (!server_with(pollers[_i]))
        return;
    ck_assert_int_eq(se_server_set_drain_timeout(server, DRAIN_MS), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    uint8_t *message = pattern_new(MOST, 3);
    int slow_fds[WORKERS];
    int fds[WORKERS];
    size_t sent[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        slow_fds[i] = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    crowd_connect(fds, WORKERS, se_server_port(server));
    for (int i = 0; i < WORKERS; i++)
        sent[i] = raw_send_until_full(slow_fds[i], message, MOST);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_stop(server), 0);
    crowd_expect_fin(fds, WORKERS);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_ge(clock_ms_since(start_ns), DRAIN_MS - 1);
    assert_took_less_than(start_ns, DRAIN_MS + SOON_MS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_DRAIN), WORKERS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), WORKERS);
    stat_assert_consistent(server);
    for (int i = 0; i < WORKERS; i++)
        ck_assert_uint_lt(raw_expect_reset(slow_fds[i]), sent[i]);
    crowd_close(slow_fds, WORKERS);
    crowd_close(fds, WORKERS);
    se_server_free(server);
    free(message);
}
END_TEST

START_TEST(stop_before_the_run_is_not_lost)
{
    static const int64_t timeouts_ms[] = {SE_TIMEOUT_NONE, 0, 60000};
    if (!server_with(pollers[_i % POLLERS]))
        return;
    ck_assert_int_eq(se_server_set_timeout(server, timeouts_ms[_i / POLLERS]), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    int64_t start_ns = clock_now_ns();
    while (se_server_run(server) == -EAGAIN)
        assert_took_less_than(start_ns, SOON_MS);
    ck_assert_int_eq(se_server_run(server), 0);
    assert_took_less_than(start_ns, SOON_MS);
    se_server_free(server);
}
END_TEST

static void stop_in_handler(int signal_number)
{
    (void)signal_number;
    se_server_stop(server);
}

static void storm(long period_us, const struct sigaction *action, struct sigaction *before)
{
    const struct itimerval timer = {.it_interval = {.tv_usec = period_us}, .it_value = {.tv_usec = period_us}};
    if (period_us > 0)
        ck_assert_int_eq(sigaction(SIGALRM, action, before), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
    if (period_us == 0)
        ck_assert_int_eq(sigaction(SIGALRM, action, NULL), 0);
}

static void *stop_often(void *argument)
{
    (void)argument;
    for (int call = 0; call < 200; call++)
        se_server_stop(server);
    return NULL;
}

START_TEST(storm_of_stops_from_threads_and_a_signal_handler_ends_the_run)
{
    enum { THREADS = 3, PERIOD_US = 1000, ROUNDS = 5 };
    const struct sigaction stopping = {.sa_handler = stop_in_handler};
    struct sigaction before;
    for (int round = 0; round < ROUNDS; round++) {
        if (!server_with(pollers[_i]))
            return;
        pthread_t threads[THREADS];
        int fds[PEERS];
        crowd_connect(fds, PEERS, se_server_port(server));
        storm(PERIOD_US, &stopping, &before);
        for (int i = 0; i < THREADS; i++)
            ck_assert_int_eq(pthread_create(&threads[i], NULL, stop_often, NULL), 0);
        ck_assert_int_eq(se_server_run(server), 0);
        for (int i = 0; i < THREADS; i++)
            ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        storm(0, &before, NULL);
        stat_assert_consistent(server);
        crowd_close(fds, PEERS);
        se_server_free(server);
    }
}
END_TEST

/** Connects and sends until it is refused. Whoever came in time gets an end of some kind. */
static void *come_and_go(void *argument)
{
    const struct sockaddr_in address = io_loopback_address(*(const int *)argument);
    for (int result = 0; result == 0;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        result = connect(fd, (const struct sockaddr *)&address, sizeof(address));
        uint8_t byte = 0;
        if (result == 0 && io_send(fd, &byte, 1, 0) == 0)
            io_receive_some(fd, &byte, 1);
        close(fd);
    }
    return NULL;
}

START_TEST(stop_amid_a_storm_of_connections_ends_the_run)
{
    enum { THREADS = 2, SERVED = 50 };
    if (!serve_with(pollers[_i]))
        return;
    int port = se_server_port(server);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, &port), 0);
    int64_t start_ns = clock_now_ns();
    while (se_server_stat(server, SE_STAT_ECHOED_BYTES) < SERVED)
        ck_assert_int_lt(clock_ms_since(start_ns), environment_patience_ms());
    ck_assert_int_eq(se_server_stop(server), 0);
    join_soon();
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

int main(void)
{
    enum { MODES = 3, MODE_CASES = POLLERS * MODES };
    Suite *suite = suite_create("stop of several workers");
    TCase *tcase = fixture_add_tcase(suite, "drain and cut");
    tcase_add_loop_test(tcase, peers_of_every_worker_get_fin_and_the_server_ends_when_they_close, 0, POLLERS);
    tcase_add_loop_test(tcase, peers_in_the_listen_queue_are_accepted_and_served, 0, POLLERS);
    tcase_add_loop_test(tcase, slow_reader_of_another_worker_gets_all_that_had_arrived_and_then_fin, 0, POLLERS);
    tcase_add_loop_test(tcase, second_stop_reaches_another_worker_when_the_first_one_is_done, 0, POLLERS);
    tcase_add_loop_test(tcase, drain_timeout_holds_in_every_worker, 0, POLLERS);
    tcase_add_loop_test(tcase, stop_before_the_run_is_not_lost, 0, MODE_CASES);
    tcase_add_loop_test(tcase, storm_of_stops_from_threads_and_a_signal_handler_ends_the_run, 0, POLLERS);
    tcase_add_loop_test(tcase, stop_amid_a_storm_of_connections_ends_the_run, 0, POLLERS);
    return fixture_run(suite);
}
