/* All the connections of one worker: serves the one that is ready, and closes the ones whose time is over. */
#ifndef SE_PEERS_H
#define SE_PEERS_H

#include "server/pool.h"
#include "server/service.h"
#include "server/tally.h"
#include "system/poller.h"

struct se__peers {
    struct se__poller *poller; /* the worker's, and so are these three */
    struct se__service *service;
    struct se__tally *tally;
    atomic_int *members; /* who accepts counts them in before it hands them over */
    struct se__pool pool;
    struct se__buffer buffer;
    struct se__deadline_list idle;      /* all is echoed, nothing comes */
    struct se__deadline_list stalled;   /* bytes are held that the peer does not take */
    struct se__deadline_list lingering; /* our FIN is out, the peer's is not in */
    int64_t retry_due_ms;               /* for those whose call the kernel had no memory for; SE__NEVER without any */
    int64_t now_ms;                     /* of this turn: the worker reads the clock once for all */
    uint32_t welcomed;                  /* for the number of the next one */
    bool draining;
};

/* Poller, service, tally and members are set already. */
int se__peers_begin(struct se__peers *peers, int worker_number);
/* Takes over the times that the settings have now. */
void se__peers_set_times(struct se__peers *peers);
/* Closes every connection: in order where all is echoed, with RST where not. */
void se__peers_end(struct se__peers *peers);

/* Takes in an accepted descriptor that the census has counted in. 0, also where the callback refused it; or -errno:
 * there was no room for it. Whoever is not taken in is reset and counted out. */
int se__peers_welcome(struct se__peers *peers, int fd, const struct se__address *peer);
/* Resets an accepted descriptor that the census has counted in, and counts it out. */
void se__peers_send_away(struct se__peers *peers, int fd, const struct se__address *peer);
/* Serves whoever has this tag, if anybody still has. */
void se__peers_serve(struct se__peers *peers, uint64_t tag);

int64_t se__peers_due_ms(const struct se__peers *peers);
/* Judges whose time was over at `asked_ms`: whoever was ready by then has been served. */
void se__peers_keep_deadlines(struct se__peers *peers, int64_t asked_ms);

/* From here on every connection echoes what has arrived, then ends; so do those that are still taken in. */
void se__peers_drain(struct se__peers *peers);
/* Ends them all now. RST for those that have not all of it back. */
void se__peers_cut(struct se__peers *peers);
/* Cuts the one that came last, to have fewer. False where there is none. */
bool se__peers_shed(struct se__peers *peers);

#endif
