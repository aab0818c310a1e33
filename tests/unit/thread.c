/* Threads of the library's own: none takes a signal that is the host's. */
#include "system/thread.h"

#include <signal.h>

#include "fixture.h"

static sigset_t seen; /**< the mask of the thread, as it saw it */

static void *look_at_mask(void *argument)
{
    pthread_sigmask(SIG_SETMASK, NULL, &seen);
    return argument;
}

/** All that this process can block: two that the kernel lets nobody block, some that are the C library's, and some that
 * an emulator keeps for itself, are none of them. */
static sigset_t all_that_can_be_blocked(void)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &all, &before), 0);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, &all), 0);
    return all;
}

START_TEST(every_signal_is_blocked_in_a_new_thread)
{
    pthread_t thread;
    sigset_t all = all_that_can_be_blocked();
    ck_assert_int_eq(sigismember(&all, SIGTERM), 1);
    ck_assert_int_eq(sigismember(&all, SIGRTMIN), 1);
    sigemptyset(&seen);
    ck_assert_int_eq(se__thread_start(&thread, look_at_mask, NULL), 0);
    ck_assert_int_eq(se__thread_join(thread), 0);
    for (int number = 1; number <= SIGRTMAX; number++)
        ck_assert_int_eq(sigismember(&seen, number), sigismember(&all, number));
}
END_TEST

START_TEST(whoever_starts_a_thread_keeps_the_mask_that_was_there)
{
    sigset_t some;
    sigset_t before;
    sigset_t after;
    pthread_t thread;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR2);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &some, &before), 0);
    ck_assert_int_eq(se__thread_start(&thread, look_at_mask, NULL), 0);
    pthread_sigmask(SIG_SETMASK, &before, &after);
    ck_assert_int_eq(se__thread_join(thread), 0);
    for (int number = 1; number <= SIGRTMAX; number++)
        ck_assert_int_eq(sigismember(&after, number), sigismember(&some, number));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads of the library");
    TCase *tcase = fixture_add_tcase(suite, "threads");
    tcase_add_test(tcase, every_signal_is_blocked_in_a_new_thread);
    tcase_add_test(tcase, whoever_starts_a_thread_keeps_the_mask_that_was_there);
    return fixture_run(suite);
}
