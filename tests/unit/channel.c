/* The three modes on one descriptor, by the calls that they come to. The kernel is a script: each wait and each receive
 * has the result that the test gives it, and takes as long on the test's clock. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "client/channel.h"
#include "fixture.h"
#include "system/deadline.h"
#include "system/socket.h"

enum { FD = 5, NS_PER_MS = 1000000, STEPS_MAX = 16, LOG_SIZE = 1000 };

struct step {
    int64_t result;
    int64_t takes_ns;
};

static int64_t now_ns;
static struct step steps[STEPS_MAX];
static int step_count;
static int steps_made;
static int64_t option_result;
static char calls_made[LOG_SIZE];

int64_t __wrap_se__clock_now_ns(void);
int64_t __wrap_se__clock_now_ms(void);
int __wrap_se__socket_wait(int fd, int events, int timeout_ms);
int64_t __wrap_se__socket_receive(int fd, void *buffer, size_t size);
int64_t __wrap_se__socket_receive_waiting(int fd, void *buffer, size_t size);
int __wrap_se__socket_set_receive_timeout(int fd, int64_t timeout_ms);
int __wrap_se__socket_set_blocking(int fd, bool blocking);

static void write_down(const char *call)
{
    size_t used = strlen(calls_made);
    ck_assert_uint_lt(used + strlen(call), sizeof(calls_made));
    snprintf(calls_made + used, sizeof(calls_made) - used, "%s", call);
}

static int64_t next_result(void)
{
    ck_assert_int_lt(steps_made, step_count);
    const struct step *step = &steps[steps_made++];
    now_ns += step->takes_ns;
    return step->result;
}

int64_t __wrap_se__clock_now_ns(void)
{
    return now_ns;
}

int64_t __wrap_se__clock_now_ms(void)
{
    return now_ns / NS_PER_MS;
}

int __wrap_se__socket_wait(int fd, int events, int timeout_ms)
{
    char call[64];
    snprintf(call, sizeof(call), "wait(%d, %d, %d) ", fd, events, timeout_ms);
    write_down(call);
    return (int)next_result();
}

int64_t __wrap_se__socket_receive(int fd, void *buffer, size_t size)
{
    (void)buffer;
    (void)size;
    ck_assert_int_eq(fd, FD);
    write_down("receive ");
    return next_result();
}

int64_t __wrap_se__socket_receive_waiting(int fd, void *buffer, size_t size)
{
    (void)buffer;
    (void)size;
    ck_assert_int_eq(fd, FD);
    write_down("receive-waiting ");
    return next_result();
}

int __wrap_se__socket_set_receive_timeout(int fd, int64_t timeout_ms)
{
    char call[64];
    snprintf(call, sizeof(call), "bound(%d, %lld) ", fd, (long long)timeout_ms);
    write_down(call);
    return (int)option_result;
}

int __wrap_se__socket_set_blocking(int fd, bool blocking)
{
    char call[64];
    snprintf(call, sizeof(call), "blocking(%d, %d) ", fd, blocking);
    write_down(call);
    return 0;
}

static void begin(void)
{
    now_ns = 0;
    step_count = steps_made = 0;
    option_result = 0;
    calls_made[0] = '\0';
}

static void then(int64_t result, int64_t takes_ns)
{
    ck_assert_int_lt(step_count, STEPS_MAX);
    steps[step_count++] = (struct step){result, takes_ns};
}

/** All steps of the script were taken, by these calls. Another script may follow. */
static void assert_calls(const char *expected)
{
    ck_assert_str_eq(calls_made, expected);
    ck_assert_int_eq(steps_made, step_count);
    step_count = steps_made = 0;
    calls_made[0] = '\0';
}

static struct se__channel channel_of(int64_t timeout_ms)
{
    return (struct se__channel){.fd = FD, .timeout_ms = timeout_ms, .bounded = true};
}

static struct se__call call_until(int64_t deadline_ms)
{
    return (struct se__call){.deadline_ms = deadline_ms};
}

/* ---- the mode ---- */

static void set(struct se__channel *channel, int64_t timeout_ms, const char *expected)
{
    ck_assert_int_eq(se__channel_set_timeout(channel, timeout_ms), 0);
    ck_assert_int_eq(channel->timeout_ms, timeout_ms);
    assert_calls(expected);
}

