/* The timer is set again at the end of each rest, so that work always gets its millisecond. A handler may call poll(2);
 * setitimer(2) is on no list of what it may call, but is a plain system call. */
#include "drag.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

enum { WORK_US = 1000, REST_MS = 20 };

static volatile sig_atomic_t rests;
static struct sigaction action_before;

static int set_timer_us(long delay_us)
{
    struct itimerval timer = {.it_value = {.tv_usec = delay_us}};
    return setitimer(ITIMER_REAL, &timer, NULL);
}

static void rest(int signal_number)
{
    (void)signal_number;
    int errno_of_interrupted = errno;
    poll(NULL, 0, REST_MS);
    rests = rests + 1;
    set_timer_us(WORK_US);
    errno = errno_of_interrupted;
}

void drag_begin(void)
{
    struct sigaction action = {.sa_handler = rest, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    rests = 0;
    ck_assert_int_eq(sigaction(SIGALRM, &action, &action_before), 0);
    ck_assert_int_eq(set_timer_us(WORK_US), 0);
}

/** Once the signal is ignored, no rest can set the timer again, and one that is pending is discarded. */
int drag_end(void)
{
    ck_assert(signal(SIGALRM, SIG_IGN) != SIG_ERR);
    ck_assert_int_eq(set_timer_us(0), 0);
    ck_assert_int_eq(sigaction(SIGALRM, &action_before, NULL), 0);
    return rests;
}
