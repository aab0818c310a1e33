/* What each call may do, and what it means for the connection. When a limit is due is judge-times.c's, what is counted
 * judge-figures.c's. */
#include "judge.h"

#include "clock.h"
#include "failure.h"
#include "judge-inside.h"
#include "memory.h"
#include "threads.h"

#include <errno.h>

struct judge judge;

void judge_begin(const struct judge_rules *rules)
{
    judge = (struct judge){.rules = *rules, .stop_ns = CLOCK_NEVER};
}

void judge_room(int connections)
{
    if (judge.rules.connections == 0 || connections < judge.rules.connections)
        judge.rules.connections = connections;
}

void judge_free(void)
{
    judge.is_freed = true;
}

void judge_stop(void)
{
    if (++judge.stops == 2)
        judge.second_stop_waited_ns = judge_waited_ns();
    if (judge.stops > 1)
        return;
    judge.stop_ns = clock_ns();
    judge.stop_waited_ns = judge_waited_ns();
}

void judge_note_stop(struct link *link)
{
    if (judge.stops == 0)
        link->record->arrived_at_stop = link->in_sent;
}

bool judge_is_stopping(void)
{
    return judge.stops > 0;
}

/* ---- the far side ---- */

void judge_queued(struct link *link)
{
    *link->record = (struct link_record){.queued = judge_now_for_any(), .queued_ns = clock_ns(), .told_reason = -1};
    link->is_judged = true;
}

void judge_arrived(struct link *link)
{
    link->record->arrived_ns = clock_ns();
}

void judge_moved(struct link *link)
{
    struct link_record *record = link->record;
    record->moved = judge_now_for_any();
    record->moved_before_ns = record->moved_ns;
    record->moved_ns = clock_ns();
}

/* ---- accepting ---- */

void judge_put_off(void)
{
    judge.put_off = judge_now_for_any();
}

void judge_deaf(bool is_deaf)
{
    int *deaf = &judge.deaf[threads_current()];
    *deaf = is_deaf ? *deaf + 1 : 0;
    judge.refused[threads_current()] += is_deaf;
    judge.refused_in_all += is_deaf;
}

void judge_accept_failed(int error)
{
    judge.accept_errors += error != EINTR;
    judge_put_off();
}

static bool is_over_limit(const struct link *link)
{
    int of_address = judge.of_address[judge_address(link)];
    return judge.active >= judge.rules.connections ||
           (judge.rules.connections_of_address > 0 && of_address >= judge.rules.connections_of_address);
}

void judge_accepted(struct link *link)
{
    judge_queue_time(link);
    struct link_record *record = link->record;
    judge.lives++;
    judge_put_off();
    /* Its worker, be it another one, counts its time from the turn in which it hears of it. */
    record->progress_ns = threads_oldest_turn_ns();
    record->quiet = judge_now_for_any();
    record->is_over_limit = is_over_limit(link);
    if (record->is_over_limit)
        return;
    judge.of_address[judge_address(link)]++;
    if (++judge.active > judge.most)
        judge.most = judge.active;
    demand(judge.active <= judge.rules.connections, "no more connections than allowed", judge.active);
}

/* ---- bytes ---- */

static void progressed(struct link *link)
{
    judge_not_late(link);
    /* What came in the same turn is read once more before the end. */
    if (link->out_finished && judge_linger_is_over(link))
        link->record->lingered_turn = threads_turn();
    link->record->waits_for_memory = false;
    link->record->progress_ns = threads_turn_ns();
    link->record->quiet = judge_now();
}

void judge_received(struct link *link, uint64_t count)
{
    demand(!link->record->is_over_limit, "who is over a limit is not served", link->fd);
    if (!link->out_finished)
        demand(link->in_taken == link->out_sent, "nothing is received while bytes are unsent", link->fd);
    demand(count > 0 || !link->record->end_was_taken, "nothing is received after the end", link->fd);
    progressed(link);
}

void judge_end_of_input(struct link *link)
{
    link->record->end_was_taken = true;
}

void judge_sent(struct link *link, const unsigned char *bytes, uint64_t count)
{
    demand(link->out_sent + count <= link->in_taken, "nothing is sent that was not received", link->fd);
    demand(!link->out_finished, "nothing is sent after FIN", link->fd);
    demand(link_bytes_are(link->key, link->out_sent, bytes, (size_t)count), "every byte comes back in its place",
           link->fd);
    if (count > 0)
        progressed(link);
}

