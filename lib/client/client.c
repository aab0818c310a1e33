/* The public client: which call is open, and what its end means for the connection. How an attempt to connect goes on
 * is the connector's, how bytes move the transfer's, how long each may wait the channel's. */
#include "client/client.h"

#include "client/transfer.h"
#include "system/deadline.h"
#include "system/socket.h"

#include <sockecho/error.h>
#include <sockecho/timeout.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

/* For an echo whose bytes nobody wants to keep. */
enum { SCRATCH_SIZE = 256 * 1024 };

int se_client_new(struct se_client **client_out)
{
    if (!client_out)
        return -EINVAL;
    struct se_client *client = calloc(1, sizeof *client);
    *client_out = client;
    if (!client)
        return -ENOMEM;
    client->channel = (struct se__channel){.fd = -1, .timeout_ms = SE_TIMEOUT_NONE};
    client->connector.fd = -1;
    client->exchange.mismatch_at = -1;
    client->rtt_ns = -ENODATA;
    return 0;
}

/* ---- the end of a call ---- */

void se__client_end_connect(struct se_client *client)
{
    se__connector_end(&client->connector);
    free(client->host);
    client->host = NULL;
}

static void drop(struct se_client *client)
{
    if (client->connector.fd >= 0)
        se__socket_abort(client->connector.fd);
    client->connector.fd = -1;
    se__client_end_connect(client);
    if (client->channel.fd >= 0)
        se__socket_hang_up(client->channel.fd);
    client->channel.fd = -1;
    client->open = SE__CALL_NONE;
}

static bool is_not_yet(const struct se_client *client, int result)
{
    if (result == -EAGAIN)
        return true;
    return client->channel.timeout_ms == 0 && client->open != SE__CALL_CONNECT &&
           (result == -ENOBUFS || result == -ENOMEM);
}

int se__client_conclude(struct se_client *client, int result)
{
    if (is_not_yet(client, result))
        return client->channel.timeout_ms == 0 ? result : -ETIMEDOUT;
    client->open = SE__CALL_NONE;
    if (result == -EBADF)
        client->channel.fd = -1; /* somebody else has closed it: the number may be another's by now */
    if (result < 0)
        drop(client);
    return result;
}

void se_client_free(struct se_client *client)
{
    if (!client)
        return;
    drop(client);
    free(client->scratch);
    free(client);
}

int se_client_close(struct se_client *client)
{
    if (!client)
        return -EINVAL;
    drop(client);
    return 0;
}

/* ---- settings ---- */

int se_client_set_blocking(struct se_client *client, int blocking)
{
    if (blocking != 0 && blocking != 1)
        return -EINVAL;
    return se_client_set_timeout(client, blocking ? SE_TIMEOUT_NONE : 0);
}

int se_client_set_timeout(struct se_client *client, int64_t timeout_ms)
{
    if (!client || timeout_ms < SE_TIMEOUT_NONE)
        return -EINVAL;
    return se__channel_set_timeout(&client->channel, timeout_ms);
}

int se_client_set_busy_poll(struct se_client *client, int64_t busy_poll_us)
{
    if (!client || busy_poll_us < 0 || busy_poll_us > SE__BUSY_POLL_MAX_US)
        return -EINVAL;
    client->channel.busy_poll_ns = busy_poll_us * 1000;
    return 0;
}

int64_t se_client_get_timeout(const struct se_client *client)
{
    return client ? client->channel.timeout_ms : -EINVAL;
}

/* ---- echo ---- */

static bool overlap_in_part(const void *a, const void *b, size_t length)
{
    uintptr_t low = (uintptr_t)a < (uintptr_t)b ? (uintptr_t)a : (uintptr_t)b;
    uintptr_t high = (uintptr_t)a < (uintptr_t)b ? (uintptr_t)b : (uintptr_t)a;
    return low != high && high - low < length;
}

/* A reply on top of its message needs no room of its own: the echo is right only where it is the same. */
static bool needs_scratch(const void *message, const void *reply)
{
    return !reply || reply == message;
}

