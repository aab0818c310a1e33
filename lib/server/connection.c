/* The way of a byte through the server, top to bottom: received into the worker's buffer, sent from there at once, and
 * kept only where the kernel does not take all of it. */
#include "server/connection.h"

#include "system/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DISCARDS_MAX = 16 }; /* a peer that sends faster than that is not waited for */

void se__connection_begin(struct se_connection *connection, int fd)
{
    connection->fd = fd;
    connection->held = NULL;
    connection->peer = NULL;
    connection->address_key = 0;
    connection->interest = 0;
    connection->reason = SE_STAT_ORDERLY;
    se__session_begin(&connection->session);
}

int se__connection_set_peer(struct se_connection *connection, const struct se__address *peer)
{
    connection->peer = malloc(sizeof *connection->peer);
    if (!connection->peer)
        return -ENOMEM;
    *connection->peer = *peer;
    return 0;
}

void se__connection_cut(struct se_connection *connection, int error, enum se_server_stat reason)
{
    se__session_cut(&connection->session, error);
    connection->reason = (uint8_t)reason;
}

uint64_t se__connection_given_up(const struct se_connection *connection)
{
    return connection->session.received - connection->session.echoed;
}

static enum se__pump_result stopped(const struct se_connection *connection)
{
    switch (se__session_want(&connection->session)) {
    case SE__WANT_RECEIVE:
        return SE__PUMP_INPUT;
    case SE__WANT_SEND:
        return SE__PUMP_ROOM;
    case SE__WANT_DISCARD:
        return SE__PUMP_LINGERS;
    default: /* nothing: what can be done at once, finish, is never stopped at */
        return SE__PUMP_OVER;
    }
}

static enum se__pump_result failed(struct se_connection *connection, int error)
{
    if (error == -EAGAIN)
        return stopped(connection);
    if (error == -ENOMEM || error == -ENOBUFS)
        return SE__PUMP_RETRY;
    /* ETIMEDOUT is the kernel's own stall: keepalive or TCP_USER_TIMEOUT. */
    se__connection_cut(connection, error, error == -ETIMEDOUT ? SE_STAT_STALLED : SE_STAT_RESET);
    return SE__PUMP_ON;
}

static void hold(struct se_connection *connection, const unsigned char *unsent, size_t size)
{
    connection->held = malloc(size);
    if (!connection->held) {
        se__connection_cut(connection, -ENOMEM, SE_STAT_MEMORY);
        return;
    }
    memcpy(connection->held, unsent, size);
    connection->held_size = (uint32_t)size;
}

static void release_held(struct se_connection *connection)
{
    free(connection->held);
    connection->held = NULL;
}

/* Whatever the kernel does not take is held, for whichever reason it does not. */
static enum se__pump_result keep(struct se_connection *connection, const unsigned char *bytes, size_t size,
                                 int64_t count)
{
    size_t sent = count > 0 ? (size_t)count : 0;
    se__session_sent(&connection->session, sent);
    enum se__pump_result result = count < 0 ? failed(connection, (int)count) : SE__PUMP_ROOM;
    if (!se__session_is_cut(&connection->session))
        hold(connection, bytes + sent, size - sent);
    return se__session_is_cut(&connection->session) ? SE__PUMP_OVER : result;
}

static enum se__pump_result send_received(struct se_connection *connection, const unsigned char *bytes, size_t size)
{
    int64_t count = se__socket_send(connection->fd, bytes, size);
    if (count != (int64_t)size)
        return keep(connection, bytes, size, count);
    se__session_sent(&connection->session, size);
    return se__session_is_draining(&connection->session) ? SE__PUMP_ON : SE__PUMP_INPUT;
}

static enum se__pump_result send_held(struct se_connection *connection)
{
    size_t unsent = (size_t)se__session_unsent(&connection->session);
    int64_t count = se__socket_send(connection->fd, connection->held + connection->held_size - unsent, unsent);
    if (count < 0)
        return failed(connection, (int)count);
    se__session_sent(&connection->session, (uint64_t)count);
    if ((size_t)count < unsent)
        return SE__PUMP_ROOM;
    release_held(connection);
    return SE__PUMP_ON;
}

