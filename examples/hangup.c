/* A program that is started with a signal ignored finds it so: see hangup.h. */
#include "hangup.h"

#include <signal.h>
#include <stddef.h>

int is_hangup_heard(void)
{
    struct sigaction action;
    return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler != SIG_IGN;
}
