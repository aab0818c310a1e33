/* The loop of a worker without a server around it: how long a run lasts, what a stop does, and that a famine of
 * descriptors costs no processor time. */
#include <errno.h>
#include <poll.h>
#include <sockecho/server.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "environment.h"
#include "famine.h"
#include "fixture.h"
#include "io.h"
#include "pair.h"
#include "server/worker.h"
#include "system/deadline.h"
#include "system/poller.h"
#include "system/socket.h"

enum { NS_PER_MS = 1000000, SOON_MS = 5000 };

static const int kinds[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static struct se__worker *worker;
static struct se__wakeup wakeup;
static struct se__service service;
static struct se__mailbox *mailboxes[1];
static struct se__address address;

static void begin_service(int poller)
{
    service = (struct se__service){
        .settings = {.poller = poller, .idle_ms = -1, .stall_ms = -1, .linger_ms = -1, .drain_ms = 5000}};
    ck_assert_int_eq(se__service_begin(&service, NULL, &wakeup), 0);
    service.census.limit = 100;
}

static bool begin(int kind_index)
{
    if (se__poller_check(kinds[kind_index])) {
        environment_skip("this build has no such poller");
        return false;
    }
    int listen_fd = pair_listen();
    ck_assert_int_eq(se__socket_local_address(listen_fd, &address), 0);
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
    begin_service(kinds[kind_index]);
    ck_assert_int_eq(se__worker_new(&service, 0, &wakeup, &worker), 0);
    mailboxes[0] = se__worker_mailbox(worker);
    ck_assert_int_eq(se__worker_listen(worker, listen_fd, mailboxes, 1), 0);
    return true;
}

static void end(void)
{
    se__worker_end(worker);
    se__worker_free(worker);
    se__service_end(&service);
    se__wakeup_end(&wakeup);
}

static void stop(void)
{
    atomic_fetch_add(&service.stops, 1);
    se__wakeup_signal(&wakeup);
}

static int run_for(int64_t timeout_ms)
{
    return se__worker_run(worker, se__deadline_in(timeout_ms));
}

static int connect_to_worker(void)
{
    int fd = -1;
    int result = se__socket_connect(&address, &fd);
    ck_assert(result == 0 || result == -EINPROGRESS);
    ck_assert_int_gt(io_wait(fd, POLLOUT, environment_patience_ms()), 0);
    return fd;
}

/** Serves in short runs until something can be received. */
static void serve_until_readable(int fd)
{
    enum { RUN_MS = 5 };
    int64_t start_ns = clock_now_ns();
    while (io_wait(fd, POLLIN, 0) == 0 && clock_ms_since(start_ns) < environment_patience_ms())
        ck_assert_int_eq(run_for(RUN_MS), -ETIMEDOUT);
}

static void assert_echoes(int fd, const char *text)
{
    pair_send_text(fd, text);
    serve_until_readable(fd);
    pair_expect_text(fd, text);
}

START_TEST(a_run_lasts_until_its_deadline_and_not_less)
{
    enum { TIMEOUT_MS = 30 };
    if (!begin(_i))
        return;
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(run_for(TIMEOUT_MS), -ETIMEDOUT);
    ck_assert_int_ge(clock_now_ns() - start_ns, TIMEOUT_MS * NS_PER_MS);
    start_ns = clock_now_ns();
    ck_assert_int_eq(run_for(0), -ETIMEDOUT);
    assert_took_less_than(start_ns, SOON_MS);
    end();
}
END_TEST

START_TEST(a_run_of_what_is_ready_does_not_wait)
{
    enum { RUNS = 1000 };
    if (!begin(_i))
        return;
    int64_t start_ns = clock_now_ns();
    for (int i = 0; i < RUNS; i++)
        ck_assert_int_eq(se__worker_run_ready(worker), -EAGAIN);
    assert_took_less_than(start_ns, SOON_MS);
    end();
}
END_TEST

START_TEST(a_stop_before_the_run_ends_it_at_once_and_for_good)
{
    if (!begin(_i))
        return;
    stop();
    ck_assert_int_eq(run_for(environment_patience_ms()), 0);
    ck_assert_int_eq(run_for(environment_patience_ms()), 0);
    ck_assert_int_eq(se__worker_run_ready(worker), 0);
    int fd = -1;
    ck_assert_int_eq(se__socket_listen(&address, &fd), 0);
    se__socket_close(fd);
    end();
}
END_TEST

START_TEST(who_waits_in_the_queue_at_a_stop_is_served)
{
    char text[8] = "";
    if (!begin(_i))
        return;
    int fd = connect_to_worker();
    pair_send_text(fd, "hello");
    ck_assert_int_eq(se__socket_finish(fd), 0);
    stop();
    ck_assert_int_eq(run_for(environment_patience_ms()), 0);
    ck_assert_int_eq(io_receive(fd, (uint8_t *)text, sizeof(text)), 5);
    ck_assert_str_eq(text, "hello");
    close(fd);
    end();
}
END_TEST

/** The peer was handed to another worker, which ended before it looked into its mailbox. */
START_TEST(a_peer_whom_no_worker_took_over_is_reset)
{
    struct se__wakeup other_wakeup;
    struct se__worker *other = NULL;
    struct se__mailbox *both[2];
    int listen_fd = pair_listen();
    ck_assert_int_eq(se__socket_local_address(listen_fd, &address), 0);
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
    ck_assert_int_eq(se__wakeup_begin(&other_wakeup), 0);
    begin_service(SE_POLLER_POLL);
    ck_assert_int_eq(se__worker_new(&service, 0, &wakeup, &worker), 0);
    ck_assert_int_eq(se__worker_new(&service, 1, &other_wakeup, &other), 0);
    both[0] = se__worker_mailbox(worker);
    both[1] = se__worker_mailbox(other);
    ck_assert_int_eq(se__worker_listen(worker, listen_fd, both, 2), 0);
    int stays_fd = connect_to_worker();
    assert_echoes(stays_fd, "mine");
    int goes_fd = connect_to_worker();
    ck_assert_int_eq(se__worker_run_ready(worker), -EAGAIN);
    ck_assert_int_eq(atomic_load(&both[1]->members), 1);
    ck_assert_int_eq(atomic_load(&service.census.active), 2);
    se__worker_end(other);
    ck_assert_int_eq(pair_receive_next(goes_fd), -ECONNRESET);
    ck_assert_int_eq(se__tally_get(se__worker_tally(other), SE_STAT_REFUSED), 1);
    ck_assert_int_eq(atomic_load(&both[1]->members), 0);
    ck_assert_int_eq(atomic_load(&service.census.active), 1);
    se__worker_free(other);
    se__wakeup_end(&other_wakeup);
    assert_echoes(stays_fd, "still mine");
    close(goes_fd);
    close(stays_fd);
    end();
}
END_TEST

START_TEST(a_peer_without_its_fin_is_waited_for_until_a_second_stop)
{
    if (!begin(_i))
        return;
    int fd = connect_to_worker();
    pair_send_text(fd, "hello");
    serve_until_readable(fd);
    stop();
    ck_assert_int_eq(run_for(10), -ETIMEDOUT);
    pair_expect_text(fd, "hello");
    ck_assert_int_eq(pair_receive_next(fd), 0);
    stop();
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(run_for(environment_patience_ms()), 0);
    assert_took_less_than(start_ns, SOON_MS);
    ck_assert_int_eq(pair_receive_next(fd), 0);
    close(fd);
    end();
}
END_TEST

static int64_t cpu_time_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000 * NS_PER_MS + used.tv_nsec;
}

