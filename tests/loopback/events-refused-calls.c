/* Calls that would wait for the server, or change it under its workers, are refused in its callback: at once, and
 * without harm. */
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "raw.h"

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

static int set_timeout(struct se_server *of)
{
    return se_server_set_timeout(of, 1000);
}

static int set_blocking(struct se_server *of)
{
    return se_server_set_blocking(of, 1);
}

static int set_poller(struct se_server *of)
{
    return se_server_set_poller(of, SE_POLLER_AUTO);
}

static int set_poller_unknown(struct se_server *of)
{
    return se_server_set_poller(of, SE_POLLER_POLL + 1);
}

static int set_callback(struct se_server *of)
{
    return se_server_set_callback(of, NULL, NULL);
}

static int set_workers(struct se_server *of)
{
    return se_server_set_workers(of, 1);
}

static int set_workers_none(struct se_server *of)
{
    return se_server_set_workers(of, 0);
}

static int set_max_connections(struct se_server *of)
{
    return se_server_set_max_connections(of, 1000);
}

static int set_max_per_address(struct se_server *of)
{
    return se_server_set_max_per_address(of, 1000);
}

static int set_backlog(struct se_server *of)
{
    return se_server_set_backlog(of, 100);
}

static int set_idle_timeout(struct se_server *of)
{
    return se_server_set_idle_timeout(of, 60000);
}

static int set_stall_timeout(struct se_server *of)
{
    return se_server_set_stall_timeout(of, 60000);
}

static int set_linger_timeout(struct se_server *of)
{
    return se_server_set_linger_timeout(of, 60000);
}

static int set_drain_timeout(struct se_server *of)
{
    return se_server_set_drain_timeout(of, 60000);
}

static int set_keepalive(struct se_server *of)
{
    return se_server_set_keepalive(of, 60);
}

static int set_keepalive_negative(struct se_server *of)
{
    return se_server_set_keepalive(of, -1);
}

static int next_timeout(struct se_server *of)
{
    return (int)se_server_next_timeout(of);
}

static int free_server(struct se_server *of)
{
    se_server_free(of);
    return 0;
}

static const struct {
    const char *name;
    int (*call)(struct se_server *of);
    int expected;
} illegal[] = {
    {"run", se_server_run, -EBUSY},
    {"start", se_server_start, -EBUSY},
    {"join", se_server_join, -EDEADLK},
    {"set_timeout", set_timeout, -EBUSY},
    {"set_blocking", set_blocking, -EBUSY},
    {"next_timeout", next_timeout, -EBUSY},
    {"set_poller", set_poller, -EBUSY},
    {"set_poller to an unknown one", set_poller_unknown, -EINVAL},
    {"set_callback", set_callback, -EBUSY},
    {"set_workers", set_workers, -EBUSY},
    {"set_workers to none", set_workers_none, -EINVAL},
    {"set_max_connections", set_max_connections, -EBUSY},
    {"set_max_per_address", set_max_per_address, -EBUSY},
    {"set_backlog", set_backlog, -EBUSY},
    {"set_idle_timeout", set_idle_timeout, -EBUSY},
    {"set_stall_timeout", set_stall_timeout, -EBUSY},
    {"set_linger_timeout", set_linger_timeout, -EBUSY},
    {"set_drain_timeout", set_drain_timeout, -EBUSY},
    {"set_keepalive", set_keepalive, -EBUSY},
    {"set_keepalive to less than none", set_keepalive_negative, -EINVAL},
    {"free", free_server, 0},
};

enum { ILLEGAL = sizeof(illegal) / sizeof(illegal[0]), EVENTS_MAX = 16 };

/** What each call gave in each event so far. Read it when no worker runs any more. */
struct refusals {
    atomic_int events;
    int results[EVENTS_MAX][ILLEGAL];
    int fds[EVENTS_MAX];
};

static int call_what_is_illegal(struct se_server *of, int event, const struct se_connection *connection,
                                void *user_data)
{
    (void)event;
    (void)connection;
    struct refusals *refusals = user_data;
    int place = atomic_fetch_add(&refusals->events, 1);
    if (place >= EVENTS_MAX)
        return 0;
    for (int i = 0; i < ILLEGAL; i++)
        refusals->results[place][i] = illegal[i].call(of);
    refusals->fds[place] = se_server_fd(of);
    return 0;
}

/** Only epoll has a descriptor to tell, and only with a single worker: else -ENOSYS comes first. */
static int refusal_of_fd(int poller, int workers)
{
    return poller == SE_POLLER_EPOLL && workers == 1 ? -EBUSY : -ENOSYS;
}

static void assert_refused(const struct refusals *refusals, int events, int fd_expected)
{
    ck_assert_int_eq(refusals->events, events);
    for (int place = 0; place < events; place++) {
        for (int i = 0; i < ILLEGAL; i++)
            ck_assert_msg(refusals->results[place][i] == illegal[i].expected, "event %d: %s gave %d", place,
                          illegal[i].name, refusals->results[place][i]);
        ck_assert_int_eq(refusals->fds[place], fd_expected);
    }
}

