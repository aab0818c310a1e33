/* What all workers of one server share: the settings, the limits, the wish to stop, and the caller's callback. */
#ifndef SE_SERVICE_H
#define SE_SERVICE_H

#include "server/census.h"
#include "server/settings.h"
#include "system/unix-file.h"
#include "system/wakeup.h"

struct se__service {
    struct se_server *server;        /* for the callback */
    const struct se__wakeup *wakeup; /* the first worker's */
    struct se__settings settings;
    struct se__unix_file file; /* of a unix listener */
    bool peers_inherit;        /* what the listener was told; so it is with TCP, where the listener is of our making */
    bool is_listener_shared;   /* it was handed to us: other processes may listen on it */
    struct se__census census;
    atomic_int stops;                /* 0 serve, 1 drain, 2 cut */
    atomic_int failure;              /* -errno of the first worker that could not go on; the others follow it */
    atomic_int others_at_work;       /* threads of further workers that still serve */
    atomic_bool is_listener_resting; /* for lack of room: the first connection that ends wakes the first worker */
    atomic_bool takes_no_more;       /* the listener is closed, and everybody it accepted is handed out */
    pthread_mutex_t callers_lock;
    struct se__caller *callers; /* threads that are in the callback now */
};

int se__service_begin(struct se__service *service, struct se_server *server, const struct se__wakeup *wakeup);
void se__service_end(struct se__service *service);

/* A connection has ended: counts it out of the census, and wakes a listener that waits for room. */
void se__service_count_out(struct se__service *service, uint64_t address_key);
/* Calls the callback, if there is one. 0 without. */
int se__service_notify(struct se__service *service, enum se_event event, const struct se_connection *connection);
/* Whether this thread is in the callback: then it must not wait for the server. */
bool se__service_is_in_callback(struct se__service *service);

#endif
