/* Lets peers in as far as the limits allow, and gives each to the worker that has the fewest. It belongs to the first
 * worker of a server; the further ones get theirs by mail. */
#ifndef SE_ACCEPTOR_H
#define SE_ACCEPTOR_H

#include "server/listener.h"
#include "server/mailbox.h"
#include "server/peers.h"

struct se__acceptor {
    struct se__listener listener;
    struct se__peers *peers;              /* the first worker's */
    struct se__mailbox *const *mailboxes; /* the first worker's, then the others' */
    int count;                            /* 0: this worker does not accept */
};

/* Accepts one batch of those who wait, so that the others get their turn. While the server drains, an empty queue
 * closes the listener: those who wait in it come first, for closing would reset them. */
void se__acceptor_accept(struct se__acceptor *acceptor);
/* Closes the listener and tells the other workers that nobody comes any more. */
void se__acceptor_close(struct se__acceptor *acceptor);

#endif