/** With three workers, three peers are heard of in three threads. */
START_TEST(illegal_calls_are_refused_in_a_started_server)
{
    enum { PEERS = 3 };
    const int workers[] = {1, 3};
    struct refusals refusals = {0};
    if (!server_with(pollers[_i % POLLERS], call_what_is_illegal, &refusals))
        return;
    ck_assert_int_eq(se_server_set_workers(server, workers[_i / POLLERS]), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int fds[PEERS];
    for (int i = 0; i < PEERS; i++)
        fds[i] = raw_connect(se_server_port(server));
    for (int i = 0; i < PEERS; i++)
        raw_exchange(fds[i], message, sizeof(message), sizeof(message));
    server_end(server);
    assert_refused(&refusals, 2 * PEERS, refusal_of_fd(pollers[_i % POLLERS], workers[_i / POLLERS]));
}
END_TEST

START_TEST(illegal_calls_are_refused_in_a_non_blocking_run)
{
    struct refusals refusals = {0};
    if (!server_with(pollers[_i], call_what_is_illegal, &refusals))
        return;
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    int fd = raw_connect(se_server_port(server));
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    assert_refused(&refusals, 1, refusal_of_fd(pollers[_i], 1));
    ck_assert_int_eq(se_server_get_timeout(server), 0);
    close(fd);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_set_blocking(server, 1), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    assert_refused(&refusals, 2, refusal_of_fd(pollers[_i], 1));
    se_server_free(server);
}
END_TEST

/** Nothing runs then, and yet the callback comes: the server is half gone. */
START_TEST(illegal_calls_are_refused_while_the_server_is_freed)
{
    struct refusals refusals = {0};
    if (!server_with(pollers[_i], call_what_is_illegal, &refusals))
        return;
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    int fd = raw_connect(se_server_port(server));
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    se_server_free(server);
    assert_refused(&refusals, 2, refusal_of_fd(pollers[_i], 1));
    raw_expect_fin(fd);
    close(fd);
}
END_TEST

/** Two threads that are in the callback at once: each says when it is in, and waits to be let out. */
struct stay {
    atomic_int entered; /* threads that are or were in */
    sem_t in;           /* posted by each that comes in */
    sem_t out[2];       /* in the order of coming in */
    int results[2];
};

static bool await(sem_t *semaphore)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += environment_patience_ms() / 1000;
    return sem_timedwait(semaphore, &until) == 0;
}

/** The first peer's worker is the one that accepts, which has to go on accepting. */
static int stay_for_a_while(struct se_server *of, int event, const struct se_connection *connection, void *user_data)
{
    (void)connection;
    struct stay *stay = user_data;
    if (event != SE_EVENT_OPENED)
        return 0;
    int place = atomic_fetch_add(&stay->entered, 1) - 1;
    if (place < 0 || place > 1)
        return 0;
    sem_post(&stay->in);
    if (!await(&stay->out[place]))
        return 1; /* turns the peer away */
    se_server_free(of);
    stay->results[place] = se_server_join(of);
    return 0;
}

static void stay_begin(struct stay *stay)
{
    sem_init(&stay->in, 0, 0);
    for (int i = 0; i < 2; i++)
        sem_init(&stay->out[i], 0, 0);
}

static void stay_end(struct stay *stay)
{
    sem_destroy(&stay->in);
    for (int i = 0; i < 2; i++)
        sem_destroy(&stay->out[i]);
}

/** Whichever of the two threads asks, and leaves, first. */
START_TEST(a_call_is_refused_to_each_of_two_threads_that_are_in_the_callback)
{
    struct stay stay = {0};
    int first_out = _i / POLLERS;
    if (!server_with(pollers[_i % POLLERS], stay_for_a_while, &stay))
        return;
    stay_begin(&stay);
    ck_assert_int_eq(se_server_set_workers(server, 2), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int accepting_fd = raw_connect(se_server_port(server));
    raw_send(accepting_fd, message, sizeof(message));
    raw_expect_bytes(accepting_fd, message, sizeof(message));
    int fds[2];
    for (int i = 0; i < 2; i++) {
        fds[i] = raw_connect(se_server_port(server));
        ck_assert(await(&stay.in));
    }
    for (int i = 0; i < 2; i++) {
        int place = i == 0 ? first_out : 1 - first_out;
        sem_post(&stay.out[place]);
        raw_exchange(fds[place], message, sizeof(message), sizeof(message));
    }
    close(accepting_fd);
    server_end(server);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(stay.results[i], -EDEADLK);
    stay_end(&stay);
}
END_TEST

int main(void)
{
    enum { CREWS = 2, CREW_CASES = POLLERS * CREWS };
    Suite *suite = suite_create("what must not be called in the callback");
    TCase *tcase = fixture_add_tcase(suite, "refused calls");
    tcase_add_loop_test(tcase, illegal_calls_are_refused_in_a_started_server, 0, CREW_CASES);
    tcase_add_loop_test(tcase, illegal_calls_are_refused_in_a_non_blocking_run, 0, POLLERS);
    tcase_add_loop_test(tcase, illegal_calls_are_refused_while_the_server_is_freed, 0, POLLERS);
    tcase_add_loop_test(tcase, a_call_is_refused_to_each_of_two_threads_that_are_in_the_callback, 0, 2 * POLLERS);
    return fixture_run(suite);
}
