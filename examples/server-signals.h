/* SIGTERM, SIGINT and, unless it is ignored from outside, SIGHUP stop a server: the first one ends the connections in
 * order, a second one cuts them. SIGUSR1 prints the statistics. They come to a thread that waits for them, not to a
 * handler: it may do what a handler may not, such as print, or tell the service manager.
 */
#ifndef EXAMPLES_SERVER_SIGNALS_H
#define EXAMPLES_SERVER_SIGNALS_H

#include "server-gate.h"
#include "server-statistics.h"

#include <pthread.h>
#include <signal.h>
#include <sockecho.h>
#include <stdatomic.h>

/* The first four are the caller's to set. */
struct signal_watch {
    struct se_server *server;
    int manager_fd; /* that of open_service_manager() */
    const struct statistics *statistics;
    struct server_gate *gate;
    pthread_t thread;
    sigset_t signals;
    int stops; /* how many were asked for */
    atomic_bool is_over;
};

/* Threads made later have these signals blocked as well. 0, or -1 after a complaint. */
int begin_signal_watch(struct signal_watch *watch);

/* The signals stay blocked: what ends the program now is its own end. */
void end_signal_watch(struct signal_watch *watch);

#endif
