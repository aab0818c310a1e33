/* One thread of a load: opens its lanes, keeps messages in flight on them until the time is over, waits for the rest,
 * and closes. */
#ifndef SE_DRIVER_H
#define SE_DRIVER_H

#include "load/gate.h"
#include "load/lane.h"
#include "system/address.h"
#include "system/poller.h"
#include "system/wakeup.h"

#include <stdatomic.h>

struct se__driver;

/* What the threads of one run share. */
struct se__run {
    const struct se__plan *plan;
    struct se__stream_pool pool;
    struct se__address address;
    int first_fd;              /* the first connection, which was opened to find the address; -1 once a lane has it */
    struct se__gate gate;      /* before the first message */
    int64_t begin_ns;          /* set between the two passes of the gate */
    const atomic_int *stops;   /* 0 go on, 1 send no more, more: wait for nothing */
    atomic_int failure;        /* -errno of the first thread that could not go on */
    atomic_int others_at_work; /* threads beside the first one */
    const struct se__wakeup *wakeup; /* a stop or a failure signals it, and then it stays so */
    void (*report)(void *load);      /* in the first thread, when an interval is over */
    void *load;
    pthread_mutex_t lock;
    struct se__figures *interval; /* behind the lock, and so is the rest: what was handed in since the last callback */
    int64_t last_return_ns;
    int64_t sending_end_ns; /* when the last driver that has ended so far would have sent no more, but for a stop */
    int64_t stopped_ns;     /* when the first of them heeded one; INT64_MAX: none did */
    int64_t elapsed_ns;     /* what comes of these three */
    int64_t busy_permille;
    int64_t memory_bytes;
};

int se__driver_new(struct se__run *run, int thread, struct se__driver **driver_out);
void se__driver_free(struct se__driver *driver);
/* All of it. 0, or -errno: the thread could not go on, or another one could not. */
int se__driver_run(struct se__driver *driver);

#endif