void judge_would_block(struct link *link)
{
    judge_not_late(link);
    link->record->waits_for_memory = false;
    link->record->quiet = judge_now();
}

void judge_failed(struct link *link, int error)
{
    if (error == EINTR)
        return; /* it is asked again at once */
    link->record->waits_for_memory = error == ENOMEM || error == ENOBUFS;
    link->record->in_need = judge_now();
    if (error != EAGAIN && error != ENOMEM && error != ENOBUFS)
        link->record->told_error = error;
}

void judge_in_need(struct link *link)
{
    link->record->is_in_need = true;
}

/* ---- the ends ---- */

/* A server asks what has arrived when it is about to end a connection, and at no other time. */
void judge_asked(struct link *link)
{
    struct link_record *record = link->record;
    judge_not_late(link);
    record->was_asked = true;
    if (link->out_finished || judge.is_freed)
        return;
    bool is_idle = link->in_taken == link->out_sent && judge_idle_is_over(link);
    demand(is_idle || judge.stops > 0, "an idle end has waited for its time", link->fd);
    bool was_heard = link_unread(link) == 0 || record->arrived_ns >= threads_turn_ns();
    bool no_memory = record->waits_for_memory || judge.deaf[threads_current()] > 1;
    demand(was_heard || no_memory || judge.stops > 0, "who has said something is served before it is judged", link->fd);
    if (!is_idle)
        return;
    record->is_idle = true;
    record->arrived_at_idle = link->in_sent;
    record->is_ambiguous = judge.stops > 0;
}

void judge_finish(struct link *link)
{
    struct link_record *record = link->record;
    demand(!link->out_finished, "FIN is sent once", link->fd);
    demand(link->out_sent == link->in_taken, "FIN follows a complete echo", link->fd);
    progressed(link);
    record->finished_ns = clock_ns();
    record->finished = judge_now();
    if (record->end_was_taken || judge.is_freed)
        return;
    demand(record->is_idle || judge.stops > 0, "FIN before the peer's FIN has a reason", link->fd);
    bool had_arrived = link->in_taken >= (record->is_idle ? record->arrived_at_idle : record->arrived_at_stop);
    demand(had_arrived, "what had arrived is back before FIN", link->fd);
}

static enum se_server_stat class_of_reset(struct link *link)
{
    struct link_record *record = link->record;
    if (record->is_over_limit || record->is_refused)
        return SE_STAT_REFUSED;
    if (record->told_error)
        return record->told_error == ETIMEDOUT ? SE_STAT_STALLED : SE_STAT_RESET;
    if (record->is_in_need || memory_refused_in_turn() == threads_turn()) {
        record->is_ambiguous = true;
        return SE_STAT_MEMORY;
    }
    if (judge.is_freed && link->in_taken == 0 && !record->was_asked)
        return SE_STAT_REFUSED; /* on its way from one worker to another */
    uint64_t unsent = link->out_finished ? 0 : link->in_taken - link->out_sent;
    demand(unsent + link_unread(link) > 0, "RST comes only where bytes are given up", link->fd);
    bool is_stalled = unsent > 0 && judge_stall_is_over(link);
    record->is_ambiguous = is_stalled && judge_may_cut();
    if (judge_may_cut())
        return SE_STAT_DRAIN;
    if (is_stalled)
        return SE_STAT_STALLED;
    demand(link->out_finished && judge_linger_is_over(link), "RST comes when a limit of time is over", link->fd);
    return SE_STAT_DRAIN;
}

void judge_reset(struct link *link)
{
    judge_not_late(link);
    link->record->class = class_of_reset(link);
}

static void judge_close_in_order(struct link *link)
{
    struct link_record *record = link->record;
    demand(!record->is_over_limit, "who is over a limit is reset", link->fd);
    demand(link->out_finished, "nothing is closed before FIN or RST", link->fd);
    bool read_all = link_unread(link) == 0 || record->arrived_ns >= threads_turn_ns() || link->is_dead;
    demand(read_all, "nothing is closed with unread bytes", link->fd);
    bool waited_for_end = record->end_was_taken || judge_may_cut() || judge_linger_is_over(link);
    demand(waited_for_end, "the peer's FIN is waited for", link->fd);
    judge_not_late(link);
    record->class = record->is_idle ? SE_STAT_IDLE : SE_STAT_ORDERLY;
}

void judge_close(struct link *link)
{
    if (!link->is_cut)
        judge_close_in_order(link);
    judge_count_end(link);
}
