/* A depth-first walk: where a run can go on in several ways, each way goes on with a copy of it. */
#include "session-explorer.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server/session.h"

enum { TRACE_SIZE = 256 };

static const char message[SESSION_LENGTH_MAX + 1] = "abcdefgh";

/** One run so far. */
struct run {
    struct session_plan *plan;
    struct se__session session;
    size_t to_come;   /**< what the peer sends before its FIN and is not received yet */
    size_t taken;     /**< received to be echoed */
    size_t discarded; /**< received after our FIN */
    char held[SESSION_LENGTH_MAX];
    size_t held_size;
    char echo[SESSION_LENGTH_MAX];
    size_t echoed;
    unsigned finishes;
    bool peer_fin_taken;
    bool has_waited;
    bool draining;
    size_t drain_to; /**< once it drains: how many bytes must be taken before our FIN */
    char trace[TRACE_SIZE];
};

static void demand(const struct run *run, bool holds, const char *promise)
{
    if (!holds)
        ck_abort_msg("\"%s\" broken after: %s", promise, run->trace);
}

/** Adds to what a failure shows: r3 received 3, s2 sent 2, f our FIN, x1 discarded 1, w waited, d4 drain with 4
 * pending, c cut. */
static void note(struct run *run, char act, size_t count)
{
    size_t length = strlen(run->trace);
    snprintf(run->trace + length, TRACE_SIZE - length, "%c%zu ", act, count);
}

/* ---- what must hold ---- */

static void check_counts(const struct run *run)
{
    const struct se__session *session = &run->session;
    demand(run, session->received == run->taken + run->discarded, "received counts every byte");
    demand(run, session->echoed == run->echoed, "echoed counts what was sent");
    demand(run, se__session_unsent(session) == run->taken - run->echoed, "unsent is what was taken and is not back");
    demand(run, se__session_is_draining(session) == run->draining, "it drains from the drain on");
    demand(run, memcmp(run->echo, message, run->echoed) == 0, "the echo is the message, in order");
}

static void check_want(const struct run *run, enum se__want want)
{
    bool all_back = run->echoed == run->taken;
    bool may_finish = run->peer_fin_taken || (run->draining && run->taken == run->drain_to);
    if (want == SE__WANT_RECEIVE)
        demand(run, all_back && !may_finish && run->finishes == 0, "receive only when nothing is unsent, before FIN");
    if (want == SE__WANT_SEND)
        demand(run, !all_back && run->finishes == 0, "send only what is unsent, before FIN");
    if (want == SE__WANT_FINISH)
        demand(run, all_back && may_finish && run->finishes == 0, "finish once, when all that was taken is back");
    if (want == SE__WANT_DISCARD)
        demand(run, !run->peer_fin_taken && run->finishes == 1, "discard from our FIN until the peer's");
    if (want == SE__WANT_NOTHING)
        demand(run, run->peer_fin_taken && run->finishes == 1, "nothing only after both FIN");
}

static void check_end(const struct run *run)
{
    demand(run, run->to_come == 0, "it reads to the peer's end");
    demand(run, run->taken + run->discarded == run->plan->length, "no byte is lost");
    demand(run, !se__session_is_cut(&run->session), "it is not cut");
    if (!run->draining)
        demand(run, run->discarded == 0, "without a drain every byte is echoed");
}

/* ---- every way to go on ---- */

static void explore(struct run run);

static void go_on_received(struct run run, size_t count)
{
    memcpy(run.held, message + run.taken, count);
    run.held_size = count;
    run.taken += count;
    run.to_come -= count;
    run.peer_fin_taken = count == 0;
    run.has_waited = false;
    note(&run, 'r', count);
    se__session_received(&run.session, count);
    explore(run);
}

/** A drain that announced more than there is learns it here. */
static void go_on_drained(struct run run)
{
    run.drain_to = run.taken;
    note(&run, 'w', 0);
    se__session_drained(&run.session);
    explore(run);
}

