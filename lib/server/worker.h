/* One thread's loop over the connections that it serves: waits, serves who is ready, keeps the deadlines, and ends in
 * order when the server is asked to stop. */
#ifndef SE_WORKER_H
#define SE_WORKER_H

#include "server/mailbox.h"
#include "server/service.h"
#include "server/tally.h"

struct se__worker;

/* A worker that accepts nobody yet; `number` is its place among the workers. The service and the wake-up outlive it. */
int se__worker_new(struct se__service *service, int number, const struct se__wakeup *wakeup,
                   struct se__worker **worker_out);
/* Closes the listener and every connection: in order where all is sent back, with RST where not. The callback may still
 * ask for every worker's figures, so all of them end before the first one is freed. */
void se__worker_end(struct se__worker *worker);
/* After se__worker_end(). */
void se__worker_free(struct se__worker *worker);

/* Makes this worker accept, for itself and for others: the first of the `count` mailboxes is its own. The array
 * outlives the worker. After success the descriptor is the worker's. */
int se__worker_listen(struct se__worker *worker, int listen_fd, struct se__mailbox *const *mailboxes, int count);
/* The listener, -1 once it is closed. */
int se__worker_listen_fd(const struct se__worker *worker);

/* Serves until it was stopped (0), the deadline comes (-ETIMEDOUT) or it or another worker cannot go on (-errno). */
int se__worker_run(struct se__worker *worker, int64_t deadline_ms);
/* Serves all that is ready now: 0 it was stopped and has ended, -EAGAIN it goes on serving, or -errno. */
int se__worker_run_ready(struct se__worker *worker);

/* Readable when there is something to serve; -ENOSYS where the poller has no such descriptor. */
int se__worker_fd(const struct se__worker *worker);
/* When the worker wants to run even if nobody is ready; SE__NEVER where nothing is due. */
int64_t se__worker_due_ms(const struct se__worker *worker);
struct se__mailbox *se__worker_mailbox(struct se__worker *worker);
const struct se__tally *se__worker_tally(const struct se__worker *worker);

#endif
