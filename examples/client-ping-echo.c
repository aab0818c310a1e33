/* One echo of a ping: see client-ping-echo.h. TCP repeats what the network loses, so that an echo is lost only with its
 * connection: the next one goes out on a new connection.
 */
#include "client-ping-echo.h"

#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* Unless a fill was asked for: different bytes at each offset and in each message, so that no shifted and no earlier
 * echo passes for this one.
 */
static void fill_message(struct ping *ping)
{
    size_t size = (size_t)ping->options->ping.size;
    if (ping->options->ping.fill != FILL_VARIES) {
        memset(ping->message, ping->options->ping.fill, size);
        return;
    }
    for (size_t i = 0; i < size; i++)
        ping->message[i] = (unsigned char)(i + (uint64_t)ping->result.sent);
}

static enum ping_loss loss_of(const struct ping *ping, int error)
{
    switch (error) {
    case -ETIMEDOUT:
        return LOSS_TIMED_OUT;
    case -ECANCELED:
        return LOSS_INTERRUPTED;
    case SE_ECLOSED:
        return LOSS_SHORT;
    case SE_EMISMATCH:
        return LOSS_MISMATCH;
    case -ECONNRESET: /* also in a connect: somebody listens there, and turned us away */
        return LOSS_RESET;
    default:
        return ping->call == CALL_CONNECT ? LOSS_REFUSED : LOSS_RESET;
    }
}

static void describe(const struct ping *ping, int error, char *text, size_t size)
{
    if (error == -ECANCELED)
        snprintf(text, size, "interrupted before it was back");
    else if (ping->call == CALL_CONNECT)
        describe_connecting(ping->options, error, text, size);
    else if (ping->call == CALL_ECHO)
        describe_echo(ping->client, 0, error, text, size);
    else
        describe_finishing(error, text, size);
}

static void report_error(struct ping *ping, int64_t sequence, int loss, int error)
{
    char reason[512];
    describe(ping, error, reason, sizeof reason);
    const struct ping_error report = {.sequence = sequence,
                                      .loss = loss,
                                      .error = error,
                                      .mismatch_at = error == SE_EMISMATCH ? se_client_mismatch_at(ping->client) : -1,
                                      .reason = reason};
    if (sequence >= 0)
        complain("seq=%" PRId64 ": %s", sequence, reason);
    else
        complain("%s", reason);
    if (ping->format->error != NULL && ping->format->error(&report) < 0)
        ping->is_output_lost = 1;
}

void report_failure(struct ping *ping, int error)
{
    report_error(ping, -1, -1, error);
}

static void lose(struct ping *ping, int error)
{
    enum ping_loss loss = loss_of(ping, error);
    ping->result.lost[loss]++;
    report_error(ping, ping->result.sent, (int)loss, error);
    se_client_close(ping->client);
}

static void count_reply(struct ping *ping)
{
    const struct ping_reply reply = {ping->result.sent, ping->peer, se_client_rtt_ns(ping->client)};
    add_sample(&ping->result.samples, reply.rtt_ns);
    if (ping->format->reply(ping->options, &reply) < 0)
        ping->is_output_lost = 1;
}

int is_connected(const struct ping *ping)
{
    return se_client_fd(ping->client) >= 0;
}

/* A server may end a connection on which nothing moved for a while. */
static int has_peer_ended(const struct ping *ping)
{
    struct pollfd watched = {.fd = se_client_fd(ping->client), .events = POLLIN};
    return poll(&watched, 1, 0) > 0;
}

static int prepare_connection(struct ping *ping)
{
    if (is_connected(ping) && has_peer_ended(ping)) {
        int error = complete_call(ping, CALL_FINISH);
        if (error < 0)
            return error;
    }
    if (is_connected(ping))
        return 0;
    int error = complete_call(ping, CALL_CONNECT);
    if (error == 0)
        describe_peer(ping->client, ping->options, ping->peer);
    return error;
}

int measure_one(struct ping *ping)
{
    ping->result.sent++;
    int error = prepare_connection(ping);
    if (error == SE_ERESOLVE && ping->result.sent == 1) {
        ping->result.sent = 0;
        return error;
    }
    fill_message(ping);
    error = error ? error : complete_call(ping, CALL_ECHO);
    if (error < 0)
        lose(ping, error);
    else
        count_reply(ping);
    return 0;
}