static enum se__pump_result received_nothing(struct se_connection *connection, int64_t count)
{
    struct se__session *session = &connection->session;
    if (count == 0)
        se__session_received(session, 0);
    else if (count == -EAGAIN && se__session_is_draining(session) && !session->finished)
        se__session_drained(session);
    else
        return failed(connection, (int)count);
    return SE__PUMP_ON;
}

static enum se__pump_result receive(struct se_connection *connection, const struct se__buffer *buffer)
{
    struct se__session *session = &connection->session;
    int64_t count = se__socket_receive(connection->fd, buffer->bytes, (size_t)se__session_room(session, buffer->size));
    if (count <= 0)
        return received_nothing(connection, count);
    se__session_received(session, (uint64_t)count);
    return send_received(connection, buffer->bytes, (size_t)count);
}

/* After our FIN nothing is echoed any more. */
static enum se__pump_result receive_in_vain(struct se_connection *connection, const struct se__buffer *buffer)
{
    int64_t count = se__socket_receive(connection->fd, buffer->bytes, buffer->size);
    if (count <= 0)
        return received_nothing(connection, count);
    se__session_received(&connection->session, (uint64_t)count);
    return SE__PUMP_LINGERS;
}

static enum se__pump_result finish(struct se_connection *connection)
{
    int error = se__socket_finish(connection->fd);
    if (error && error != -ENOTCONN)
        se__connection_cut(connection, error, SE_STAT_RESET);
    se__session_finished(&connection->session);
    connection->finished_ms = se__clock_now_ms();
    return SE__PUMP_ON;
}

static bool wants_to_receive(const struct se_connection *connection)
{
    enum se__want want = se__session_want(&connection->session);
    return want == SE__WANT_RECEIVE || want == SE__WANT_DISCARD;
}

/* What is to be done without receiving. */
static enum se__pump_result go_on(struct se_connection *connection)
{
    switch (se__session_want(&connection->session)) {
    case SE__WANT_SEND:
        return send_held(connection);
    case SE__WANT_FINISH:
        return finish(connection);
    default:
        return stopped(connection);
    }
}

enum se__pump_result se__connection_pump(struct se_connection *connection, const struct se__buffer *buffer)
{
    enum se__pump_result result = SE__PUMP_ON;
    while (result == SE__PUMP_ON && !wants_to_receive(connection))
        result = go_on(connection);
    if (result == SE__PUMP_ON)
        result = connection->session.finished ? receive_in_vain(connection, buffer) : receive(connection, buffer);
    while (result == SE__PUMP_ON)
        result = go_on(connection);
    return result;
}

/* A system that does not tell is no reason to end. */
static int64_t pending_bytes(struct se_connection *connection)
{
    int64_t pending = se__socket_pending(connection->fd);
    if (pending == -EBADF)
        failed(connection, -EBADF);
    return pending;
}

void se__connection_drain(struct se_connection *connection)
{
    int64_t pending = pending_bytes(connection);
    /* Where the system does not tell, the connection is drained when nothing more is there to receive. */
    se__session_drain(&connection->session, pending < 0 ? INT64_MAX : (uint64_t)pending);
}

static void discard(struct se_connection *connection, const struct se__buffer *buffer)
{
    for (int i = 0; i < DISCARDS_MAX; i++) {
        int64_t count = se__socket_receive(connection->fd, buffer->bytes, buffer->size);
        if (count < 0)
            failed(connection, (int)count);
        if (count <= 0)
            return;
        se__session_received(&connection->session, (uint64_t)count);
    }
}

bool se__connection_is_complete(struct se_connection *connection, const struct se__buffer *buffer)
{
    const struct se__session *session = &connection->session;
    if (session->finished)
        discard(connection, buffer);
    if (se__session_is_cut(session))
        return true;
    return se__session_unsent(session) == 0 && pending_bytes(connection) <= 0;
}

void se__connection_end(struct se_connection *connection)
{
    struct se__session *session = &connection->session;
    /* Who reports EBADF has had its descriptor closed by somebody else: the number may be another's by now. */
    bool is_ours = session->error != -EBADF;
    bool gives_up = se__session_is_cut(session) || se__session_unsent(session) > 0;
    if (is_ours && gives_up)
        se__socket_abort(connection->fd);
    else if (is_ours && session->finished)
        se__socket_close(connection->fd);
    else if (is_ours)
        se__socket_hang_up(connection->fd);
    release_held(connection);
    free(connection->peer);
    connection->peer = NULL;
    connection->fd = -1;
}