static int begin_echo(struct se_client *client, const void *message, size_t length, const void *reply)
{
    if (client->channel.fd < 0)
        return -ENOTCONN;
    if (needs_scratch(message, reply) && !client->scratch) {
        client->scratch = malloc(SCRATCH_SIZE);
        if (!client->scratch)
            return -ENOMEM;
    }
    se__exchange_begin(&client->exchange, message, length);
    client->reply = reply;
    client->open = SE__CALL_ECHO;
    client->echo_began_ns = se__clock_now_ns();
    return 0;
}

static bool is_open_echo(const struct se_client *client, const void *message, size_t length, const void *reply)
{
    const struct se__exchange *exchange = &client->exchange;
    return client->open == SE__CALL_ECHO && exchange->message == message && exchange->length == length &&
           client->reply == reply;
}

static int advance_echo(struct se_client *client, void *reply)
{
    const struct se__transfer_sink sink = {
        .reply = needs_scratch(client->exchange.message, reply) ? NULL : reply,
        .scratch = client->scratch,
        .scratch_size = SCRATCH_SIZE,
    };
    struct se__call call = se__channel_call(&client->channel);
    int result = se__transfer(&client->channel, &call, &client->exchange, &sink);
    if (result == 0)
        client->rtt_ns = se__clock_now_ns() - client->echo_began_ns;
    return result;
}

int se_client_echo(struct se_client *client, const void *message, size_t length, void *reply)
{
    if (!client || (!message && length > 0))
        return -EINVAL;
    if (reply && overlap_in_part(message, reply, length))
        return -EINVAL;
    if (client->open != SE__CALL_NONE && !is_open_echo(client, message, length, reply))
        return -EBUSY;
    if (length == 0)
        return client->channel.fd < 0 ? -ENOTCONN : 0;
    int error = client->open == SE__CALL_ECHO ? 0 : begin_echo(client, message, length, reply);
    return error ? error : se__client_conclude(client, advance_echo(client, reply));
}

/* ---- finish ---- */

static int begin_finish(struct se_client *client)
{
    if (client->channel.fd < 0)
        return -ENOTCONN;
    int error = se__socket_finish(client->channel.fd);
    /* ENOTCONN: the peer has reset the connection already, and receiving tells why. */
    if (error && error != -ENOTCONN)
        return error;
    client->open = SE__CALL_FINISH;
    return 0;
}

static int advance_finish(struct se_client *client)
{
    unsigned char extra;
    struct se__call call = se__channel_call(&client->channel);
    int64_t count = se__channel_receive(&client->channel, &call, &extra, sizeof extra);
    if (count <= 0)
        return (int)count;
    client->exchange.mismatch_at = (int64_t)client->exchange.length;
    return SE_EMISMATCH;
}

int se_client_finish(struct se_client *client)
{
    if (!client)
        return -EINVAL;
    if (client->open != SE__CALL_NONE && client->open != SE__CALL_FINISH)
        return -EBUSY;
    int error = client->open == SE__CALL_FINISH ? 0 : begin_finish(client);
    if (error == -ENOTCONN)
        return error;
    int result = se__client_conclude(client, error ? error : advance_finish(client));
    if (result == 0)
        drop(client);
    return result;
}

/* ---- what it knows ---- */

int se_client_fd(const struct se_client *client)
{
    if (!client)
        return -EINVAL;
    int fd = client->open == SE__CALL_CONNECT ? client->connector.fd : client->channel.fd;
    return fd < 0 ? -ENOTCONN : fd;
}

int se_client_events(const struct se_client *client)
{
    if (!client)
        return -EINVAL;
    if (client->open == SE__CALL_NONE)
        return 0;
    if (client->open == SE__CALL_CONNECT)
        return POLLOUT;
    return client->open == SE__CALL_ECHO && se__exchange_to_send(&client->exchange) > 0 ? POLLIN | POLLOUT : POLLIN;
}

int64_t se_client_rtt_ns(const struct se_client *client)
{
    return client ? client->rtt_ns : -EINVAL;
}

int64_t se_client_mismatch_at(const struct se_client *client)
{
    return client ? client->exchange.mismatch_at : -EINVAL;
}
