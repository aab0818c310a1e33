/* A connection is always in exactly one deadline list and watched for exactly what its session wants; await_input() and
 * settle() make both true after every turn that it had. */
#include "server/peers.h"

#include "system/progress.h"
#include "system/socket.h"

#include <errno.h>
#include <stdlib.h>

enum {
    BUFFER_SIZE = 256 * 1024, /* moves bulk two to three times faster than 16 KiB */
    LINGER_TIMES_IN_ALL = 6,  /* where bytes come but no FIN */
    RETRY_MS = 10
};

int se__peers_begin(struct se__peers *peers, int worker_number)
{
    se__pool_begin(&peers->pool, (uint32_t)worker_number);
    se__deadline_list_begin(&peers->idle, SE__NEVER);
    se__deadline_list_begin(&peers->stalled, SE__NEVER);
    se__deadline_list_begin(&peers->lingering, SE__NEVER);
    peers->retry_due_ms = SE__NEVER;
    peers->buffer = (struct se__buffer){.bytes = malloc(BUFFER_SIZE), .size = BUFFER_SIZE};
    return peers->buffer.bytes ? 0 : -ENOMEM;
}

static int64_t duration_ms(int64_t timeout_ms)
{
    return timeout_ms < 0 ? SE__NEVER : timeout_ms;
}

void se__peers_set_times(struct se__peers *peers)
{
    const struct se__settings *settings = &peers->service->settings;
    se__deadline_list_set_duration(&peers->idle, duration_ms(settings->idle_ms), peers->now_ms);
    se__deadline_list_set_duration(&peers->stalled, duration_ms(settings->stall_ms), peers->now_ms);
    se__deadline_list_set_duration(&peers->lingering, duration_ms(settings->linger_ms), peers->now_ms);
}

static void count_end(struct se__peers *peers, const struct se_connection *connection)
{
    se__tally_add(peers->tally, connection->reason, 1);
    se__tally_add(peers->tally, SE_STAT_GIVEN_UP_BYTES, se__connection_given_up(connection));
    se__service_count_out(peers->service, connection->address_key);
    atomic_fetch_sub(peers->members, 1);
}

/* First the descriptor is closed, then the room counts as free. */
static void let_go(struct se__peers *peers, struct se_connection *connection)
{
    se__connection_end(connection);
    count_end(peers, connection);
    se__pool_release(&peers->pool, connection);
}

static void end(struct se__peers *peers, struct se_connection *connection)
{
    if (connection->interest)
        se__poller_remove(peers->poller, connection->fd);
    se__deadline_remove(&connection->deadline);
    se__service_notify(peers->service, SE_EVENT_CLOSED, connection);
    let_go(peers, connection);
}

static void cut(struct se__peers *peers, struct se_connection *connection, int error, enum se_server_stat reason)
{
    se__connection_cut(connection, error, reason);
    end(peers, connection);
}

/* Whoever has all its bytes has lost nothing, even if its own FIN is still out. */
static void cut_unless_complete(struct se__peers *peers, struct se_connection *connection)
{
    uint64_t received = connection->session.received;
    bool is_complete = se__connection_is_complete(connection, &peers->buffer);
    se__tally_add(peers->tally, SE_STAT_RECEIVED_BYTES, connection->session.received - received);
    if (is_complete)
        end(peers, connection);
    else
        cut(peers, connection, -ETIMEDOUT, SE_STAT_DRAIN);
}

void se__peers_end(struct se__peers *peers)
{
    uint32_t cursor = 0;
    struct se_connection *connection;
    while ((connection = se__pool_next(&peers->pool, &cursor))) {
        cut_unless_complete(peers, connection);
    }
    se__pool_end(&peers->pool);
    free(peers->buffer.bytes);
}

static int watch(struct se__peers *peers, struct se_connection *connection, int interest)
{
    uint64_t tag = se__pool_tag(connection);
    int error = connection->interest ? se__poller_modify(peers->poller, connection->fd, interest, tag)
                                     : se__poller_add(peers->poller, connection->fd, interest, tag);
    if (!error)
        connection->interest = (uint8_t)interest;
    return error;
}

/* A peer that keeps sending after our FIN is not touched any more when its time runs out. */
static bool may_linger_on(const struct se__peers *peers, const struct se_connection *connection)
{
    int64_t once_ms = peers->lingering.duration_ms;
    if (connection->deadline.list != &peers->lingering || once_ms > SE__NEVER / LINGER_TIMES_IN_ALL)
        return true;
    return peers->now_ms < connection->finished_ms + once_ms * (LINGER_TIMES_IN_ALL - 1);
}

