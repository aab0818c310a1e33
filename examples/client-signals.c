/* The signals of a ping: see client-signals.h. The handler writes a byte into a pipe, so that a signal which comes just
 * before a wait ends that wait too.
 */
#include "client-signals.h"

#include "hangup.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interruption_count;
static volatile sig_atomic_t summary_asked;
static int wake_up[2]; /* what poll(2) reads, what the handler writes */

/* A program that is stuck in a write, because nobody reads what it prints, heeds no wish: the third one ends it. */
static void note_interruption(void)
{
    interruption_count++;
    if (interruption_count < 2)
        return;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (is_hangup_heard())
        signal(SIGHUP, SIG_DFL);
}

static void on_signal(int signal_number)
{
    int error = errno;
    if (signal_number == SIGQUIT)
        summary_asked = 1;
    else
        note_interruption();
    /* Where the pipe is full, it wakes as well. */
    ssize_t written = write(wake_up[1], "", 1);
    (void)written;
    errno = error;
}

/* A shell that starts a program in the background has SIGINT and SIGQUIT ignored; a handler makes them heard. */
void hear_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGHUP);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (is_hangup_heard())
        sigaction(SIGHUP, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
}

int prepare_signals(void)
{
    if (pipe2(wake_up, O_CLOEXEC | O_NONBLOCK) < 0) {
        complain("cannot wait for signals: %s", strerror(errno));
        return -1;
    }
    return 0;
}

int interruptions(void)
{
    return (int)interruption_count;
}

int is_summary_asked(void)
{
    int is_asked = summary_asked;
    summary_asked = 0;
    return is_asked;
}

int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int milliseconds_until(int64_t until_ns)
{
    if (until_ns == INT64_MAX)
        return -1;
    int64_t left_ns = until_ns - now_ns();
    if (left_ns <= 0)
        return 0;
    int64_t left_ms = (left_ns + 999999) / 1000000;
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

static void empty_pipe(void)
{
    char bytes[64];
    while (read(wake_up[0], bytes, sizeof bytes) > 0)
        continue;
}

void wait_for(int fd, int events, int64_t until_ns)
{
    struct pollfd watched[] = {{.fd = wake_up[0], .events = POLLIN}, {.fd = fd, .events = (short)events}};
    if (poll(watched, 2, milliseconds_until(until_ns)) > 0 && watched[0].revents != 0)
        empty_pipe();
}
