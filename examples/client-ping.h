/* sockecho-client -n, --ping and --format=echoping: round trips, measured one by one. */
#ifndef EXAMPLES_CLIENT_PING_H
#define EXAMPLES_CLIENT_PING_H

#include "client-options.h"

/* 0 when all that was sent came back and was reported, or -1 after a complaint. */
int measure_round_trips(struct client_options *options);

#endif
