/* A server with several workers: who serves whom, and what holds across all of them while they serve. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "event-log.h"
#include "families.h"
#include "fixture.h"
#include "pattern.h"
#include "raw.h"
#include "statistics.h"
#include "threads.h"

enum { WORKERS = 4 };

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct se_server *server;
static struct event_log *event_log;

static bool log_with(int poller)
{
    if (!poller_available(poller))
        return false;
    server = server_new(poller);
    event_log = event_log_new();
    event_log_attach(event_log, server);
    ck_assert_int_eq(se_server_set_workers(server, WORKERS), 0);
    return true;
}

static bool serve_with(int poller)
{
    if (!log_with(poller))
        return false;
    ck_assert_int_eq(se_server_start(server), 0);
    return true;
}

static void end(void)
{
    server_end(server);
    event_log_free(event_log);
}

/** How many of the connections were opened in that thread. */
static size_t count_in(pthread_t thread)
{
    size_t count = 0;
    for (size_t i = 0; i < event_log_count(event_log, SE_EVENT_OPENED); i++)
        count += pthread_equal(event_log_nth(event_log, SE_EVENT_OPENED, i).thread, thread) != 0;
    return count;
}

START_TEST(each_worker_gets_its_share)
{
    enum { EACH = 4, PEERS = WORKERS * EACH };
    if (!serve_with(pollers[_i]))
        return;
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    crowd_send(fds, PEERS);
    crowd_expect_echo(fds, PEERS);
    event_log_await(event_log, SE_EVENT_OPENED, PEERS);
    for (size_t i = 0; i < PEERS; i++)
        ck_assert_uint_eq(count_in(event_log_nth(event_log, SE_EVENT_OPENED, i).thread), EACH);
    crowd_close(fds, PEERS);
    end();
}
END_TEST

/** The event of that kind which tells of the client with that socket. */
static struct event_record event_of(int event, int fd)
{
    char own[EVENT_PEER_SIZE];
    raw_own_address(fd, own, sizeof(own));
    size_t place = 0;
    while (strcmp(event_log_nth(event_log, event, place).peer, own) != 0)
        place++;
    return event_log_nth(event_log, event, place);
}

START_TEST(connection_opens_and_closes_in_the_same_thread)
{
    enum { PEERS = 3 * WORKERS };
    if (!serve_with(pollers[_i]))
        return;
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, PEERS);
    for (size_t i = 0; i < PEERS; i++)
        raw_half_close(fds[i]);
    crowd_expect_fin(fds, PEERS);
    event_log_await(event_log, SE_EVENT_CLOSED, PEERS);
    for (size_t i = 0; i < PEERS; i++) {
        struct event_record opened = event_of(SE_EVENT_OPENED, fds[i]);
        struct event_record closed = event_of(SE_EVENT_CLOSED, fds[i]);
        ck_assert(pthread_equal(opened.thread, closed.thread));
        ck_assert_int_eq(opened.id, closed.id);
    }
    crowd_close(fds, PEERS);
    end();
}
END_TEST

START_TEST(connections_of_different_workers_have_different_numbers)
{
    enum { PEERS = 3 * WORKERS };
    if (!serve_with(pollers[_i]))
        return;
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, PEERS);
    for (size_t i = 0; i < PEERS; i++) {
        for (size_t j = 0; j < i; j++)
            ck_assert_int_ne(event_log_nth(event_log, SE_EVENT_OPENED, i).id,
                             event_log_nth(event_log, SE_EVENT_OPENED, j).id);
    }
    crowd_close(fds, PEERS);
    end();
}
END_TEST

/** The third connection is the third worker's. When it has ended, that worker has one fewer than the others, and so
 * many more make all of them equal: it gets two. */
START_TEST(worker_whose_connection_ended_gets_one_more)
{
    enum { EACH = 2, PEERS = EACH * WORKERS, MORE = WORKERS + 1 };
    if (!serve_with(pollers[_i]))
        return;
    int fds[PEERS];
    int more[MORE];
    crowd_connect(fds, PEERS, se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, PEERS);
    pthread_t thread = event_of(SE_EVENT_OPENED, fds[2]).thread;
    raw_half_close(fds[2]);
    event_log_await(event_log, SE_EVENT_CLOSED, 1);
    stat_await(server, SE_STAT_ACTIVE, PEERS - 1);
    crowd_connect(more, MORE, se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, PEERS + MORE);
    ck_assert_uint_eq(count_in(thread), EACH + 2);
    crowd_close(more, MORE);
    crowd_close(fds, PEERS);
    end();
}
END_TEST

