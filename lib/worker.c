/* The loop of a server thread. A turn waits in the poller, serves the peers that are ready, takes in new ones, closes
 * those whose time is over, and looks whether it shall stop. Nothing else happens between two waits. */
#include "worker.h"

#include "listener.h"

#include <errno.h>
#include <stdlib.h>

enum {
    READY_TURNS = 64,   /* bounds a non-blocking run under a flood */
    DRAIN_MS = 5 * 1000 /* from the stop to the cut */
};

/* No connection can have these tags: they would need the last two places of a pool of 2^32. */
static const uint64_t listener_tag = UINT64_MAX;
static const uint64_t wakeup_tag = UINT64_MAX - 1;

struct se__worker {
    const struct se__wakeup *wakeup;
    const atomic_int *stops;
    struct se__poller *poller;
    struct se__peers peers;
    struct se__listener listener;
    int64_t cut_due_ms; /* SE__NEVER before the drain */
    struct se__poller_event events[SE__POLLER_EVENTS_MAX];
};

static void begin_drain(struct se__worker *worker)
{
    worker->cut_due_ms = se__deadline_in(DRAIN_MS);
    se__peers_drain(&worker->peers);
}

static void cut(struct se__worker *worker)
{
    se__listener_close(&worker->listener);
    se__peers_cut(&worker->peers);
}

static void heed_stops(struct se__worker *worker)
{
    int stops = atomic_load(worker->stops);
    if (stops > 0 && !worker->peers.draining)
        begin_drain(worker);
    if (worker->peers.draining)
        se__listener_accept(&worker->listener, &worker->peers);
    if (stops > 1 || worker->peers.now_ms >= worker->cut_due_ms)
        cut(worker);
}

static bool is_over(const struct se__worker *worker)
{
    return worker->peers.draining && worker->listener.fd < 0 && worker->peers.pool.active == 0;
}

static void dispatch(struct se__worker *worker, uint64_t tag)
{
    if (tag == wakeup_tag)
        se__wakeup_clear(worker->wakeup);
    else if (tag == listener_tag)
        se__listener_accept(&worker->listener, &worker->peers);
    else
        se__peers_serve(&worker->peers, tag);
}

/* One turn. Returns how many events came, or -errno. */
static int turn(struct se__worker *worker, int timeout_ms)
{
    int count = se__poller_wait(worker->poller, worker->events, timeout_ms);
    if (count < 0)
        return count;
    worker->peers.now_ms = se__clock_now_ms();
    for (int i = 0; i < count; i++)
        dispatch(worker, worker->events[i].tag);
    se__peers_keep_deadlines(&worker->peers);
    se__listener_wake(&worker->listener, &worker->peers);
    heed_stops(worker);
    return count;
}

static void begin_run(struct se__worker *worker)
{
    worker->peers.now_ms = se__clock_now_ms();
    heed_stops(worker);
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static int64_t due_ms(const struct se__worker *worker)
{
    /* A drain that accepts is not done before accepting has found the queue empty. */
    if (worker->peers.draining && worker->listener.watched)
        return worker->peers.now_ms;
    int64_t due = sooner(worker->cut_due_ms, se__listener_due_ms(&worker->listener));
    return sooner(due, se__peers_due_ms(&worker->peers));
}

int se__worker_run(struct se__worker *worker, int64_t deadline_ms)
{
    begin_run(worker);
    while (!is_over(worker)) {
        int64_t now_ms = worker->peers.now_ms;
        if (now_ms >= deadline_ms)
            return -ETIMEDOUT;
        int count = turn(worker, se__deadline_poll_ms(sooner(deadline_ms, due_ms(worker)), now_ms));
        if (count < 0)
            return count;
    }
    return 0;
}

int se__worker_run_ready(struct se__worker *worker)
{
    begin_run(worker);
    int count = 1;
    for (int i = 0; i < READY_TURNS && count > 0 && !is_over(worker); i++)
        count = turn(worker, 0);
    if (count < 0)
        return count;
    return is_over(worker) ? 0 : -EAGAIN;
}

static int begin(struct se__worker *worker, const struct se__worker_setup *setup)
{
    worker->wakeup = setup->wakeup;
    worker->stops = setup->stops;
    worker->cut_due_ms = SE__NEVER;
    int error = se__poller_new(setup->poller, &worker->poller);
    if (!error)
        error = se__peers_begin(&worker->peers, worker->poller);
    if (!error)
        error = se__poller_add(worker->poller, worker->wakeup->read_fd, SE__READ, wakeup_tag);
    if (!error)
        error = se__listener_begin(&worker->listener, worker->poller, setup->listen_fd, listener_tag);
    return error;
}

static void release(struct se__worker *worker)
{
    se__peers_end(&worker->peers);
    se__poller_free(worker->poller);
    free(worker);
}

int se__worker_new(const struct se__worker_setup *setup, struct se__worker **worker_out)
{
    struct se__worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return -ENOMEM;
    int error = begin(worker, setup);
    if (error) {
        release(worker);
        return error;
    }
    *worker_out = worker;
    return 0;
}

void se__worker_free(struct se__worker *worker)
{
    if (!worker)
        return;
    se__listener_close(&worker->listener);
    release(worker);
}
