/* A thread in sigwait(3), which ends when it is told so by one of its own signals: see server-signals.h. */
#include "server-signals.h"

#include "report.h"
#include "service-manager.h"

#include <string.h>

static void stop(struct signal_watch *watch)
{
    watch->stops++;
    se_server_stop(watch->server);
    if (watch->stops == 1)
        notify_service_manager(watch->manager_fd, "STOPPING=1");
}

static void *watch_signals(void *argument)
{
    struct signal_watch *watch = argument;
    for (;;) {
        int signal_number;
        sigwait(&watch->signals, &signal_number);
        if (atomic_load(&watch->is_over))
            return NULL;
        if (signal_number == SIGUSR1)
            print_statistics(watch->statistics);
        else
            stop(watch);
    }
}

/* A shell that starts a program in the background may have SIGINT ignored, and an ignored signal never arrives. */
static void accept_signals(sigset_t *signals)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGUSR1};
    sigemptyset(signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(signals, numbers[i]);
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
