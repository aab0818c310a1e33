/* The workers of one server, and the threads that they run in. */
#ifndef SE_CREW_H
#define SE_CREW_H

#include "server/service.h"
#include "server/tally.h"
#include "system/wakeup.h"

enum { SE__WORKERS_MAX = 256 };

struct se__crew;

/* `wakeup` is the first worker's, which a stop signals. After success the listening descriptor is the crew's. */
int se__crew_new(struct se__service *service, const struct se__wakeup *wakeup, int listen_fd,
                 struct se__crew **crew_out);
void se__crew_free(struct se__crew *crew);
int se__crew_listen_fd(const struct se__crew *crew);

/* Serves in this thread and as many more as there are further workers; they have ended when it returns. Results as
 * se__worker_run(). */
int se__crew_run(struct se__crew *crew, int64_t deadline_ms);
/* Serves all workers in this thread, without waiting. */
int se__crew_run_ready(struct se__crew *crew);

/* As se__worker_fd(); only for a crew of one. */
int se__crew_fd(const struct se__crew *crew);
/* As se__worker_due_ms(), the soonest of all. */
int64_t se__crew_due_ms(const struct se__crew *crew);
/* The sum over the workers. Any thread. */
int64_t se__crew_stat(const struct se__crew *crew, enum se_server_stat stat);

#endif
