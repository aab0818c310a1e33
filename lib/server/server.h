/* The public server from inside: what its life (server.c) and its properties (properties.c) both see. */
#ifndef SE_SERVER_H
#define SE_SERVER_H

#include "server/crew.h"
#include "system/unix-file.h"

#include <sockecho/loop.h>
#include <sockecho/server.h>

struct se_server {
    struct se__service service;
    struct se__wakeup wakeup;
    struct se__crew *_Atomic crew; /* from the first run on; any thread may ask for its figures */
    int listen_fd;                 /* until the crew has it */
    int host_descriptors;          /* all that were open when the server first ran */
    int port;
    char address[SE__ADDRESS_TEXT_SIZE];
    atomic_bool busy; /* it runs, or was started and not joined */
    bool started;
    pthread_t thread;
    int thread_result;
};

/* Tells the kernel what it has to know of the settings, for all peers that connect from now on: what is in the listen
 * queue already has the options that the listener had then. */
void se__server_tell_listener(const struct se_server *server);

#endif