START_TEST(descriptor_follows_the_mode)
{
    struct se__channel channel = {.fd = FD};
    set(&channel, -1, "bound(5, 0) blocking(5, 1) ");
    set(&channel, 0, "bound(5, 0) blocking(5, 0) ");
    set(&channel, 1, "bound(5, 1) blocking(5, 1) ");
    set(&channel, 1000 * 1000 * 1000, "bound(5, 1000000000) blocking(5, 1) ");
    set(&channel, INT64_MAX, "bound(5, 1000000000) blocking(5, 1) ");
    ck_assert(channel.bounded);
    option_result = -ENOPROTOOPT;
    set(&channel, 20, "bound(5, 20) blocking(5, 1) ");
    ck_assert(!channel.bounded);
}
END_TEST

START_TEST(mode_without_a_descriptor_is_kept_for_later)
{
    struct se__channel channel = {.fd = -1};
    set(&channel, 20, "");
    channel.fd = 0;
    set(&channel, 20, "bound(0, 20) blocking(0, 1) ");
}
END_TEST

START_TEST(only_a_call_with_a_timeout_is_ever_late)
{
    struct se__call call = call_until(7);
    struct se__channel timed = channel_of(1);
    struct se__channel blocking = channel_of(-1);
    struct se__channel non_blocking = channel_of(0);
    now_ns = 7 * NS_PER_MS - 1;
    ck_assert(!se__channel_is_late(&timed, &call));
    now_ns = 7 * NS_PER_MS;
    ck_assert(se__channel_is_late(&timed, &call));
    ck_assert(!se__channel_is_late(&blocking, &call));
    ck_assert(!se__channel_is_late(&non_blocking, &call));
}
END_TEST

/* ---- waiting ---- */

static void wait_to(struct se__channel channel, int64_t deadline_ms, int result, const char *expected)
{
    struct se__call call = call_until(deadline_ms);
    ck_assert_int_eq(se__channel_wait(&channel, &call, 8, POLLOUT), result);
    assert_calls(expected);
}

START_TEST(wait_ends_when_the_descriptor_is_ready)
{
    then(1, 0);
    wait_to(channel_of(1), 1, 0, "wait(8, 4, 1) ");
    then(1, 0);
    wait_to(channel_of(-1), SE__NEVER, 0, "wait(8, 4, -1) ");
    wait_to(channel_of(0), SE__NEVER, -EAGAIN, "");
}
END_TEST

START_TEST(wait_that_nothing_ended_goes_on_for_what_is_left)
{
    then(0, 30 * NS_PER_MS);
    then(-EINTR, 20 * NS_PER_MS);
    then(1, 0);
    wait_to(channel_of(100), 100, 0, "wait(8, 4, 100) wait(8, 4, 70) wait(8, 4, 50) ");
}
END_TEST

START_TEST(wait_ends_at_the_deadline)
{
    then(0, 100 * NS_PER_MS);
    wait_to(channel_of(100), 100, -EAGAIN, "wait(8, 4, 100) ");
    then(-EINTR, 0);
    wait_to(channel_of(100), 100, -EAGAIN, "wait(8, 4, 0) ");
}
END_TEST

START_TEST(wait_without_kernel_memory_pauses_and_one_that_fails_says_so)
{
    then(-ENOMEM, 0);
    then(0, 10 * NS_PER_MS);
    then(-EBADF, 0);
    wait_to(channel_of(100), 100, -EBADF, "wait(8, 4, 100) wait(-1, 0, 10) wait(8, 4, 90) ");
}
END_TEST

START_TEST(pause_is_short_and_no_longer_than_the_call)
{
    static const struct {
        int64_t timeout_ms, deadline_ms;
        const char *calls;
    } pauses[] = {
        {-1, SE__NEVER, "wait(-1, 0, 10) "}, {100, 100, "wait(-1, 0, 10) "}, {100, 11, "wait(-1, 0, 10) "},
        {100, 9, "wait(-1, 0, 9) "},         {1, 1, "wait(-1, 0, 1) "},
    };
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        struct se__channel channel = channel_of(pauses[i].timeout_ms);
        struct se__call call = call_until(pauses[i].deadline_ms);
        then(0, 0);
        ck_assert_int_eq(se__channel_pause(&channel, &call), 0);
        assert_calls(pauses[i].calls);
        ck_assert(call.is_under_way);
    }
}
END_TEST