/* False where there was no memory to watch it: then it is gone. */
static inline bool watches(struct se__peers *peers, struct se_connection *connection, int interest)
{
    if (connection->interest == interest)
        return true;
    int error = watch(peers, connection, interest);
    if (error)
        cut(peers, connection, error, SE_STAT_MEMORY);
    return !error;
}

static struct se__deadline_list *list_of(struct se__peers *peers, enum se__want want)
{
    if (want == SE__WANT_SEND)
        return &peers->stalled;
    return want == SE__WANT_RECEIVE ? &peers->idle : &peers->lingering;
}

/* The time of whoever stays in his list runs on, unless bytes moved. */
static void touch(struct se__peers *peers, struct se_connection *connection, struct se__deadline_list *list,
                  bool has_moved)
{
    if (has_moved || connection->deadline.list != list)
        se__deadline_touch(&connection->deadline, list, peers->now_ms);
}

/* While it is not watched, a hang-up cannot be reported over and over. */
static void retry_later(struct se__peers *peers, struct se_connection *connection, bool has_moved)
{
    if (connection->interest)
        se__poller_remove(peers->poller, connection->fd);
    connection->interest = 0;
    touch(peers, connection, list_of(peers, se__session_want(&connection->session)), has_moved);
    if (peers->retry_due_ms == SE__NEVER)
        peers->retry_due_ms = peers->now_ms + RETRY_MS;
}

static void settle(struct se__peers *peers, struct se_connection *connection, enum se__pump_result result,
                   bool has_moved)
{
    if (result == SE__PUMP_RETRY)
        retry_later(peers, connection, has_moved);
    else if (result == SE__PUMP_OVER)
        end(peers, connection);
    else if (result == SE__PUMP_ROOM && watches(peers, connection, SE__WRITE))
        touch(peers, connection, &peers->stalled, has_moved);
    else if (result == SE__PUMP_LINGERS && watches(peers, connection, SE__READ) && may_linger_on(peers, connection))
        touch(peers, connection, &peers->lingering, has_moved);
}

/* The short way, which is that of every echo. */
static inline void await_input(struct se__peers *peers, struct se_connection *connection)
{
    if (watches(peers, connection, SE__READ))
        se__deadline_touch(&connection->deadline, &peers->idle, peers->now_ms);
}

static void serve(struct se__peers *peers, struct se_connection *connection)
{
    uint64_t received = connection->session.received;
    uint64_t echoed = connection->session.echoed;
    enum se__pump_result result = se__connection_pump(connection, &peers->buffer);
    struct se__tally *tally = peers->tally;
    se__tally_add(tally, SE_STAT_RECEIVED_BYTES, connection->session.received - received);
    se__tally_add(tally, SE_STAT_ECHOED_BYTES, connection->session.echoed - echoed);
    if (result == SE__PUMP_INPUT)
        await_input(peers, connection);
    else
        settle(peers, connection, result,
               connection->session.received != received || connection->session.echoed != echoed);
}

static void drain(struct se__peers *peers, struct se_connection *connection)
{
    se__connection_drain(connection);
    serve(peers, connection);
}

/* Everything that can fail before the callback hears of the connection. */
static int open_place(struct se__peers *peers, struct se_connection *connection, const struct se__address *peer)
{
    int error = peers->service->settings.callback ? se__connection_set_peer(connection, peer) : 0;
    return error ? error : watch(peers, connection, SE__READ);
}

/* The connection was never opened as far as anybody outside knows. */
static void turn_away(struct se__peers *peers, struct se_connection *connection)
{
    if (connection->interest)
        se__poller_remove(peers->poller, connection->fd);
    se__connection_cut(connection, -ECONNABORTED, SE_STAT_REFUSED);
    let_go(peers, connection);
}

static void open_connection(struct se__peers *peers, struct se_connection *connection)
{
    se__tally_add(peers->tally, SE_STAT_ACCEPTED, 1);
    se__deadline_touch(&connection->deadline, &peers->idle, peers->now_ms);
    if (peers->draining)
        drain(peers, connection);
}