START_TEST(started_server_has_a_thread_for_each_worker_while_it_runs)
{
    size_t before = threads_count();
    if (!serve_with(pollers[_i]))
        return;
    raw_assert_served(se_server_port(server));
    ck_assert_uint_eq(threads_count(), before + WORKERS);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    threads_await_at_most(before);
    se_server_free(server);
    event_log_free(event_log);
}
END_TEST

START_TEST(limit_of_connections_holds_across_workers)
{
    enum { LIMIT = WORKERS + 1 };
    if (!log_with(pollers[_i]))
        return;
    ck_assert_int_eq(se_server_set_max_connections(server, LIMIT), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int fds[LIMIT];
    crowd_connect(fds, LIMIT, se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, LIMIT);
    int refused_fd = raw_connect(se_server_port(server));
    ck_assert_uint_eq(raw_expect_reset(refused_fd), 0);
    close(refused_fd);
    raw_half_close(fds[LIMIT - 1]);
    raw_expect_fin(fds[LIMIT - 1]);
    stat_await(server, SE_STAT_ACTIVE, LIMIT - 1);
    raw_assert_served(se_server_port(server));
    ck_assert_int_eq(se_server_stat(server, SE_STAT_REFUSED), 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE_MAX), LIMIT);
    crowd_close(fds, LIMIT);
    end();
}
END_TEST

START_TEST(limit_per_address_holds_across_workers)
{
    enum { LIMIT = WORKERS - 1 };
    if (!log_with(pollers[_i]))
        return;
    ck_assert_int_eq(se_server_set_max_per_address(server, LIMIT), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int fds[LIMIT];
    crowd_connect(fds, LIMIT, se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, LIMIT);
    int refused_fd = raw_connect(se_server_port(server));
    ck_assert_uint_eq(raw_expect_reset(refused_fd), 0);
    close(refused_fd);
    crowd_send(fds, LIMIT);
    crowd_expect_echo(fds, LIMIT);
    crowd_close(fds, LIMIT);
    end();
}
END_TEST

START_TEST(figures_are_those_of_all_workers)
{
    enum { PEERS = 3 * WORKERS };
    if (!serve_with(pollers[_i]))
        return;
    size_t length = environment_length(200000);
    uint8_t *bytes = pattern_new(length, 1);
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, PEERS);
    stat_await(server, SE_STAT_ACTIVE, PEERS);
    for (size_t i = 0; i < PEERS; i++)
        raw_exchange(fds[i], bytes, length, 65536);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPTED), PEERS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), PEERS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE_MAX), PEERS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_RECEIVED_BYTES), (int64_t)(PEERS * length));
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ECHOED_BYTES), (int64_t)(PEERS * length));
    stat_assert_consistent(server);
    se_server_free(server);
    event_log_free(event_log);
    free(bytes);
}
END_TEST

START_TEST(number_of_workers_has_a_range_and_is_fixed_by_the_first_run)
{
    if (!log_with(pollers[_i]))
        return;
    ck_assert_int_eq(se_server_set_workers(server, 0), -EINVAL);
    ck_assert_int_eq(se_server_set_workers(server, -1), -EINVAL);
    ck_assert_int_eq(se_server_set_workers(server, 257), -EINVAL);
    ck_assert_int_eq(se_server_set_workers(NULL, 1), -EINVAL);
    ck_assert_int_eq(se_server_set_workers(server, 256), 0);
    ck_assert_int_eq(se_server_set_workers(server, 2), 0);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_set_workers(server, 2), -EBUSY);
    ck_assert_int_eq(se_server_set_workers(server, 3), -EBUSY);
    ck_assert_int_eq(se_server_set_workers(server, 0), -EINVAL);
    se_server_free(server);
    event_log_free(event_log);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("several workers");
    TCase *tcase = fixture_add_tcase(suite, "serving");
    tcase_add_loop_test(tcase, each_worker_gets_its_share, 0, POLLERS);
    tcase_add_loop_test(tcase, connection_opens_and_closes_in_the_same_thread, 0, POLLERS);
    tcase_add_loop_test(tcase, connections_of_different_workers_have_different_numbers, 0, POLLERS);
    tcase_add_loop_test(tcase, worker_whose_connection_ended_gets_one_more, 0, POLLERS);
    tcase_add_loop_test(tcase, started_server_has_a_thread_for_each_worker_while_it_runs, 0, POLLERS);
    tcase_add_loop_test(tcase, limit_of_connections_holds_across_workers, 0, POLLERS);
    tcase_add_loop_test(tcase, limit_per_address_holds_across_workers, 0, POLLERS);
    tcase_add_loop_test(tcase, figures_are_those_of_all_workers, 0, POLLERS);
    tcase_add_loop_test(tcase, number_of_workers_has_a_range_and_is_fixed_by_the_first_run, 0, POLLERS);
    return fixture_run(suite);
}
