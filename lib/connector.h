/* The attempt to connect to one of several addresses, in turn, as far as it goes without waiting. */
#ifndef SE_LIB_CONNECTOR_H
#define SE_LIB_CONNECTOR_H

#include "address.h"

struct se__connector {
    struct se__address *addresses;
    int count;
    int next; /* the one to try after the one that is tried now */
    int fd;   /* the attempt, -1 when there is none */
};

/* Resolves, which waits. 0, or -errno or SE_ERESOLVE. */
int se__connector_begin(struct se__connector *connector, const char *host, int port);
/* Starts an attempt, or looks whether and how the one under way has ended. 0 connector->fd is connected; -EINPROGRESS
 * wait until it is writable and call again; else no address is left and this is what the last one said. */
int se__connector_advance(struct se__connector *connector);
/* Frees all but a descriptor that is connected. */
void se__connector_end(struct se__connector *connector);

#endif
