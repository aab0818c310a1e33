/* What is counted here, held against what the server says of itself. */
#include "clock.h"
#include "descriptors.h"
#include "failure.h"
#include "judge-inside.h"

#include "server/connection.h"

#include <arpa/inet.h>

int judge_address(const struct link *link)
{
    return (int)(ntohl(link->peer.sin_addr.s_addr) % JUDGE_ADDRESSES);
}

int judge_active(void)
{
    return judge.active;
}

uint64_t judge_lives(void)
{
    return judge.lives;
}

uint64_t judge_bytes(void)
{
    return judge.received;
}

void judge_count_end(struct link *link)
{
    struct link_record *record = link->record;
    judge.received += link->in_taken;
    judge.echoed += link->out_sent;
    judge.expected[record->class]++;
    judge.ambiguous += record->is_ambiguous;
    if (record->told_reason >= 0 && !record->is_ambiguous)
        demand(record->told_reason == (int)record->class, "the callback hears the reason", record->told_reason);
    if (record->is_over_limit)
        return;
    judge.active--;
    judge.of_address[judge_address(link)]--;
}

static void closed(struct link *link, const struct se_connection *connection)
{
    demand(link->record->told_reason < 0, "the callback hears of an end once", link->fd);
    demand(!link->record->is_over_limit && !link->record->is_refused, "who is refused has no end", link->fd);
    link->record->told_reason = se_connection_reason(connection);
    demand(se_connection_received(connection) == (int64_t)link->in_taken, "the callback hears what came", link->fd);
    demand(se_connection_echoed(connection) == (int64_t)link->out_sent, "the callback hears what went", link->fd);
}

void judge_event(int event, struct link *link, const struct se_connection *connection)
{
    if (event == SE_EVENT_PAUSED)
        judge.pauses++;
    if (event == SE_EVENT_CLOSED)
        closed(link, connection);
    if (event == SE_EVENT_OPENED)
        judge.opened += !link->record->is_refused;
}

static int64_t figure(const struct se_server *server, enum se_server_stat stat)
{
    return se_server_stat(server, (int)stat);
}

static void check_reasons(const struct se_server *server)
{
    static const enum se_server_stat reasons[] = {SE_STAT_REFUSED, SE_STAT_ORDERLY, SE_STAT_STALLED, SE_STAT_IDLE,
                                                  SE_STAT_RESET,   SE_STAT_DRAIN,   SE_STAT_MEMORY};
    int64_t ends = 0;
    for (unsigned i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        int64_t difference = figure(server, reasons[i]) - judge.expected[reasons[i]];
        ends += figure(server, reasons[i]);
        demand(difference <= judge.ambiguous && -difference <= judge.ambiguous, "ends are counted by their reason",
               (int64_t)reasons[i]);
    }
    demand(ends == (int64_t)judge.lives, "every connection is counted once", ends);
    demand(figure(server, SE_STAT_ACCEPTED) + figure(server, SE_STAT_REFUSED) == (int64_t)judge.lives,
           "every connection is accepted or refused", figure(server, SE_STAT_ACCEPTED));
}

void judge_figures(const struct se_server *server)
{
    demand(judge.active == 0, "every connection has ended", judge.active);
    check_reasons(server);
    demand(figure(server, SE_STAT_ACTIVE) == 0, "the census is empty", figure(server, SE_STAT_ACTIVE));
    int64_t most = figure(server, SE_STAT_ACTIVE_MAX);
    demand(most <= judge.most && most >= judge.most - judge.ambiguous, "the census knows the most", judge.most);
    demand(figure(server, SE_STAT_RECEIVED_BYTES) == (int64_t)judge.received, "received bytes are counted",
           (int64_t)judge.received);
    demand(figure(server, SE_STAT_ECHOED_BYTES) == (int64_t)judge.echoed, "echoed bytes are counted",
           (int64_t)judge.echoed);
    demand(figure(server, SE_STAT_GIVEN_UP_BYTES) == (int64_t)(judge.received - judge.echoed),
           "received is echoed and given up", figure(server, SE_STAT_GIVEN_UP_BYTES));
    demand(figure(server, SE_STAT_ACCEPT_ERRORS) == judge.accept_errors, "failures of accept are counted",
           judge.accept_errors);
    if (!judge.rules.has_callback)
        return;
    demand(figure(server, SE_STAT_PAUSES) == judge.pauses, "the callback hears of every pause", judge.pauses);
    demand(figure(server, SE_STAT_ACCEPTED) == judge.opened, "the callback hears of everybody", judge.opened);
}
