/* Who comes in, and what the log says of those who come and go. It hears of them through the library's callback, in the
 * threads that serve.
 */
#ifndef EXAMPLES_SERVER_GATE_H
#define EXAMPLES_SERVER_GATE_H

#include "networks.h"
#include "server-log.h"

#include <sockecho.h>
#include <stdatomic.h>
#include <stdint.h>

struct server_gate {
    const struct networks *allowed; /* none means everybody */
    struct server_log *log;
    atomic_llong sent_away; /* those that the gate refused */
    int64_t told_refused;   /* those that the log has counted among the refused */
};

/* Where nobody is to be refused and nothing to be logged, the server does without the callback, which costs memory. 0,
 * or -1 after a complaint.
 */
int begin_gate(struct server_gate *gate, struct se_server *server, const struct networks *allowed,
               struct server_log *log);

/* Logs how many the library itself has refused since the last call: it tells the callback nothing of them. From one
 * thread at a time.
 */
void log_refused(struct server_gate *gate, const struct se_server *server);

#endif
