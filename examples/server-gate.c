/* The callback of the server: see server-gate.h. */
#include "server-gate.h"

#include "report.h"
#include "server-statistics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PEER_TEXT_SIZE = 128 };

/* Peers of a unix socket have no address; a number tells one from another. */
static void tell_peer(struct server_gate *gate, int event, const struct se_connection *connection,
                      char text[PEER_TEXT_SIZE])
{
    if (se_connection_peer(connection, text, PEER_TEXT_SIZE) >= 0 && strcmp(text, "unix:") != 0)
        return;
    int64_t id = se_connection_id(connection);
    int64_t number = event == SE_EVENT_OPENED ? number_opened(&gate->numbers, id) : number_closed(&gate->numbers, id);
    if (number > 0)
        snprintf(text, PEER_TEXT_SIZE, "unix connection %" PRId64, number);
    else
        snprintf(text, PEER_TEXT_SIZE, "unix connection without a number");
}

static int let_in(struct server_gate *gate, const struct se_connection *connection)
{
    char peer[PEER_TEXT_SIZE];
    tell_peer(gate, SE_EVENT_OPENED, connection, peer);
    if (gate->allowed->count > 0 && !are_networks_of(gate->allowed, peer)) {
        atomic_fetch_add(&gate->sent_away, 1);
        log_line(gate->log, LEVEL_WARNING, "refused %s: not allowed", peer);
        return -1;
    }
    log_line(gate->log, LEVEL_INFO, "opened %s", peer);
    return 0;
}

static int is_in_order(int reason)
{
    return reason == SE_STAT_ORDERLY || reason == SE_STAT_IDLE;
}

static void log_closed(struct server_gate *gate, const struct se_connection *connection)
{
    char peer[PEER_TEXT_SIZE];
    tell_peer(gate, SE_EVENT_CLOSED, connection, peer);
    int reason = se_connection_reason(connection);
    log_line(gate->log, is_in_order(reason) ? LEVEL_INFO : LEVEL_NOTICE,
             "closed %s: %s, %" PRId64 " bytes received, %" PRId64 " bytes echoed", peer, statistic_name(reason),
             se_connection_received(connection), se_connection_echoed(connection));
}

static int heed_event(struct se_server *server, int event, const struct se_connection *connection, void *user_data)
{
    struct server_gate *gate = user_data;
    (void)server;
    switch (event) {
    case SE_EVENT_OPENED:
        return let_in(gate, connection);
    case SE_EVENT_CLOSED:
        log_closed(gate, connection);
        break;
    default: /* pauses come ten times a second, and are told together */
        break;
    }
    return 0;
}

int begin_gate(struct server_gate *gate, struct se_server *server, const struct networks *allowed,
               struct server_log *log)
{
    *gate = (struct server_gate){.allowed = allowed, .log = log, .numbers = {.lock = PTHREAD_MUTEX_INITIALIZER}};
    if (allowed->count == 0 && !log->is_wanted)
        return 0;
    int error = se_server_set_callback(server, heed_event, gate);
    if (error < 0)
        complain("cannot watch the connections: %s", se_strerror(error));
    return error;
}

/* How many have come since this was called last. */
static int64_t take_untold(int64_t count, int64_t *told)
{
    int64_t untold = count - *told;
    if (untold <= 0)
        return 0;
    *told = count;
    return untold;
}

/* Who is sent away is counted here before the library counts him. With the library asked first, the difference is never
 * too high.
 */
static void log_refused(struct server_gate *gate, const struct se_server *server)
{
    int64_t refused = se_server_stat(server, SE_STAT_REFUSED);
    refused -= atomic_load(&gate->sent_away);
    int64_t untold = take_untold(refused, &gate->told_refused);
    if (untold > 0)
        log_line(gate->log, LEVEL_WARNING, "refused %" PRId64 " more: over a limit, or no memory", untold);
}

static void log_pauses(struct server_gate *gate, const struct se_server *server, int is_second_over)
{
    int64_t untold = take_untold(se_server_stat(server, SE_STAT_PAUSES), &gate->told_pauses);
    if (untold > 0) {
        gate->is_pausing = 1;
        log_line(gate->log, LEVEL_WARNING,
                 "accepts nobody for a moment (%" PRId64 " time%s): no descriptors or memory, or accept(2) fails",
                 untold, untold == 1 ? "" : "s");
    } else if (gate->is_pausing && is_second_over) {
        gate->is_pausing = 0;
        log_line(gate->log, LEVEL_NOTICE, "accepts again");
    }
}

void log_troubles(struct server_gate *gate, const struct se_server *server, int is_second_over)
{
    log_refused(gate, server);
    log_pauses(gate, server, is_second_over);
}