static void explore_receive(const struct run *run)
{
    size_t room = (size_t)se__session_room(&run->session, run->plan->buffer_size);
    demand(run, room > 0 && room <= run->plan->buffer_size, "a receive has room, at most the buffer's");
    demand(run, !run->draining || room <= run->drain_to - run->taken, "a drain takes no more than was announced");
    if (run->draining)
        go_on_drained(*run);
    if (run->to_come == 0)
        go_on_received(*run, 0);
    for (size_t count = 1; count <= room && count <= run->to_come; count++)
        go_on_received(*run, count);
}

/** As a connection does it: what is unsent is the tail of what it holds. */
static void go_on_sent(struct run run, size_t count)
{
    memcpy(run.echo + run.echoed, run.held + run.held_size - se__session_unsent(&run.session), count);
    run.echoed += count;
    run.has_waited = false;
    note(&run, 's', count);
    se__session_sent(&run.session, count);
    explore(run);
}

static void explore_send(const struct run *run)
{
    for (size_t count = 1; count <= se__session_unsent(&run->session); count++)
        go_on_sent(*run, count);
}

static void go_on_finished(struct run run)
{
    run.finishes++;
    note(&run, 'f', 0);
    se__session_finished(&run.session);
    explore(run);
}

static void go_on_discarded(struct run run, size_t count)
{
    run.discarded += count;
    run.to_come -= count;
    run.peer_fin_taken = count == 0;
    run.has_waited = false;
    note(&run, 'x', count);
    se__session_received(&run.session, count);
    explore(run);
}

static void explore_discard(const struct run *run)
{
    size_t room = (size_t)se__session_room(&run->session, run->plan->buffer_size);
    demand(run, room == run->plan->buffer_size, "discarding may use the whole buffer");
    if (run->to_come == 0)
        go_on_discarded(*run, 0);
    for (size_t count = 1; count <= room && count <= run->to_come; count++)
        go_on_discarded(*run, count);
}

/** A call that would have to wait tells the session nothing. */
static void explore_wait(struct run run, enum se__want want)
{
    bool can_wait = want == SE__WANT_SEND || want == SE__WANT_DISCARD || (want == SE__WANT_RECEIVE && !run.draining);
    if (!run.plan->blocks || run.has_waited || !can_wait)
        return;
    run.has_waited = true;
    note(&run, 'w', 0);
    explore(run);
}

/** One byte more than there is stands for a system that does not tell how many there are. */
static void explore_drains(struct run run)
{
    if (!run.plan->drains || run.draining)
        return;
    run.draining = true;
    run.has_waited = false;
    for (size_t pending = 0; pending <= run.to_come + 1; pending++) {
        struct run drained = run;
        drained.drain_to = run.taken + pending;
        note(&drained, 'd', pending);
        se__session_drain(&drained.session, pending);
        explore(drained);
    }
}

static void explore_cut(struct run run)
{
    if (!run.plan->cuts)
        return;
    uint64_t unsent = se__session_unsent(&run.session);
    note(&run, 'c', 0);
    se__session_cut(&run.session, -ECONNRESET);
    demand(&run, se__session_is_cut(&run.session), "a cut session says so");
    demand(&run, se__session_want(&run.session) == SE__WANT_NOTHING, "a cut session wants nothing");
    demand(&run, se__session_unsent(&run.session) == unsent, "a cut leaves the count of what was given up");
    se__session_drain(&run.session, run.to_come);
    se__session_drained(&run.session);
    demand(&run, se__session_want(&run.session) == SE__WANT_NOTHING, "a drain after a cut changes nothing");
    run.plan->cut_runs++;
}

static void explore(struct run run)
{
    enum se__want want = se__session_want(&run.session);
    check_counts(&run);
    check_want(&run, want);
    if (want == SE__WANT_NOTHING) {
        check_end(&run);
        run.plan->runs++;
        return;
    }
    explore_wait(run, want);
    explore_drains(run);
    explore_cut(run);
    if (want == SE__WANT_RECEIVE)
        explore_receive(&run);
    if (want == SE__WANT_SEND)
        explore_send(&run);
    if (want == SE__WANT_FINISH)
        go_on_finished(run);
    if (want == SE__WANT_DISCARD)
        explore_discard(&run);
}

void session_explore(struct session_plan *plan)
{
    struct run run = {.plan = plan, .to_come = plan->length};
    ck_assert_uint_le(plan->length, SESSION_LENGTH_MAX);
    se__session_begin(&run.session);
    explore(run);
}