void se__peers_send_away(struct se__peers *peers, int fd, const struct se__address *peer)
{
    se__socket_abort(fd);
    se__service_count_out(peers->service, se__address_key(peer));
    se__tally_add(peers->tally, SE_STAT_REFUSED, 1);
    atomic_fetch_sub(peers->members, 1);
}

int se__peers_welcome(struct se__peers *peers, int fd, const struct se__address *peer)
{
    struct se_connection *connection = se__pool_take(&peers->pool);
    if (!connection) {
        se__peers_send_away(peers, fd, peer);
        return -ENOMEM;
    }
    se__connection_begin(connection, fd);
    connection->address_key = se__address_key(peer);
    connection->number = peers->welcomed++;
    int error = open_place(peers, connection, peer);
    if (error || se__service_notify(peers->service, SE_EVENT_OPENED, connection))
        turn_away(peers, connection);
    else
        open_connection(peers, connection);
    return error;
}

void se__peers_serve(struct se__peers *peers, uint64_t tag)
{
    struct se_connection *connection = se__pool_find(&peers->pool, tag);
    if (connection)
        serve(peers, connection);
}

static struct se_connection *expired(const struct se__deadline_list *list, int64_t asked_ms)
{
    struct se__deadline *deadline = se__deadline_list_expired(list, asked_ms);
    if (!deadline)
        return NULL;
    return (struct se_connection *)((char *)deadline - offsetof(struct se_connection, deadline));
}

/* A slow reader makes progress long before its socket becomes writable again. */
static void judge_stalled(struct se__peers *peers, struct se_connection *connection)
{
    int64_t age_ms = se__progress_age_ms(connection->fd);
    if (age_ms >= 0 && age_ms < peers->stalled.duration_ms)
        se__deadline_touch_at(&connection->deadline, &peers->stalled, peers->now_ms - age_ms);
    else
        cut(peers, connection, -ETIMEDOUT, SE_STAT_STALLED);
}

/* Seldom enough to walk through all of them. */
static void retry_all(struct se__peers *peers)
{
    if (peers->now_ms < peers->retry_due_ms)
        return;
    peers->retry_due_ms = SE__NEVER;
    uint32_t cursor = 0;
    struct se_connection *connection;
    while ((connection = se__pool_next(&peers->pool, &cursor)))
        if (!connection->interest)
            serve(peers, connection);
}

void se__peers_keep_deadlines(struct se__peers *peers, int64_t asked_ms)
{
    struct se_connection *connection;
    while ((connection = expired(&peers->stalled, asked_ms)))
        judge_stalled(peers, connection);
    while ((connection = expired(&peers->lingering, asked_ms)))
        cut_unless_complete(peers, connection);
    while ((connection = expired(&peers->idle, asked_ms))) {
        connection->reason = SE_STAT_IDLE;
        se__deadline_remove(&connection->deadline); /* else who has to be tried again later is still due */
        drain(peers, connection);
    }
    retry_all(peers);
}

int64_t se__peers_due_ms(const struct se__peers *peers)
{
    int64_t due_ms = se__deadline_list_due_ms(&peers->idle);
    due_ms = se__sooner(due_ms, se__deadline_list_due_ms(&peers->stalled));
    due_ms = se__sooner(due_ms, se__deadline_list_due_ms(&peers->lingering));
    return se__sooner(due_ms, peers->retry_due_ms);
}

void se__peers_drain(struct se__peers *peers)
{
    peers->draining = true;
    uint32_t cursor = 0;
    struct se_connection *connection;
    while ((connection = se__pool_next(&peers->pool, &cursor)))
        drain(peers, connection);
}

void se__peers_cut(struct se__peers *peers)
{
    uint32_t cursor = 0;
    struct se_connection *connection;
    while ((connection = se__pool_next(&peers->pool, &cursor)))
        cut_unless_complete(peers, connection);
}

/* In numbers that go round, as those of TCP do. */
static bool came_later(const struct se_connection *a, const struct se_connection *b)
{
    return (int32_t)(a->number - b->number) > 0;
}

bool se__peers_shed(struct se__peers *peers)
{
    struct se_connection *latest = NULL;
    uint32_t cursor = 0;
    struct se_connection *connection;
    while ((connection = se__pool_next(&peers->pool, &cursor)))
        if (!latest || came_later(connection, latest))
            latest = connection;
    if (latest)
        cut(peers, latest, -EMFILE, SE_STAT_MEMORY);
    return latest != NULL;
}
