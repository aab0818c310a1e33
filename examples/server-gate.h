/* Who comes in, and what the log says of those who come and go. It hears of them through the library's callback, in the
 * threads that serve.
 */
#ifndef EXAMPLES_SERVER_GATE_H
#define EXAMPLES_SERVER_GATE_H

#include "networks.h"
#include "server-log.h"
#include "server-numbers.h"

#include <sockecho.h>
#include <stdatomic.h>
#include <stdint.h>

struct server_gate {
    const struct networks *allowed; /* none means everybody */
    struct server_log *log;
    struct connection_numbers numbers; /* of peers that have no address */
    atomic_llong sent_away;            /* those that the gate refused */
    int64_t told_refused;              /* those that the log has counted among the refused */
    int64_t told_pauses;               /* the same for the pauses of the listener */
    int is_pausing;                    /* and nothing was said of their end */
};

/* Where nobody is to be refused and nothing to be logged, the server does without the callback, which costs memory. 0,
 * or -1 after a complaint.
 */
int begin_gate(struct server_gate *gate, struct se_server *server, const struct networks *allowed,
               struct server_log *log);

/* Logs what could come too often for a line each, as numbers since the last call: whom the library itself has refused,
 * and how often it paused to accept. That it accepts again is said after a second without a pause. From one thread at a
 * time.
 */
void log_troubles(struct server_gate *gate, const struct se_server *server, int is_second_over);

#endif
