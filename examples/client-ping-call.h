/* The calls of the client that a ping makes, each until it is over, its time is up or a signal ends the ping. */
#ifndef EXAMPLES_CLIENT_PING_CALL_H
#define EXAMPLES_CLIENT_PING_CALL_H

#include "client-connection.h"
#include "client-options.h"
#include "client-ping-report.h"
#include "client-ping-result.h"

enum ping_call { CALL_CONNECT, CALL_ECHO, CALL_FINISH };

struct ping {
    const struct client_options *options;
    const struct ping_format *format;
    struct se_client *client; /* in non-blocking mode */
    unsigned char *message;
    char peer[PEER_SIZE];
    enum ping_call call;    /* the last one */
    int hears_signals;      /* from the first connection on */
    int64_t interrupted_ns; /* when that was noticed; 0 where it was not */
    int is_output_lost;     /* stdout takes no more */
    struct ping_result result;
};

/* 0, or what the call failed with: -ETIMEDOUT its time is up, -ECANCELED a signal came. It may still be open then. */
int complete_call(struct ping *ping, enum ping_call call);

/* Waits, and prints summaries that are asked for meanwhile. */
void pause_ping(struct ping *ping, int64_t until_ns);

#endif
