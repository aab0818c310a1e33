/* The loop of a server thread. A turn waits in the poller, serves the peers that are ready, takes in new ones, closes
 * those whose time is over, and looks whether it shall stop. Nothing else happens between two waits. */
#include "server/worker.h"

#include "server/acceptor.h"
#include "system/round.h"
#include "system/socket.h"

#include <errno.h>
#include <stdlib.h>

enum {
    NS_PER_MS = 1000000,
    READY_TURNS = 64 /* bounds a non-blocking run under a flood */
};

/* The tag of every connection is lower: these would need the last generation of the last two places that there can be.
 */
static const uint64_t listener_tag = UINT64_MAX;
static const uint64_t wakeup_tag = UINT64_MAX - 1;

struct se__worker {
    struct se__service *service;
    struct se__mailbox mailbox;
    struct se__poller *poller;
    struct se__tally tally;
    struct se__peers peers;
    struct se__acceptor acceptor;
    struct se__round round;
    int64_t cut_due_ms;    /* SE__NEVER before the drain */
    int64_t due_ms;        /* of the first peer, as it was before the wait */
    int64_t last_event_ns; /* with busy polling: it looks without sleeping for a while from here on */
    int stops_heeded;
    bool has_all; /* nobody comes any more, and the mailbox is empty */
    bool is_busy; /* it looks again at once */
    struct se__poller_event events[SE__POLLER_EVENTS_MAX];
};

static bool is_first(const struct se__worker *worker)
{
    return worker->acceptor.count > 0;
}

/* Only the first worker is woken by the caller's stop. */
static void pass_on(const struct se__worker *worker)
{
    for (int i = 1; i < worker->acceptor.count; i++)
        se__wakeup_signal(worker->acceptor.mailboxes[i]->wakeup);
}

static void begin_drain(struct se__worker *worker)
{
    worker->cut_due_ms = se__deadline_in(worker->service->settings.drain_ms);
    se__peers_drain(&worker->peers);
}

static void cut(struct se__worker *worker)
{
    se__acceptor_close(&worker->acceptor);
    se__peers_cut(&worker->peers);
}

static void heed_stops(struct se__worker *worker)
{
    int stops = atomic_load(&worker->service->stops);
    if (stops != worker->stops_heeded)
        pass_on(worker);
    worker->stops_heeded = stops;
    if (stops > 0 && !worker->peers.draining)
        begin_drain(worker);
    if (worker->peers.draining && is_first(worker))
        se__acceptor_accept(&worker->acceptor);
    if (stops > 1 || worker->peers.now_ms >= worker->cut_due_ms)
        cut(worker);
}

/* The flag is read first: what was posted before it was set is in the mailbox then. */
static void take_mail(struct se__worker *worker)
{
    bool nobody_comes = atomic_load(&worker->service->takes_no_more);
    struct se__arrival arrival;
    while (se__mailbox_take(&worker->mailbox, &arrival))
        se__peers_welcome(&worker->peers, arrival.fd, &arrival.peer);
    worker->has_all = nobody_comes;
}

static bool is_over(const struct se__worker *worker)
{
    bool is_alone = !is_first(worker) || atomic_load(&worker->service->others_at_work) == 0;
    return worker->peers.draining && worker->has_all && worker->peers.pool.active == 0 && is_alone;
}

static void dispatch(struct se__worker *worker, uint64_t tag)
{
    if (tag < wakeup_tag)
        se__peers_serve(&worker->peers, tag);
    else if (tag == listener_tag)
        se__acceptor_accept(&worker->acceptor);
    else
        se__wakeup_clear(worker->mailbox.wakeup);
}

/* Mail comes before the stop, which drains whoever is there, and after it, when nobody comes any more. */
static void hear(struct se__worker *worker)
{
    if (atomic_load(&worker->service->stops) == 0 && !atomic_load(&worker->mailbox.has_mail))
        return;
    take_mail(worker);
    heed_stops(worker);
    take_mail(worker);
}

/* Nobody is judged who may be ready but was not told of yet. Whoever fell due during the wait is so a turn later. */
static void keep_deadlines(struct se__worker *worker, int events)
{
    if (se__round_is_whole(&worker->round, events) && worker->round.asked_ms >= worker->due_ms)
        se__peers_keep_deadlines(&worker->peers, worker->round.asked_ms);
}

static void look_around(struct se__worker *worker)
{
    if (is_first(worker))
        se__listener_wake(&worker->acceptor.listener, worker->peers.now_ms);
    hear(worker);
}

static void read_clock(struct se__worker *worker, bool has_events)
{
    int64_t now_ns = se__clock_now_ns();
    worker->peers.now_ms = now_ns / NS_PER_MS;
    if (has_events)
        worker->last_event_ns = now_ns;
    int64_t busy_ns = worker->service->settings.busy_poll_us * 1000;
    worker->is_busy = busy_ns > 0 && now_ns - worker->last_event_ns < busy_ns;
}

/* poll(2) takes no more descriptors than the process may open; the limit can be lowered behind our back. Those who stay
 * are asked after at once. */
static int shed_until_told(struct se__worker *worker)
{
    int count = -EMFILE;
    while (count == -EMFILE && se__peers_shed(&worker->peers)) {
        if (is_first(worker) && worker->acceptor.listener.watched)
            se__listener_rest(&worker->acceptor.listener, worker->peers.now_ms);
        count = se__poller_wait(worker->poller, worker->events, 0);
        read_clock(worker, count > 0);
    }
    return count;
}

/* After a wait that failed: how many events there are all the same, or -errno. */
static int make_good(struct se__worker *worker, int error)
{
    int count = error == -EMFILE ? shed_until_told(worker) : error;
    if (count != -ENOMEM)
        return count;
    se__round_refuse(&worker->round);
    return 0;
}

