/* A server that gets no threads or descriptors for its workers: the run fails, nothing is left behind, and the next run
 * serves as if nothing had happened. */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "crowd.h"
#include "descriptors.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"

enum { WORKERS = 4, PEERS = 2 * WORKERS };

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct se_server *server;

static bool server_with(int poller, int64_t timeout_ms)
{
    if (!poller_available(poller))
        return false;
    server = server_new(poller);
    ck_assert_int_eq(se_server_set_workers(server, WORKERS), 0);
    ck_assert_int_eq(se_server_set_timeout(server, timeout_ms), 0);
    return true;
}

static void run_until_all_have_answers(const int *fds)
{
    do
        ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    while (!crowd_has_answers(fds, PEERS));
}

/** Nobody has room for a stack of this size: three quarters of all addresses that there can be. */
static void make_threads_impossible(pthread_attr_t *before_out)
{
    pthread_attr_t huge;
    ck_assert_int_eq(pthread_getattr_default_np(before_out), 0);
    ck_assert_int_eq(pthread_getattr_default_np(&huge), 0);
    pthread_attr_setstacksize(&huge, SIZE_MAX / 4 * 3); /* musl takes no such size: the caller looks what came of it */
    ck_assert_int_eq(pthread_setattr_default_np(&huge), 0);
    ck_assert_int_eq(pthread_attr_destroy(&huge), 0);
}

static void make_threads_possible(pthread_attr_t *before)
{
    ck_assert_int_eq(pthread_setattr_default_np(before), 0);
    ck_assert_int_eq(pthread_attr_destroy(before), 0);
}

static void *do_nothing(void *argument)
{
    return argument;
}

/** EAGAIN, or what valgrind says instead; 0 where the C library has its own idea of how large a stack may be. */
static int error_of_a_thread(void)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, do_nothing, NULL);
    if (!error)
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    return -error;
}

static bool threads_can_be_made_impossible(void)
{
    pthread_attr_t before;
    make_threads_impossible(&before);
    int error = error_of_a_thread();
    make_threads_possible(&before);
    return error < 0;
}

START_TEST(run_that_gets_no_threads_fails_and_can_be_repeated)
{
    enum { TIMEOUT_MS = 50 };
    pthread_attr_t before;
    if (!threads_can_be_made_impossible()) {
        environment_skip("this C library makes a thread, however large a stack it is asked for");
        return;
    }
    if (!server_with(pollers[_i], TIMEOUT_MS))
        return;
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    make_threads_impossible(&before);
    int expected = error_of_a_thread();
    int started = se_server_start(server);
    int run = se_server_run(server);
    make_threads_possible(&before);
    ck_assert_int_lt(expected, 0);
    ck_assert_int_eq(started, expected);
    ck_assert_int_eq(run, expected);
    crowd_send(fds, PEERS);
    run_until_all_have_answers(fds);
    crowd_expect_echo(fds, PEERS);
    crowd_close(fds, PEERS);
    ck_assert_int_eq(se_server_set_timeout(server, environment_patience_ms()), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    se_server_free(server);
}
END_TEST

START_TEST(run_that_gets_no_descriptors_fails_and_can_be_repeated)
{
    enum { TIMEOUT_MS = 50 };
    struct rlimit before;
    if (!server_with(pollers[_i], TIMEOUT_MS))
        return;
    int fds[PEERS];
    crowd_connect(fds, PEERS, se_server_port(server));
    crowd_send(fds, PEERS);
    if (descriptors_use_up(&before)) {
        int started = se_server_start(server);
        int run = se_server_run(server);
        descriptors_restore(&before);
        ck_assert_int_eq(started, -EMFILE);
        ck_assert_int_eq(run, -EMFILE);
    }
    ck_assert_int_eq(se_server_set_workers(server, WORKERS), 0);
    run_until_all_have_answers(fds);
    crowd_expect_echo(fds, PEERS);
    crowd_close(fds, PEERS);
    se_server_free(server);
}
END_TEST

/** There is room for some of the workers: what they have is given back. */
START_TEST(run_that_gets_too_few_descriptors_gives_them_back)
{
    enum { MORE_WORKERS = 32, ROOM = 10 };
    struct rlimit before;
    if (!server_with(pollers[_i], 0))
        return;
    ck_assert_int_eq(se_server_set_workers(server, MORE_WORKERS), 0);
    int lowest_free = dup(STDERR_FILENO);
    close(lowest_free);
    if (descriptors_limit(lowest_free + ROOM, &before)) {
        int runs[3];
        for (int i = 0; i < 3; i++)
            runs[i] = se_server_run(server);
        int next_free = dup(STDERR_FILENO);
        close(next_free);
        descriptors_restore(&before);
        for (int i = 0; i < 3; i++)
            ck_assert_int_eq(runs[i], -EMFILE);
        ck_assert_int_eq(next_free, lowest_free);
    }
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    se_server_free(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workers that cannot be made");
    TCase *tcase = fixture_add_tcase(suite, "threads and descriptors");
    tcase_add_loop_test(tcase, run_that_gets_no_threads_fails_and_can_be_repeated, 0, POLLERS);
    tcase_add_loop_test(tcase, run_that_gets_no_descriptors_fails_and_can_be_repeated, 0, POLLERS);
    tcase_add_loop_test(tcase, run_that_gets_too_few_descriptors_gives_them_back, 0, POLLERS);
    return fixture_run(suite);
}
