/* What the wake-up of a load does beyond the run that it was meant for, and that a stop or a failure of a run is not
 * taken for such a one. The waits are real, and counted by what they tell of; the signals of a stop can be kept back.
 */
#include <errno.h>
#include <sockecho.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "fixture.h"
#include "io.h"
#include "load/driver.h"
#include "load/load.h"

enum { THREADS_MAX = 3, RUNS_MAX = 3, TIMEOUT_MS = 200, HOUR_MS = 3600000 };

static const uint64_t wakeup_tag = UINT64_MAX;

static struct se_load *load;
static int listen_fd;
static int port;
static atomic_int wakeups; /**< that a wait told of */
static atomic_int signals;
static atomic_bool keeps_signals_back;
static void (*on_clear)(void); /**< before the wake-up is cleared for the first time */
static atomic_bool is_cleared;

int __real_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms);
void __real_se__wakeup_clear(const struct se__wakeup *wakeup);
void __real_se__wakeup_signal(const struct se__wakeup *wakeup);
int __wrap_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms);
void __wrap_se__wakeup_clear(const struct se__wakeup *wakeup);
void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup);

int __wrap_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms)
{
    int count = __real_se__poller_wait(poller, events, timeout_ms);
    for (int i = 0; i < count; i++)
        if (events[i].tag == wakeup_tag)
            atomic_fetch_add(&wakeups, 1);
    return count;
}

void __wrap_se__wakeup_clear(const struct se__wakeup *wakeup)
{
    if (!atomic_exchange(&is_cleared, true) && on_clear)
        on_clear();
    __real_se__wakeup_clear(wakeup);
}

void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup)
{
    atomic_fetch_add(&signals, 1);
    if (!atomic_load(&keeps_signals_back))
        __real_se__wakeup_signal(wakeup);
}

/** A load of a connection a thread, each with a message, to a peer that takes it and says nothing. */
static void begin(int threads)
{
    listen_fd = io_listen(THREADS_MAX * RUNS_MAX, 0, &port);
    ck_assert_int_ge(listen_fd, 0);
    ck_assert_int_eq(se_load_new(&load), 0);
    ck_assert_int_eq(se_load_set_connections(load, threads), 0);
    ck_assert_int_eq(se_load_set_threads(load, threads), 0);
    ck_assert_int_eq(se_load_set_timeout(load, TIMEOUT_MS), 0);
    ck_assert_int_eq(se_load_set_duration(load, 0), 0);
    ck_assert_int_eq(se_load_set_count(load, threads), 0);
    atomic_store(&keeps_signals_back, false);
    on_clear = NULL;
}

static void end(void)
{
    se_load_free(load);
    close(listen_fd);
}

static int run(void)
{
    atomic_store(&wakeups, 0);
    atomic_store(&signals, 0);
    atomic_store(&is_cleared, false);
    return se_load_run(load, NULL, port);
}

/** As if the run had ended while the thread that stops it had counted its stops, and not come to signal them. */
static void run_and_signal_late(void)
{
    atomic_store(&keeps_signals_back, true);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(se_load_stop(load), 0);
    ck_assert_int_eq(run(), 0);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_SENT), 0);
    atomic_store(&keeps_signals_back, false);
    __real_se__wakeup_signal(&load->wakeup);
}

/** Each thread is woken up once by it at most, and goes on. */
START_TEST(signal_that_comes_after_the_run_costs_the_next_one_no_more_than_a_turn)
{
    int threads = _i;
    begin(threads);
    run_and_signal_late();
    ck_assert_int_eq(run(), 0);
    ck_assert_int_ge(atomic_load(&wakeups), 1);
    ck_assert_int_le(atomic_load(&wakeups), threads);
    ck_assert_int_eq(atomic_load(&signals), 0);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_SENT), threads);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_TIMED_OUT), threads);
    end();
}
END_TEST

/** The same for one that was signalled in time: nothing of it is left for a third run. */
START_TEST(stop_of_a_run_wakes_nobody_up_in_the_run_after_the_next)
{
    begin(1);
    ck_assert_int_eq(se_load_stop(load), 0);
    ck_assert_int_eq(run(), 0);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_SENT), 0);
    for (int runs = 0; runs < 2; runs++) {
        ck_assert_int_eq(run(), 0);
        ck_assert_int_le(atomic_load(&wakeups), 1 - runs);
        ck_assert_int_eq(se_load_stat(load, SE_LOAD_SENT), 1);
    }
    end();
}
END_TEST

static void stop(void)
{
    ck_assert_int_eq(se_load_stop(load), 0);
}

static void stop_twice(void)
{
    stop();
    stop();
}

/** Nothing else ends the run: what one thread takes away with the signal of old, it gives back to the others. */
START_TEST(stop_at_the_moment_in_which_an_old_signal_is_cleared_reaches_all_threads)
{
    int threads = _i;
    begin(threads);
    run_and_signal_late();
    ck_assert_int_eq(se_load_set_timeout(load, SE_TIMEOUT_NONE), 0);
    ck_assert_int_eq(se_load_set_duration(load, HOUR_MS), 0);
    on_clear = stop_twice;
    ck_assert_int_eq(run(), 0);
    ck_assert_int_ge(atomic_load(&signals), 2 + 1);
    ck_assert_int_le(atomic_load(&signals), 2 + threads);
    ck_assert(atomic_load(&is_cleared));
    end();
}
END_TEST

START_TEST(one_stop_at_the_moment_in_which_an_old_signal_is_cleared_is_enough)
{
    begin(1);
    run_and_signal_late();
    on_clear = stop;
    ck_assert_int_eq(run(), 0);
    ck_assert_int_eq(atomic_load(&signals), 1 + 1);
    end();
}
END_TEST

static void fail_elsewhere(void)
{
    atomic_store(&load->run->failure, -EIO);
}

/** The thread that clears gives the signal back, and signals its own end. */
START_TEST(failure_at_the_moment_in_which_an_old_signal_is_cleared_reaches_the_others)
{
    begin(1);
    run_and_signal_late();
    on_clear = fail_elsewhere;
    ck_assert_int_eq(run(), -EIO);
    ck_assert_int_eq(atomic_load(&signals), 1 + 1);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the wake-up of a load");
    TCase *tcase = fixture_add_tcase(suite, "wake-ups");
    tcase_add_loop_test(tcase, signal_that_comes_after_the_run_costs_the_next_one_no_more_than_a_turn, 1,
                        THREADS_MAX + 1);
    tcase_add_test(tcase, stop_of_a_run_wakes_nobody_up_in_the_run_after_the_next);
    tcase_add_loop_test(tcase, stop_at_the_moment_in_which_an_old_signal_is_cleared_reaches_all_threads, 1,
                        THREADS_MAX + 1);
    tcase_add_test(tcase, one_stop_at_the_moment_in_which_an_old_signal_is_cleared_is_enough);
    tcase_add_test(tcase, failure_at_the_moment_in_which_an_old_signal_is_cleared_reaches_the_others);
    return fixture_run(suite);
}
