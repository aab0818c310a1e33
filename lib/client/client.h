/* The public client from inside: what connecting (client-connect.c) and the rest of it (client.c) both see. */
#ifndef SE_CLIENT_H
#define SE_CLIENT_H

#include "client/channel.h"
#include "client/connector.h"
#include "client/exchange.h"

#include <sockecho/client.h>

enum se__open_call { SE__CALL_NONE, SE__CALL_CONNECT, SE__CALL_ECHO, SE__CALL_FINISH };

struct se_client {
    struct se__channel channel; /* its descriptor is -1 while there is no connection */
    enum se__open_call open;
    struct se__connector connector;
    char *host; /* of the open connect; NULL where none was given */
    int port;
    struct se__exchange exchange;
    const void *reply; /* of the open echo */
    unsigned char *scratch;
    int64_t echo_began_ns;
    int64_t rtt_ns;
};

/* Makes the public result of how far the open call got: it stays open, has succeeded, or takes the connection along. */
int se__client_conclude(struct se_client *client, int result);
/* Frees what only an open connect needs. */
void se__client_end_connect(struct se_client *client);

#endif
