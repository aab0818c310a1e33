/* A new thread inherits the signal mask of the one that makes it, so the mask is set around its birth. */
#include "system/thread.h"

#include <signal.h>

int se__thread_start(pthread_t *thread_out, void *(*body)(void *), void *argument)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread_out, NULL, body, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

int se__thread_join(pthread_t thread)
{
    return -pthread_join(thread, NULL);
}
