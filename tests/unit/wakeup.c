/* The wake-up that this build has, an eventfd or a pipe: what one test says holds for both. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "environment.h"
#include "famine.h"
#include "fixture.h"
#include "io.h"
#include "system/wakeup.h"
#include "vacancy.h"

static struct se__wakeup wakeup;

static void begin(void)
{
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
}

static void end(void)
{
    se__wakeup_end(&wakeup);
}

static bool is_signalled(void)
{
    return io_wait(wakeup.read_fd, POLLIN, 0) == POLLIN;
}

/** Signals by hand until the kernel takes no more, not even one: to a counter, the largest steps come first. */
static void fill(void)
{
    for (uint64_t step = UINT64_MAX - 1; step > 0; step /= 2)
        while (write(wakeup.write_fd, &step, sizeof(step)) > 0)
            ;
    ck_assert_int_eq(errno, EAGAIN);
}

START_TEST(a_new_wakeup_is_not_signalled)
{
    ck_assert(!is_signalled());
}
END_TEST

START_TEST(a_signal_before_the_wait_is_kept)
{
    se__wakeup_signal(&wakeup);
    ck_assert(is_signalled());
    ck_assert(is_signalled());
}
END_TEST

/** So that as many fit as can. */
START_TEST(a_signal_adds_one_to_a_counter_and_one_byte_to_a_pipe)
{
    uint64_t count = 0;
    se__wakeup_signal(&wakeup);
    ssize_t length = read(wakeup.read_fd, &count, sizeof(count));
    ck_assert(length == 1 || (length == (ssize_t)sizeof(count) && count == 1));
    ck_assert(!is_signalled());
}
END_TEST

START_TEST(one_clear_takes_all_signals)
{
    enum { SIGNALS = 3000 };
    for (int i = 0; i < SIGNALS; i++)
        se__wakeup_signal(&wakeup);
    ck_assert(is_signalled());
    se__wakeup_clear(&wakeup);
    ck_assert(!is_signalled());
}
END_TEST

START_TEST(a_clear_of_nothing_does_not_wait)
{
    se__wakeup_clear(&wakeup);
    ck_assert(!is_signalled());
    se__wakeup_signal(&wakeup);
    ck_assert(is_signalled());
}
END_TEST

START_TEST(it_can_be_signalled_again_after_a_clear)
{
    for (int i = 0; i < 10; i++) {
        se__wakeup_signal(&wakeup);
        ck_assert(is_signalled());
        se__wakeup_clear(&wakeup);
        ck_assert(!is_signalled());
    }
}
END_TEST

START_TEST(a_signal_keeps_errno)
{
    errno = EDOM;
    se__wakeup_signal(&wakeup);
    ck_assert_int_eq(errno, EDOM);
    fill();
    errno = ERANGE;
    se__wakeup_signal(&wakeup);
    ck_assert_int_eq(errno, ERANGE);
}
END_TEST

START_TEST(a_full_counter_stays_signalled_and_can_be_cleared)
{
    fill();
    se__wakeup_signal(&wakeup);
    ck_assert(is_signalled());
    se__wakeup_clear(&wakeup);
    ck_assert(!is_signalled());
    se__wakeup_signal(&wakeup);
    ck_assert(is_signalled());
}
END_TEST

static bool has_flags(int fd)
{
    return fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GETFL) & O_NONBLOCK);
}

START_TEST(its_descriptors_never_block_and_are_closed_by_exec)
{
    ck_assert(has_flags(wakeup.read_fd));
    ck_assert(has_flags(wakeup.write_fd));
}
END_TEST

START_TEST(two_wakeups_are_apart)
{
    struct se__wakeup other;
    ck_assert_int_eq(se__wakeup_begin(&other), 0);
    se__wakeup_signal(&other);
    ck_assert(!is_signalled());
    ck_assert_int_eq(io_wait(other.read_fd, POLLIN, 0), POLLIN);
    se__wakeup_end(&other);
}
END_TEST

START_TEST(without_a_descriptor_left_there_is_none)
{
    struct se__wakeup other;
    famine_begin();
    ck_assert_int_eq(se__wakeup_begin(&other), -EMFILE);
    famine_end();
}
END_TEST

START_TEST(its_descriptor_may_be_the_first_of_all)
{
    struct se__wakeup other;
    vacancy_begin();
    ck_assert_int_eq(se__wakeup_begin(&other), 0);
    ck_assert_int_eq(other.read_fd, 0);
    se__wakeup_signal(&other);
    ck_assert_int_eq(io_wait(other.read_fd, POLLIN, 0), POLLIN);
    se__wakeup_end(&other);
    vacancy_end();
}
END_TEST

static void signal_from_handler(int signal_number)
{
    (void)signal_number;
    se__wakeup_signal(&wakeup);
}

START_TEST(a_signal_handler_may_signal)
{
    struct sigaction action = {.sa_handler = signal_from_handler};
    struct sigaction before;
    sigemptyset(&action.sa_mask);
    ck_assert_int_eq(sigaction(SIGUSR1, &action, &before), 0);
    ck_assert_int_eq(raise(SIGUSR1), 0);
    ck_assert(is_signalled());
    ck_assert_int_eq(sigaction(SIGUSR1, &before, NULL), 0);
}
END_TEST

enum { THREADS = 3, ROUNDS = 2000 };

static atomic_int told;

static void *tell_over_and_over(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&told, 1);
        se__wakeup_signal(&wakeup);
    }
    return NULL;
}

/** As the server does it: clear first, then look. What is told after the look signals again. */
START_TEST(nothing_that_is_told_before_a_signal_is_missed)
{
    pthread_t threads[THREADS];
    atomic_store(&told, 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, tell_over_and_over, NULL), 0);
    do {
        ck_assert_int_eq(io_wait(wakeup.read_fd, POLLIN, environment_patience_ms()), POLLIN);
        se__wakeup_clear(&wakeup);
    } while (atomic_load(&told) < THREADS * ROUNDS);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the wake-up");
    TCase *tcase = fixture_add_tcase(suite, "signals");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_new_wakeup_is_not_signalled);
    tcase_add_test(tcase, a_signal_before_the_wait_is_kept);
    tcase_add_test(tcase, a_signal_adds_one_to_a_counter_and_one_byte_to_a_pipe);
    tcase_add_test(tcase, one_clear_takes_all_signals);
    tcase_add_test(tcase, a_clear_of_nothing_does_not_wait);
    tcase_add_test(tcase, it_can_be_signalled_again_after_a_clear);
    tcase_add_test(tcase, a_signal_keeps_errno);
    tcase_add_test(tcase, a_full_counter_stays_signalled_and_can_be_cleared);
    tcase_add_test(tcase, its_descriptors_never_block_and_are_closed_by_exec);
    tcase_add_test(tcase, two_wakeups_are_apart);
    tcase_add_test(tcase, without_a_descriptor_left_there_is_none);
    tcase_add_test(tcase, its_descriptor_may_be_the_first_of_all);
    tcase_add_test(tcase, a_signal_handler_may_signal);
    tcase_add_test(tcase, nothing_that_is_told_before_a_signal_is_missed);
    return fixture_run(suite);
}
