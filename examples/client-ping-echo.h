/* One echo of a ping, with the connection that it needs, and what is said of it. */
#ifndef EXAMPLES_CLIENT_PING_ECHO_H
#define EXAMPLES_CLIENT_PING_ECHO_H

#include "client-ping-call.h"

/* Sends the next message, and counts and reports what became of it. 0, or SE_ERESOLVE where the very first one found
 * that there is no such host: then nothing was sent or reported.
 */
int measure_one(struct ping *ping);

int is_connected(const struct ping *ping);

/* Reports an error that cost no echo. */
void report_failure(struct ping *ping, int error);

#endif
