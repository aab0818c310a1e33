/* Two things that sockecho-client does with a connection. Each works on a client that is connected, and leaves it
 * connected when all came back.
 */
#ifndef EXAMPLES_CLIENT_MODES_H
#define EXAMPLES_CLIENT_MODES_H

#include "client-options.h"

#include <sockecho.h>

/* 0 when all came back and was printed, or -1 after a complaint. */
int echo_messages(struct se_client *client, const struct client_options *options);
int echo_stdin(struct se_client *client);

#endif
