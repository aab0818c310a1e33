/* Where sockecho-server listens, and how it says so. */
#ifndef EXAMPLES_SERVER_LISTEN_H
#define EXAMPLES_SERVER_LISTEN_H

#include "server-options.h"

#include <sockecho.h>

/* On the descriptor that was handed over, or, with NO_DESCRIPTOR, where the options say. 0, or -1 after a complaint. */
int begin_to_listen(const struct server_options *options, int handed_fd, struct se_server **server_out);

/* Prints "listening on ADDR:PORT" on stdout. 0, or -1 after a complaint. */
int announce(const struct se_server *server);

#endif
