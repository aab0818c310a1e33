/* The three things that sockecho-client does with a connection. Each works on a client that is connected, and leaves
 * it connected when all came back.
 */
#ifndef EXAMPLES_CLIENT_MODES_H
#define EXAMPLES_CLIENT_MODES_H

#include "client-options.h"

#include <sockecho.h>

/* 0 when all came back and was printed, or -1 after a complaint. */
int echo_messages(struct se_client *client, const struct client_options *options);
int echo_stdin(struct se_client *client);
int measure_round_trips(struct se_client *client, const struct client_options *options);

/* Complains that an echo failed with this error; `what` names the echo. A wrong byte is named by its offset in the
 * connection's stream or in the message, of which the last echo began at `base`.
 */
void complain_of_echo(const struct se_client *client, const char *what, int64_t base, int error);

#endif
