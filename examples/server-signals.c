/* A thread in sigwait(3), which ends when it is told so by one of its own signals: see server-signals.h. */
#include "server-signals.h"

#include "report.h"
#include "service-manager.h"

#include <string.h>

static int wait_for_signal(struct signal_watch *watch)
{
    int signal_number;
    sigwait(&watch->signals, &signal_number);
    return !atomic_load(&watch->is_over);
}

static void *watch_signals(void *argument)
{
    struct signal_watch *watch = argument;
    if (!wait_for_signal(watch))
        return NULL;
    se_server_stop(watch->server);
    notify_service_manager(watch->manager_fd, "STOPPING=1");
    while (wait_for_signal(watch))
        se_server_stop(watch->server);
    return NULL;
}

/* A shell that starts a program in the background may have SIGINT ignored, and an ignored signal never arrives. */
static void accept_signals(const sigset_t *signals)
{
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
}

int begin_signal_watch(struct signal_watch *watch, struct se_server *server, int manager_fd)
{
    *watch = (struct signal_watch){.server = server, .manager_fd = manager_fd};
    sigemptyset(&watch->signals);
    sigaddset(&watch->signals, SIGTERM);
    sigaddset(&watch->signals, SIGINT);
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
