/* What a worker may conclude from a turn. The wait, the receiving and the worker's clock are bent as a test says; the
 * rest is real. The idle timeout passes on the bent clock alone, so that no slow host ends a connection before its
 * time. */
#include <errno.h>
#include <poll.h>
#include <sockecho/server.h>
#include <sockecho/statistics.h>
#include <stdbool.h>
#include <unistd.h>

#include "clock.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pair.h"
#include "server/pool.h"
#include "server/worker.h"
#include "system/deadline.h"
#include "system/poller.h"
#include "system/socket.h"

enum { IDLE_MS = 600000, PEERS = SE__POLLER_EVENTS_MAX + 1, RUN_MS = 5 };

static struct se__worker *worker;
static struct se__wakeup wakeup;
static struct se__service service;
static struct se__mailbox *mailboxes[1];
static struct se__address address;
static int fds[PEERS];

static bool is_flooded;        /**< every turn is full */
static int full_turns_to_come; /**< after the last of them the host pauses for longer than the idle timeout */
static bool is_without_memory;
static int receives_refused;
static int64_t slept_ms; /**< how far the worker's clock is ahead, as of a host that was suspended */

static void (*meanwhile)(void); /**< happens once, before the next wait */

int __real_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms);
int __wrap_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms);
int64_t __real_se__clock_now_ns(void);
int64_t __wrap_se__clock_now_ns(void);
int64_t __real_se__socket_receive(int fd, void *buffer, size_t size);
int64_t __wrap_se__socket_receive(int fd, void *buffer, size_t size);

int64_t __wrap_se__clock_now_ns(void)
{
    return __real_se__clock_now_ns() + slept_ms * 1000000;
}

/** A turn that is full, of events that nobody has any more. */
static int full_turn(struct se__poller_event *events)
{
    for (int i = 0; i < SE__POLLER_EVENTS_MAX; i++)
        events[i].tag = SE__POOL_CHUNK * PEERS;
    return SE__POLLER_EVENTS_MAX;
}

int __wrap_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms)
{
    if (meanwhile)
        meanwhile();
    meanwhile = NULL;
    if (is_flooded)
        return full_turn(events);
    if (full_turns_to_come == 0)
        return __real_se__poller_wait(poller, events, timeout_ms);
    if (--full_turns_to_come == 0) {
        slept_ms += 2 * IDLE_MS;
        return __real_se__poller_wait(poller, events, timeout_ms);
    }
    return full_turn(events);
}

int64_t __wrap_se__socket_receive(int fd, void *buffer, size_t size)
{
    if (!is_without_memory)
        return __real_se__socket_receive(fd, buffer, size);
    receives_refused++;
    slept_ms += IDLE_MS;
    return -ENOMEM;
}

static void bend_nothing(void)
{
    is_flooded = is_without_memory = false;
    full_turns_to_come = receives_refused = 0;
    slept_ms = 0;
    meanwhile = NULL;
}

static void begin(void)
{
    bend_nothing();
    service = (struct se__service){.settings = {.idle_ms = IDLE_MS, .stall_ms = -1, .linger_ms = -1, .drain_ms = 0}};
    int listen_fd = pair_listen();
    ck_assert_int_eq(se__socket_local_address(listen_fd, &address), 0);
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
    ck_assert_int_eq(se__service_begin(&service, NULL, &wakeup), 0);
    service.census.limit = PEERS;
    ck_assert_int_eq(se__worker_new(&service, 0, &wakeup, &worker), 0);
    mailboxes[0] = se__worker_mailbox(worker);
    ck_assert_int_eq(se__worker_listen(worker, listen_fd, mailboxes, 1), 0);
}

static void end(int count)
{
    for (int i = 0; i < count; i++)
        close(fds[i]);
    se__worker_end(worker);
    se__worker_free(worker);
    se__service_end(&service);
    se__wakeup_end(&wakeup);
}

static int64_t stat_of(enum se_server_stat stat)
{
    return se__tally_get(se__worker_tally(worker), stat);
}

static int64_t worker_deadline_in(int64_t timeout_ms)
{
    return se__deadline_in(timeout_ms) + slept_ms;
}

static void run_until(enum se_server_stat stat, int64_t value)
{
    int64_t start_ns = clock_now_ns();
    while (stat_of(stat) < value && clock_ms_since(start_ns) < environment_patience_ms())
        ck_assert_int_eq(se__worker_run(worker, worker_deadline_in(RUN_MS)), -ETIMEDOUT);
    ck_assert_int_eq(stat_of(stat), value);
}

static void take_in(int count)
{
    for (int i = 0; i < count; i++) {
        int result = se__socket_connect(&address, &fds[i]);
        ck_assert(result == 0 || result == -EINPROGRESS);
    }
    run_until(SE_STAT_ACCEPTED, count);
}

