/* The callback of the server: see server-gate.h. */
#include "server-gate.h"

#include "report.h"
#include "server-statistics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PEER_TEXT_SIZE = 128 };

/* Peers of a unix socket have no address; a number tells one from another. */
static void tell_peer(const struct se_connection *connection, char text[PEER_TEXT_SIZE])
{
    if (se_connection_peer(connection, text, PEER_TEXT_SIZE) < 0 || strcmp(text, "unix:") == 0)
        snprintf(text, PEER_TEXT_SIZE, "unix connection %" PRId64, se_connection_id(connection));
}

static int let_in(struct server_gate *gate, const struct se_connection *connection)
{
    char peer[PEER_TEXT_SIZE];
    tell_peer(connection, peer);
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
    tell_peer(connection, peer);
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
    case SE_EVENT_PAUSED:
        log_line(gate->log, LEVEL_WARNING, "accepts nobody for a moment: no descriptors or memory, or accept(2) fails");
        break;
    case SE_EVENT_RESUMED:
        log_line(gate->log, LEVEL_NOTICE, "accepts again");
        break;
    default:
        break;
    }
    return 0;
}

int begin_gate(struct server_gate *gate, struct se_server *server, const struct networks *allowed,
               struct server_log *log)
{
    *gate = (struct server_gate){.allowed = allowed, .log = log};
    if (allowed->count == 0 && !log->is_wanted)
        return 0;
    int error = se_server_set_callback(server, heed_event, gate);
    if (error < 0)
        complain("cannot watch the connections: %s", se_strerror(error));
    return error;
}

/* Who is sent away is counted here before the library counts him. With the library asked first, the difference is never
 * too high.
 */
void log_refused(struct server_gate *gate, const struct se_server *server)
{
    int64_t refused = se_server_stat(server, SE_STAT_REFUSED);
    refused -= atomic_load(&gate->sent_away);
    if (refused <= gate->told_refused)
        return;
    log_line(gate->log, LEVEL_WARNING, "refused %" PRId64 " more: over a limit, or no memory",
             refused - gate->told_refused);
    gate->told_refused = refused;
}
