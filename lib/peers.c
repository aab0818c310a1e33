/* A connection is always in exactly one deadline list and watched for exactly what its session wants; settle() makes
 * both true after every turn that it had. */
#include "peers.h"

#include "socket.h"

#include <errno.h>
#include <stdlib.h>

enum {
    BUFFER_SIZE = 256 * 1024, /* moves bulk two to three times faster than 16 KiB */
    IDLE_MS = 300 * 1000,
    STALL_MS = 30 * 1000,
    LINGER_IDLE_MS = 5 * 1000, /* nothing comes */
    LINGER_MS = 30 * 1000,     /* in all, where bytes come but no FIN */
    RETRY_MS = 10
};

int se__peers_begin(struct se__peers *peers, struct se__poller *poller)
{
    *peers = (struct se__peers){.poller = poller, .buffer.size = BUFFER_SIZE};
    se__pool_begin(&peers->pool);
    se__deadline_list_begin(&peers->idle, IDLE_MS);
    se__deadline_list_begin(&peers->stalled, STALL_MS);
    se__deadline_list_begin(&peers->lingering, LINGER_IDLE_MS);
    se__deadline_list_begin(&peers->retrying, RETRY_MS);
    peers->buffer.bytes = malloc(BUFFER_SIZE);
    return peers->buffer.bytes ? 0 : -ENOMEM;
}

static void end(struct se__peers *peers, struct se__connection *connection)
{
    if (connection->interest)
        se__poller_remove(peers->poller, connection->fd);
    se__deadline_remove(&connection->deadline);
    se__connection_end(connection);
    se__pool_release(&peers->pool, connection);
    peers->ended++;
}

static void cut(struct se__peers *peers, struct se__connection *connection, int error)
{
    se__session_cut(&connection->session, error);
    end(peers, connection);
}

void se__peers_end(struct se__peers *peers)
{
    uint32_t cursor = 0;
    struct se__connection *connection;
    while ((connection = se__pool_next(&peers->pool, &cursor)))
        end(peers, connection);
    se__pool_end(&peers->pool);
    free(peers->buffer.bytes);
}

static int watch(struct se__peers *peers, struct se__connection *connection, int interest)
{
    if (connection->interest == interest)
        return 0;
    uint64_t tag = se__pool_tag(connection);
    int error = connection->interest ? se__poller_modify(peers->poller, connection->fd, interest, tag)
                                     : se__poller_add(peers->poller, connection->fd, interest, tag);
    if (!error)
        connection->interest = interest;
    return error;
}

/* A peer that keeps sending after our FIN is not touched any more when its time runs out. */
static bool may_linger_on(const struct se__peers *peers, const struct se__connection *connection)
{
    return connection->deadline.list != &peers->lingering ||
           peers->now_ms < connection->finished_ms + LINGER_MS - LINGER_IDLE_MS;
}

static void touch(struct se__peers *peers, struct se__connection *connection, enum se__want want)
{
    if (want == SE__WANT_SEND)
        se__deadline_touch(&connection->deadline, &peers->stalled, peers->now_ms);
    else if (want == SE__WANT_RECEIVE)
        se__deadline_touch(&connection->deadline, &peers->idle, peers->now_ms);
    else if (may_linger_on(peers, connection))
        se__deadline_touch(&connection->deadline, &peers->lingering, peers->now_ms);
}

static void settle(struct se__peers *peers, struct se__connection *connection)
{
    enum se__want want = se__session_want(&connection->session);
    int error = watch(peers, connection, want == SE__WANT_SEND ? SE__WRITE : SE__READ);
    if (error)
        cut(peers, connection, error);
    else
        touch(peers, connection, want);
}

/* While it is not watched, a hang-up cannot be reported over and over. */
static void retry_later(struct se__peers *peers, struct se__connection *connection)
{
    if (connection->interest)
        se__poller_remove(peers->poller, connection->fd);
    connection->interest = 0;
    se__deadline_touch(&connection->deadline, &peers->retrying, peers->now_ms);
}

static void serve(struct se__peers *peers, struct se__connection *connection)
{
    switch (se__connection_pump(connection, &peers->buffer)) {
    case SE__PUMP_WAIT:
        settle(peers, connection);
        break;
    case SE__PUMP_RETRY:
        retry_later(peers, connection);
        break;
    case SE__PUMP_OVER:
        end(peers, connection);
        break;
    }
}

static void drain(struct se__peers *peers, struct se__connection *connection)
{
    se__connection_drain(connection);
    serve(peers, connection);
}

int se__peers_welcome(struct se__peers *peers, int fd)
{
    struct se__connection *connection = se__pool_take(&peers->pool);
    if (!connection) {
        se__socket_abort(fd);
        return -ENOMEM;
    }
    se__connection_begin(connection, fd);
    int error = watch(peers, connection, SE__READ);
    if (error) {
        cut(peers, connection, error);
        return error;
    }
    touch(peers, connection, SE__WANT_RECEIVE);
    if (peers->draining)
        drain(peers, connection);
    return 0;
}

void se__peers_serve(struct se__peers *peers, uint64_t tag)
{
    struct se__connection *connection = se__pool_find(&peers->pool, tag);
    if (connection)
        serve(peers, connection);
}

static struct se__connection *expired(const struct se__peers *peers, const struct se__deadline_list *list)
{
    struct se__deadline *deadline = se__deadline_list_expired(list, peers->now_ms);
    if (!deadline)
        return NULL;
    return (struct se__connection *)((char *)deadline - offsetof(struct se__connection, deadline));
}

void se__peers_keep_deadlines(struct se__peers *peers)
{
    struct se__connection *connection;
    while ((connection = expired(peers, &peers->stalled)))
        cut(peers, connection, -ETIMEDOUT);
    while ((connection = expired(peers, &peers->lingering)))
        end(peers, connection);
    while ((connection = expired(peers, &peers->idle)))
        drain(peers, connection);
    while ((connection = expired(peers, &peers->retrying))) {
        se__deadline_remove(&connection->deadline);
        serve(peers, connection);
    }
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

int64_t se__peers_due_ms(const struct se__peers *peers)
{
    int64_t due_ms = se__deadline_list_due_ms(&peers->idle);
    due_ms = sooner(due_ms, se__deadline_list_due_ms(&peers->stalled));
    due_ms = sooner(due_ms, se__deadline_list_due_ms(&peers->lingering));
    return sooner(due_ms, se__deadline_list_due_ms(&peers->retrying));
}

void se__peers_drain(struct se__peers *peers)
{
    peers->draining = true;
    uint32_t cursor = 0;
    struct se__connection *connection;
    while ((connection = se__pool_next(&peers->pool, &cursor)))
        drain(peers, connection);
}

void se__peers_cut(struct se__peers *peers)
{
    uint32_t cursor = 0;
    struct se__connection *connection;
    while ((connection = se__pool_next(&peers->pool, &cursor))) {
        /* Whoever has all its bytes and our FIN has lost nothing, even if its own FIN is still out. */
        if (connection->session.finished)
            end(peers, connection);
        else
            cut(peers, connection, -ETIMEDOUT);
    }
}
