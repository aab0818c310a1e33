/* One thread's loop over a listener and the connections that it accepted: waits, serves who is ready, keeps the
 * deadlines, and ends in order when it is asked to stop. */
#ifndef SE_LIB_WORKER_H
#define SE_LIB_WORKER_H

#include "wakeup.h"

#include <stdatomic.h>
#include <stdint.h>

struct se__worker;

/* What a server lends to its worker; all of it outlives the worker. */
struct se__worker_setup {
    int poller; /* enum se_poller */
    int listen_fd;
    const struct se__wakeup *wakeup; /* signalled after stops has grown */
    const atomic_int *stops;         /* 0 serve, 1 drain, more: cut */
};

/* After success the listening descriptor is the worker's. */
int se__worker_new(const struct se__worker_setup *setup, struct se__worker **worker_out);
/* Closes the listener and every connection: in order where all is sent back, with RST where not. */
void se__worker_free(struct se__worker *worker);

/* Serves until it was stopped (0), the deadline comes (-ETIMEDOUT) or the poller fails (-errno). */
int se__worker_run(struct se__worker *worker, int64_t deadline_ms);
/* Serves all that is ready now: 0 it was stopped and has ended, -EAGAIN it goes on serving, or -errno. */
int se__worker_run_ready(struct se__worker *worker);

#endif