START_TEST(nobody_pauses_beyond_the_deadline_or_in_non_blocking_mode)
{
    struct se__channel timed = channel_of(100);
    struct se__channel non_blocking = channel_of(0);
    struct se__call call = call_until(3);
    ck_assert_int_eq(se__channel_pause(&non_blocking, &call), -EAGAIN);
    now_ns = 3 * NS_PER_MS;
    ck_assert_int_eq(se__channel_pause(&timed, &call), -EAGAIN);
    assert_calls("");
}
END_TEST

/* ---- looking before sleeping ---- */

static struct se__channel busy_channel(int64_t timeout_ms, int64_t busy_poll_ns)
{
    struct se__channel channel = channel_of(timeout_ms);
    channel.busy_poll_ns = busy_poll_ns;
    return channel;
}

static void then_times(int count, int64_t result, int64_t takes_ns)
{
    for (int i = 0; i < count; i++)
        then(result, takes_ns);
}

START_TEST(busy_wait_looks_for_its_time_and_sleeps_then)
{
    then_times(3, 0, NS_PER_MS);
    then(1, 0);
    wait_to(busy_channel(100, 3 * NS_PER_MS), 100, 0, "wait(8, 4, 0) wait(8, 4, 0) wait(8, 4, 0) wait(8, 4, 97) ");
}
END_TEST

START_TEST(busy_wait_that_sees_something_does_not_sleep)
{
    then(0, NS_PER_MS);
    then(1, 0);
    wait_to(busy_channel(1, 3 * NS_PER_MS), 100, 0, "wait(8, 4, 0) wait(8, 4, 0) ");
}
END_TEST

START_TEST(busy_wait_of_which_a_look_fails_hears_of_it_from_the_next_wait)
{
    then(-EINTR, NS_PER_MS);
    then(-EBADF, 0);
    wait_to(busy_channel(-1, 3 * NS_PER_MS), SE__NEVER, -EBADF, "wait(8, 4, 0) wait(8, 4, -1) ");
}
END_TEST

/** Also within the millisecond of the deadline. */
START_TEST(busy_wait_looks_no_longer_than_the_call)
{
    now_ns = NS_PER_MS / 2;
    then_times(5, 0, NS_PER_MS / 2);
    then(0, 0);
    wait_to(busy_channel(100, 3 * NS_PER_MS), 3, -EAGAIN,
            "wait(8, 4, 0) wait(8, 4, 0) wait(8, 4, 0) wait(8, 4, 0) wait(8, 4, 0) wait(8, 4, 0) ");
}
END_TEST

START_TEST(nobody_looks_busily_in_non_blocking_mode)
{
    wait_to(busy_channel(0, 3 * NS_PER_MS), SE__NEVER, -EAGAIN, "");
}
END_TEST

/* ---- receiving ---- */

static void receive_to(struct se__channel channel, int64_t deadline_ms, int64_t result, const char *expected)
{
    struct se__call call = call_until(deadline_ms);
    char buffer[8];
    ck_assert_int_eq(se__channel_receive(&channel, &call, buffer, sizeof(buffer)), result);
    assert_calls(expected);
}

START_TEST(receive_gives_what_came_and_what_went_wrong)
{
    then(8, 0);
    receive_to(channel_of(-1), SE__NEVER, 8, "receive-waiting ");
    then(0, 0);
    receive_to(channel_of(-1), SE__NEVER, 0, "receive-waiting ");
    then(-ECONNRESET, 0);
    receive_to(channel_of(-1), SE__NEVER, -ECONNRESET, "receive-waiting ");
    then(8, 0);
    receive_to(channel_of(0), SE__NEVER, 8, "receive ");
}
END_TEST

START_TEST(blocking_receive_waits_in_the_kernel_each_time)
{
    then(-EINTR, 0);
    then(-ENOMEM, 0);
    then(0, 10 * NS_PER_MS);
    then(8, 0);
    receive_to(channel_of(-1), SE__NEVER, 8, "receive-waiting receive-waiting wait(-1, 0, 10) receive-waiting ");
}
END_TEST

START_TEST(timed_receive_waits_in_the_kernel_once)
{
    then(-EINTR, 0);
    then(-EAGAIN, 0);
    then(1, 0);
    then(8, 0);
    receive_to(channel_of(1), 1, 8, "receive-waiting receive wait(5, 1, 1) receive ");
}
END_TEST

START_TEST(timed_receive_that_the_kernel_does_not_bound_waits_in_poll)
{
    struct se__channel channel = channel_of(100);
    channel.bounded = false;
    then(-EAGAIN, 0);
    then(0, 100 * NS_PER_MS);
    receive_to(channel, 100, -EAGAIN, "receive wait(5, 1, 100) ");
}
END_TEST

