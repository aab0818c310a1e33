/* An interval timer whose handler counts. Check's own use of SIGALRM is in its parent process, or off without fork. */
#include "storm.h"

#include <check.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

#include "environment.h"

enum { PERIOD_US = 1000 };

static volatile sig_atomic_t signals;
static struct sigaction action_before;

static void count_signal(int signal_number)
{
    (void)signal_number;
    signals = signals + 1;
}

static void set_period_us(long period_us)
{
    struct itimerval timer = {
        .it_interval = {.tv_usec = period_us},
        .it_value = {.tv_usec = period_us},
    };
    ck_assert_int_eq(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

void storm_begin(int sa_flags)
{
    struct sigaction action = {.sa_handler = count_signal, .sa_flags = sa_flags};
    sigemptyset(&action.sa_mask);
    signals = 0;
    ck_assert_int_eq(sigaction(SIGALRM, &action, &action_before), 0);
    set_period_us(PERIOD_US * (long)environment_slow_factor());
}

int storm_signals(void)
{
    return signals;
}

int storm_end(void)
{
    set_period_us(0);
    ck_assert_int_eq(sigaction(SIGALRM, &action_before, NULL), 0);
    return signals;
}
