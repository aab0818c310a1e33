/* sockecho-client --load: many echoes at once, measured. */
#ifndef EXAMPLES_CLIENT_LOAD_H
#define EXAMPLES_CLIENT_LOAD_H

#include "client-options.h"

/* 0 when all that was asked for was done and came back, or -1 after a complaint. */
int make_load(struct client_options *options);

#endif