/** The turns before were full as well, but told nothing of what has come since. */
START_TEST(nobody_is_idle_whose_bytes_one_full_turn_may_have_left_out)
{
    begin();
    take_in(PEERS);
    for (int i = 0; i < PEERS; i++)
        pair_send_text(fds[i], "x");
    full_turns_to_come = 4;
    run_until(SE_STAT_ECHOED_BYTES, PEERS);
    ck_assert_int_eq(io_wait(fds[0], POLLIN, environment_patience_ms()), 1);
    for (int i = 0; i < PEERS; i++) {
        char text[2];
        ck_assert_int_eq(io_receive(fds[i], (uint8_t *)text, 1), 1);
        ck_assert_int_eq(io_wait(fds[i], POLLIN, 0), 0);
    }
    end(PEERS);
}
END_TEST

/** By the second full turn everybody would have been told of who is ready. */
START_TEST(full_turns_without_end_keep_nobody_beyond_the_idle_time)
{
    begin();
    take_in(PEERS);
    slept_ms += 2 * IDLE_MS;
    is_flooded = true;
    int64_t start_ns = clock_now_ns();
    while (io_wait(fds[0], POLLIN, 0) == 0 && clock_ms_since(start_ns) < environment_patience_ms())
        ck_assert_int_eq(se__worker_run(worker, worker_deadline_in(RUN_MS)), -ETIMEDOUT);
    for (int i = 0; i < PEERS; i++)
        ck_assert_int_eq(pair_receive_next(fds[i]), 0);
    end(PEERS);
}
END_TEST

enum { TWO_BATCHES = 128 };

/** Two batches of peers have come and gone, and the stop has been heard of, when the worker wakes. */
static void connect_and_stop(void)
{
    for (int i = 0; i < TWO_BATCHES; i++) {
        int result = se__socket_connect(&address, &fds[i]);
        ck_assert(result == 0 || result == -EINPROGRESS);
        ck_assert_int_gt(io_wait(fds[i], POLLOUT, environment_patience_ms()), 0);
        ck_assert_int_eq(se__socket_finish(fds[i]), 0);
    }
    atomic_store(&service.stops, 1);
    se__wakeup_signal(&wakeup);
}

/** One batch is accepted because the listener is readable, the other one because of the stop. Nothing else is to happen
 * then that would wake the worker, and yet it has to look whether somebody waits. */
START_TEST(a_stop_that_finds_two_batches_in_the_queue_ends_at_once)
{
    begin();
    service.settings.drain_ms = -1;
    meanwhile = connect_and_stop;
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se__worker_run(worker, worker_deadline_in(environment_patience_ms())), 0);
    assert_took_less_than(start_ns, 5000);
    ck_assert_int_eq(stat_of(SE_STAT_ORDERLY), TWO_BATCHES);
    for (int i = 0; i < TWO_BATCHES; i++)
        ck_assert_int_eq(pair_receive_next(fds[i]), 0);
    end(TWO_BATCHES);
}
END_TEST

START_TEST(a_shortage_of_memory_beyond_the_idle_time_ends_no_run_too_late)
{
    begin();
    take_in(1);
    pair_send_text(fds[0], "x");
    is_without_memory = true;
    ck_assert_int_eq(se__worker_run(worker, worker_deadline_in(3 * IDLE_MS)), -ETIMEDOUT);
    ck_assert_int_gt(receives_refused, 1);
    is_without_memory = false;
    run_until(SE_STAT_ECHOED_BYTES, 1);
    end(1);
}
END_TEST

/** Its peer has waited for memory until the cut, and nobody waits any more. */
START_TEST(a_worker_that_is_over_is_never_due)
{
    begin();
    take_in(1);
    pair_send_text(fds[0], "x");
    is_without_memory = true;
    ck_assert_int_eq(se__worker_run_ready(worker), -EAGAIN);
    ck_assert_int_gt(receives_refused, 0);
    ck_assert_int_lt(se__worker_due_ms(worker), SE__NEVER);
    atomic_store(&service.stops, 2);
    se__wakeup_signal(&wakeup);
    ck_assert_int_eq(se__worker_run_ready(worker), 0);
    ck_assert_int_eq(se__worker_due_ms(worker), SE__NEVER);
    is_without_memory = false;
    end(1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("turns of a worker");
    TCase *tcase = fixture_add_tcase(suite, "what is due");
    tcase_add_test(tcase, nobody_is_idle_whose_bytes_one_full_turn_may_have_left_out);
    tcase_add_test(tcase, full_turns_without_end_keep_nobody_beyond_the_idle_time);
    tcase_add_test(tcase, a_stop_that_finds_two_batches_in_the_queue_ends_at_once);
    tcase_add_test(tcase, a_shortage_of_memory_beyond_the_idle_time_ends_no_run_too_late);
    tcase_add_test(tcase, a_worker_that_is_over_is_never_due);
    return fixture_run(suite);
}
