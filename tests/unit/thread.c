/* Threads of the library's own: none takes a signal that is the host's. */
#include "system/thread.h"

#include <signal.h>
#include <stdbool.h>

#include "fixture.h"

static sigset_t seen; /**< the mask of the thread, as it saw it */

static void *look_at_mask(void *argument)
{
    pthread_sigmask(SIG_SETMASK, NULL, &seen);
    return argument;
}

/** The kernel lets nobody block these two, and the C library keeps those from 32 on to SIGRTMIN for itself. */
static bool can_be_blocked(int number)
{
    return number != SIGKILL && number != SIGSTOP && (number < 32 || number >= SIGRTMIN);
}

START_TEST(every_signal_is_blocked_in_a_new_thread)
{
    pthread_t thread;
    sigemptyset(&seen);
    ck_assert_int_eq(se__thread_start(&thread, look_at_mask, NULL), 0);
    ck_assert_int_eq(se__thread_join(thread), 0);
    for (int number = 1; number <= SIGRTMAX; number++)
        ck_assert_msg(!can_be_blocked(number) || sigismember(&seen, number) == 1, "signal %d is not blocked", number);
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
