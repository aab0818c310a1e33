/* One accepted peer: its descriptor, its session and its deadline, and the pump that moves bytes between the two. */
#ifndef SE_CONNECTION_H
#define SE_CONNECTION_H

#include "server/session.h"
#include "system/address.h"
#include "system/deadline.h"

#include <sockecho/statistics.h>

#include <stddef.h>

struct se_connection {
    struct se__session session;
    struct se__deadline deadline;
    unsigned char *held; /* taken, but the kernel had no room for the echo yet; NULL as long as nothing is unsent */
    int64_t finished_ms; /* when our FIN went out */
    uint32_t held_size;  /* all of held; what is unsent is its tail */
    uint32_t index;      /* place in the pool */
    uint32_t generation; /* how often that place was taken: with the index an identity that is never reused */
    int fd;              /* -1 while the place in the pool is free */
    uint8_t interest;    /* what the poller watches for; 0 while a call is to be tried again later */
    uint8_t reason;      /* why it ends: the enum se_server_stat that counts it */
    uint32_t number;     /* how many came to this worker before, modulo 2^32 */
    uint64_t address_key;
    struct se__address *peer; /* for a callback that may ask; NULL without one */
};

/* The receive buffer of a worker, lent to whichever connection is ready. */
struct se__buffer {
    unsigned char *bytes;
    size_t size;
};

/* Where the pump stopped: what the connection waits for now. */
enum se__pump_result {
    SE__PUMP_ON,      /* nowhere yet: what the session wants next can be tried at once */
    SE__PUMP_INPUT,   /* the peer has everything back; bytes or its FIN come next */
    SE__PUMP_ROOM,    /* bytes are held until the peer takes more */
    SE__PUMP_LINGERS, /* our FIN is out; the peer's comes next */
    SE__PUMP_RETRY,   /* a while: the kernel is out of memory, which no readiness tells */
    SE__PUMP_OVER     /* nothing: the session is over */
};

void se__connection_begin(struct se_connection *connection, int fd);
/* Remembers who it is. 0 or -ENOMEM. */
int se__connection_set_peer(struct se_connection *connection, const struct se__address *peer);
/* Does what the session wants, for one turn: at most one buffer is received, so that the next peer gets its turn. */
enum se__pump_result se__connection_pump(struct se_connection *connection, const struct se__buffer *buffer);
/* The server stops: what has arrived is still echoed, then FIN. */
void se__connection_drain(struct se_connection *connection);
/* Whether everything that has arrived is back and may be closed without harm: the kernel resets a connection that is
 * closed with unread input, and drops what it still had to send. After our FIN what is there to read is dropped first.
 */
bool se__connection_is_complete(struct se_connection *connection, const struct se__buffer *buffer);
/* Gives up what is not back yet. */
void se__connection_cut(struct se_connection *connection, int error, enum se_server_stat reason);
/* Bytes that were taken and will never be back. */
uint64_t se__connection_given_up(const struct se_connection *connection);
/* Closes the descriptor: in order where the session ended in order, with RST where bytes are given up. */
void se__connection_end(struct se_connection *connection);

#endif
