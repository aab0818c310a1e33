/* A thread in sigtimedwait(2), which ends when it is told so by one of its own signals: see server-signals.h. */
#include "server-signals.h"

#include "hangup.h"
#include "report.h"
#include "service-manager.h"

#include <string.h>
#include <time.h>

/* A log is brought up to date once a second; without one there is nothing to wake up for. Below 0 also where another
 * signal, such as SIGCONT, has ended the wait.
 */
static int wait_for_signal(const struct signal_watch *watch)
{
    const struct timespec second = {.tv_sec = 1};
    if (watch->gate->log->is_wanted)
        return sigtimedwait(&watch->signals, NULL, &second);
    return sigwaitinfo(&watch->signals, NULL);
}

/* The log comes first, so that it is in order: what the stop ends is logged by other threads. */
static void stop(struct signal_watch *watch, const char *signal_name)
{
    struct server_log *log = watch->gate->log;
    watch->stops++;
    if (watch->stops == 1)
        log_line(log, LEVEL_INFO, "stops (%s): echoes what has arrived, then ends the connections", signal_name);
    if (watch->stops == 2)
        log_line(log, LEVEL_NOTICE, "stops (%s): cuts the connections", signal_name);
    se_server_stop(watch->server);
    if (watch->stops == 1)
        notify_service_manager(watch->manager_fd, "STOPPING=1");
}

static void heed(struct signal_watch *watch, int signal_number)
{
    switch (signal_number) {
    case SIGUSR1:
        print_statistics(watch->statistics);
        break;
    case SIGTERM:
        stop(watch, "SIGTERM");
        break;
    case SIGINT:
        stop(watch, "SIGINT");
        break;
    case SIGHUP:
        stop(watch, "SIGHUP");
        break;
    default:
        break;
    }
}

static void *watch_signals(void *argument)
{
    struct signal_watch *watch = argument;
    for (;;) {
        int signal_number = wait_for_signal(watch);
        log_troubles(watch->gate, watch->server, signal_number < 0);
        if (atomic_load(&watch->is_over))
            return NULL;
        heed(watch, signal_number);
    }
}

/* A shell that starts a program in the background may have SIGINT ignored, and an ignored signal never arrives. Whoever
 * ignores SIGHUP means it; blocked, it would arrive all the same.
 */
static void accept_signals(sigset_t *signals)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGUSR1};
    sigemptyset(signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(signals, numbers[i]);
    if (is_hangup_heard())
        sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        signal(numbers[i], SIG_DFL);
}

int begin_signal_watch(struct signal_watch *watch)
{
    watch->stops = 0;
    atomic_init(&watch->is_over, 0);
    accept_signals(&watch->signals);
    int error = pthread_create(&watch->thread, NULL, watch_signals, watch);
    if (error != 0) {
        complain("cannot wait for signals: %s", strerror(error));
        return -1;
    }
    return 0;
}

void end_signal_watch(struct signal_watch *watch)
{
    atomic_store(&watch->is_over, 1);
    pthread_kill(watch->thread, SIGINT);
    pthread_join(watch->thread, NULL);
}