START_TEST(a_famine_of_descriptors_costs_no_processor_time_and_passes)
{
    enum { FAMINE_MS = 350 };
    if (!begin(_i))
        return;
    int inside_fd = connect_to_worker();
    assert_echoes(inside_fd, "before");
    int waiting_fd = connect_to_worker();
    int late_fd = connect_to_worker();
    famine_begin();
    int64_t start_ns = cpu_time_ns();
    ck_assert_int_eq(run_for(FAMINE_MS), -ETIMEDOUT);
    int64_t used_ns = cpu_time_ns() - start_ns;
    assert_echoes(inside_fd, "meanwhile");
    famine_end();
    ck_assert_int_lt(used_ns, FAMINE_MS * NS_PER_MS / 20 * environment_slow_factor());
    close(waiting_fd);
    close(late_fd);
    int new_fd = connect_to_worker();
    assert_echoes(new_fd, "after");
    close(new_fd);
    close(inside_fd);
    end();
}
END_TEST

START_TEST(a_worker_that_cannot_be_made_leaves_nothing_behind)
{
    if (kinds[_i] != SE_POLLER_EPOLL || se__poller_check(SE_POLLER_EPOLL)) {
        environment_skip("this kind of poller can always be made");
        return;
    }
    struct pair pair = pair_open();
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
    begin_service(SE_POLLER_EPOLL);
    worker = NULL;
    famine_begin();
    ck_assert_int_eq(se__worker_new(&service, 0, &wakeup, &worker), -EMFILE);
    famine_end();
    ck_assert_ptr_null(worker);
    se__service_end(&service);
    int fd = pair_connect(pair.listen_fd);
    close(fd);
    pair_close(&pair);
    se__wakeup_end(&wakeup);
}
END_TEST

START_TEST(no_worker_can_be_freed)
{
    se__worker_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the loop of a worker");
    TCase *tcase = fixture_add_tcase(suite, "runs and stops");
    tcase_add_loop_test(tcase, a_run_lasts_until_its_deadline_and_not_less, 0, KINDS);
    tcase_add_loop_test(tcase, a_run_of_what_is_ready_does_not_wait, 0, KINDS);
    tcase_add_loop_test(tcase, a_stop_before_the_run_ends_it_at_once_and_for_good, 0, KINDS);
    tcase_add_loop_test(tcase, who_waits_in_the_queue_at_a_stop_is_served, 0, KINDS);
    tcase_add_test(tcase, a_peer_whom_no_worker_took_over_is_reset);
    tcase_add_loop_test(tcase, a_peer_without_its_fin_is_waited_for_until_a_second_stop, 0, KINDS);
    tcase_add_loop_test(tcase, a_famine_of_descriptors_costs_no_processor_time_and_passes, 0, KINDS);
    tcase_add_loop_test(tcase, a_worker_that_cannot_be_made_leaves_nothing_behind, 0, KINDS);
    tcase_add_test(tcase, no_worker_can_be_freed);
    return fixture_run(suite);
}
