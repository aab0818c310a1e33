/* All the connections of one worker: serves the one that is ready, and closes the ones whose time is over. */
#ifndef SE_LIB_PEERS_H
#define SE_LIB_PEERS_H

#include "poller.h"
#include "pool.h"

struct se__peers {
    struct se__poller *poller; /* the worker's */
    struct se__pool pool;
    struct se__buffer buffer;
    struct se__deadline_list idle;      /* all is echoed, nothing comes */
    struct se__deadline_list stalled;   /* bytes are held that the peer does not take */
    struct se__deadline_list lingering; /* our FIN is out, the peer's is not in */
    struct se__deadline_list retrying;  /* the kernel had no memory for a call */
    int64_t now_ms;                     /* of this turn: the worker reads the clock once for all */
    uint64_t ended;                     /* connections so far */
    bool draining;
};

int se__peers_begin(struct se__peers *peers, struct se__poller *poller);
/* Closes every connection: in order where all is echoed, with RST where not. */
void se__peers_end(struct se__peers *peers);

/* Takes in an accepted descriptor. 0, or -errno: there was no room for it and it was reset. */
int se__peers_welcome(struct se__peers *peers, int fd);
/* Serves whoever has this tag, if anybody still has. */
void se__peers_serve(struct se__peers *peers, uint64_t tag);

int64_t se__peers_due_ms(const struct se__peers *peers);
void se__peers_keep_deadlines(struct se__peers *peers);

/* From here on every connection echoes what has arrived, then ends; so do those that are still taken in. */
void se__peers_drain(struct se__peers *peers);
/* Ends them all now. RST for those that have not all of it back. */
void se__peers_cut(struct se__peers *peers);

#endif