/* Once they are cut, the first worker waits for the others, who wake it. */
static int64_t cut_ahead_ms(const struct se__worker *worker)
{
    return worker->peers.now_ms < worker->cut_due_ms ? worker->cut_due_ms : SE__NEVER;
}

static int64_t due_ms(const struct se__worker *worker, int64_t peers_due_ms)
{
    /* A drain that accepts is not done before accepting has found the queue empty. */
    if (worker->peers.draining && worker->acceptor.listener.watched)
        return worker->peers.now_ms;
    int64_t sooner_ms = se__sooner(cut_ahead_ms(worker), peers_due_ms);
    return is_first(worker) ? se__sooner(sooner_ms, se__listener_due_ms(&worker->acceptor.listener)) : sooner_ms;
}

int64_t se__worker_due_ms(const struct se__worker *worker)
{
    return is_over(worker) ? SE__NEVER : due_ms(worker, se__peers_due_ms(&worker->peers));
}

/* The clock is read anew before a wait that ends: what the turn before has worked is over already. */
static int wait_for_events(struct se__worker *worker, int64_t deadline_ms)
{
    int64_t now_ms = worker->peers.now_ms;
    worker->due_ms = se__peers_due_ms(&worker->peers);
    int64_t wake_up_ms = se__round_wake_up_ms(&worker->round, due_ms(worker, worker->due_ms), now_ms);
    int64_t until_ms = worker->is_busy ? now_ms : se__sooner(deadline_ms, wake_up_ms);
    if (until_ms > now_ms && until_ms != SE__NEVER)
        now_ms = se__clock_now_ns() / NS_PER_MS;
    se__round_ask(&worker->round, now_ms, worker->peers.pool.active);
    return se__poller_wait(worker->poller, worker->events, se__deadline_poll_ms(until_ms, now_ms));
}

/* One turn, which waits until the deadline at most. Returns how many events came, or -errno. */
static int turn(struct se__worker *worker, int64_t deadline_ms)
{
    int count = wait_for_events(worker, deadline_ms);
    read_clock(worker, count > 0);
    if (count < 0)
        count = make_good(worker, count);
    if (count < 0)
        return count;
    for (int i = 0; i < count; i++)
        dispatch(worker, worker->events[i].tag);
    keep_deadlines(worker, count);
    look_around(worker);
    return count;
}

static void begin_run(struct se__worker *worker)
{
    read_clock(worker, true);
    se__peers_set_times(&worker->peers);
    /* No deadline is kept yet: between two runs nobody looked whether the peers had done their part. */
    hear(worker);
}

int se__worker_run(struct se__worker *worker, int64_t deadline_ms)
{
    begin_run(worker);
    while (!is_over(worker)) {
        int failure = atomic_load(&worker->service->failure);
        if (failure)
            return failure;
        if (worker->peers.now_ms >= deadline_ms)
            return -ETIMEDOUT;
        int count = turn(worker, deadline_ms);
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
        count = turn(worker, worker->peers.now_ms);
    if (count < 0)
        return count;
    return is_over(worker) ? 0 : -EAGAIN;
}

static int begin(struct se__worker *worker, int number)
{
    int error = se__poller_new(worker->service->settings.poller, &worker->poller);
    if (error)
        return error;
    worker->peers.poller = worker->poller;
    worker->peers.service = worker->service;
    worker->peers.tally = &worker->tally;
    worker->peers.members = &worker->mailbox.members;
    error = se__peers_begin(&worker->peers, number);
    return error ? error : se__poller_add(worker->poller, worker->mailbox.wakeup->read_fd, SE__READ, wakeup_tag);
}

static void abandon_mail(struct se__worker *worker)
{
    struct se__arrival arrival;
    while (se__mailbox_take(&worker->mailbox, &arrival))
        se__peers_send_away(&worker->peers, arrival.fd, &arrival.peer);
}

int se__worker_new(struct se__service *service, int number, const struct se__wakeup *wakeup,
                   struct se__worker **worker_out)
{
    struct se__worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return -ENOMEM;
    worker->service = service;
    worker->cut_due_ms = SE__NEVER;
    worker->acceptor.listener.fd = -1;
    int error = se__mailbox_begin(&worker->mailbox, wakeup);
    if (error) {
        free(worker);
        return error;
    }
    error = begin(worker, number);
    if (error) {
        se__worker_end(worker);
        se__worker_free(worker);
        return error;
    }
    *worker_out = worker;
    return 0;
}

void se__worker_end(struct se__worker *worker)
{
    se__listener_close(&worker->acceptor.listener);
    abandon_mail(worker);
    se__peers_end(&worker->peers);
}

void se__worker_free(struct se__worker *worker)
{
    if (!worker)
        return;
    se__poller_free(worker->poller);
    se__mailbox_end(&worker->mailbox);
    free(worker);
}

int se__worker_listen(struct se__worker *worker, int listen_fd, struct se__mailbox *const *mailboxes, int count)
{
    worker->acceptor = (struct se__acceptor){
        .listener = {.poller = worker->poller,
                     .service = worker->service,
                     .tally = &worker->tally,
                     .tag = listener_tag},
        .peers = &worker->peers,
        .mailboxes = mailboxes,
        .count = count,
    };
    return se__listener_begin(&worker->acceptor.listener, listen_fd);
}

int se__worker_listen_fd(const struct se__worker *worker)
{
    return worker->acceptor.listener.fd;
}

int se__worker_fd(const struct se__worker *worker)
{
    return se__poller_fd(worker->poller);
}

struct se__mailbox *se__worker_mailbox(struct se__worker *worker)
{
    return &worker->mailbox;
}

const struct se__tally *se__worker_tally(const struct se__worker *worker)
{
    return &worker->tally;
}
