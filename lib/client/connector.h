/* The attempt to connect to one of several addresses, in turn, as far as it goes without waiting. */
#ifndef SE_CONNECTOR_H
#define SE_CONNECTOR_H

#include "system/address.h"

struct se__connector {
    struct se__address *addresses;
    int count;
    int next; /* the one to try after the one that is tried now */
    int fd;   /* the attempt, -1 when there is none */
};

/* Resolves, which waits. 0, or -errno or SE_ERESOLVE. */
int se__connector_begin(struct se__connector *connector, const char *host, int port);
/* The same for the file of a unix socket. */
int se__connector_begin_unix(struct se__connector *connector, const char *path);
/* Starts an attempt, or looks whether and how the one under way has ended. 0 connector->fd is connected; -EINPROGRESS
 * wait until it is writable and call again; -EAGAIN the queue of a unix socket is full, which no readiness tells: call
 * again a while later; else no address is left and this is what the last one said. */
int se__connector_advance(struct se__connector *connector);
/* Frees all but a descriptor that is connected. */
void se__connector_end(struct se__connector *connector);

#endif