START_TEST(timed_receive_pauses_for_memory)
{
    then(-ENOMEM, 0);
    then(0, NS_PER_MS);
    then(-ENOMEM, 0);
    receive_to(channel_of(1), 1, -EAGAIN, "receive-waiting wait(-1, 0, 1) receive ");
}
END_TEST

START_TEST(non_blocking_receive_leaves_the_waiting_to_its_caller)
{
    then(-EAGAIN, 0);
    receive_to(channel_of(0), SE__NEVER, -EAGAIN, "receive ");
    then(-ENOMEM, 0);
    receive_to(channel_of(0), SE__NEVER, -ENOMEM, "receive ");
    then(-EAGAIN, 0);
    receive_to(busy_channel(0, 3 * NS_PER_MS), SE__NEVER, -EAGAIN, "receive ");
}
END_TEST

START_TEST(busy_receive_looks_for_its_time_and_waits_then)
{
    then_times(3, -EAGAIN, NS_PER_MS);
    then(8, 0);
    receive_to(busy_channel(-1, 3 * NS_PER_MS), SE__NEVER, 8, "receive receive receive receive-waiting ");
    then(-EAGAIN, NS_PER_MS);
    then(8, 0);
    receive_to(busy_channel(-1, 3 * NS_PER_MS), SE__NEVER, 8, "receive receive ");
}
END_TEST

/** What is left is no longer what the kernel was told. */
START_TEST(busy_receive_with_a_timeout_waits_in_poll_then)
{
    then_times(3, -EAGAIN, NS_PER_MS);
    then(-EAGAIN, 0);
    then(1, 0);
    then(-ECONNRESET, 0);
    receive_to(busy_channel(100, 3 * NS_PER_MS), 100, -ECONNRESET,
               "receive receive receive receive wait(5, 1, 97) receive ");
}
END_TEST

static void add_mode(Suite *suite)
{
    TCase *tcase = fixture_add_tcase(suite, "mode");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, descriptor_follows_the_mode);
    tcase_add_test(tcase, mode_without_a_descriptor_is_kept_for_later);
    tcase_add_test(tcase, only_a_call_with_a_timeout_is_ever_late);
}

static void add_waiting(Suite *suite)
{
    TCase *tcase = fixture_add_tcase(suite, "waiting");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, wait_ends_when_the_descriptor_is_ready);
    tcase_add_test(tcase, wait_that_nothing_ended_goes_on_for_what_is_left);
    tcase_add_test(tcase, wait_ends_at_the_deadline);
    tcase_add_test(tcase, wait_without_kernel_memory_pauses_and_one_that_fails_says_so);
    tcase_add_test(tcase, pause_is_short_and_no_longer_than_the_call);
    tcase_add_test(tcase, nobody_pauses_beyond_the_deadline_or_in_non_blocking_mode);
    tcase_add_test(tcase, busy_wait_looks_for_its_time_and_sleeps_then);
    tcase_add_test(tcase, busy_wait_that_sees_something_does_not_sleep);
    tcase_add_test(tcase, busy_wait_of_which_a_look_fails_hears_of_it_from_the_next_wait);
    tcase_add_test(tcase, busy_wait_looks_no_longer_than_the_call);
    tcase_add_test(tcase, nobody_looks_busily_in_non_blocking_mode);
}

static void add_receiving(Suite *suite)
{
    TCase *tcase = fixture_add_tcase(suite, "receiving");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, receive_gives_what_came_and_what_went_wrong);
    tcase_add_test(tcase, blocking_receive_waits_in_the_kernel_each_time);
    tcase_add_test(tcase, timed_receive_waits_in_the_kernel_once);
    tcase_add_test(tcase, timed_receive_that_the_kernel_does_not_bound_waits_in_poll);
    tcase_add_test(tcase, timed_receive_pauses_for_memory);
    tcase_add_test(tcase, non_blocking_receive_leaves_the_waiting_to_its_caller);
    tcase_add_test(tcase, busy_receive_looks_for_its_time_and_waits_then);
    tcase_add_test(tcase, busy_receive_with_a_timeout_waits_in_poll_then);
}

int main(void)
{
    Suite *suite = suite_create("the three modes on one descriptor");
    add_mode(suite);
    add_waiting(suite);
    add_receiving(suite);
    return fixture_run(suite);
}
