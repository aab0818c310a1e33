/* A far side acts whenever its time has come: it takes what has arrived, gives back as much of it as there is room for,
 * and shows its fault when it comes to its place. */
#include "far-sides.h"

#include "calls.h"
#include "chance.h"
#include "clock.h"
#include "events.h"
#include "failure.h"
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>

enum { FARS = 256, ROOM_MAX = 128 * 1024, STEPS = 30, DRIBBLED_MAX = 20000 };

static const int64_t longest_pace_ns = INT64_C(50000000);

static struct far_side fars[FARS];
static unsigned used;
static uint64_t expected;
static uint64_t expected_first;
static unsigned used_before;
static bool may_be_silent;

/* ---- what it does ---- */

static bool is_at_fault(const struct far_side *far)
{
    bool is_there = far->link.in_sent >= far->fault_at;
    return is_there && far->fault != FAR_NONE && far->fault != FAR_WRONG;
}

/* True where it does nothing any more. */
static bool show_fault(struct far_side *far)
{
    struct link *link = &far->link;
    switch (far->fault) {
    case FAR_EXTRA:
        link->in_sent = far->whole + 1;
        far->fault = FAR_NONE;
        return false;
    case FAR_CLOSES:
        link_finish(link);
        return true;
    case FAR_RESETS:
        link_reset(link, ECONNRESET);
        return true;
    case FAR_VANISHES:
        link_reset(link, ETIMEDOUT);
        return true;
    default:
        return true;
    }
}

static void echo_some(struct far_side *far)
{
    struct link *link = &far->link;
    link_read(link, far->read_chunk);
    if (link->out_taken < far->holds_back)
        return;
    uint64_t owed = link->out_taken > link->in_sent ? link->out_taken - link->in_sent : 0;
    bool has_limit = far->fault != FAR_NONE && far->fault != FAR_WRONG;
    if (has_limit && owed > far->fault_at - link->in_sent)
        owed = far->fault_at - link->in_sent;
    link_write(link, owed < far->write_chunk ? owed : far->write_chunk);
}

static void act(void *who)
{
    struct far_side *far = who;
    struct link *link = &far->link;
    if (link->is_dead || link->is_closed || link->in_finished)
        return;
    echo_some(far);
    note("far side acts", link->fd, (int64_t)link->in_sent);
    if (is_at_fault(far) && show_fault(far))
        return;
    bool is_all_back = link->in_sent >= link->out_sent;
    if (link->out_finished && is_all_back)
        link_finish(link);
    events_add(clock_ns() + far->pace_ns, act, far);
}

/* ---- what it is like ---- */

static enum far_fault draw_fault(void)
{
    static const enum far_fault faults[] = {FAR_WRONG, FAR_EXTRA, FAR_CLOSES, FAR_RESETS, FAR_VANISHES, FAR_SILENT};
    if (!chance_one_in(3))
        return FAR_NONE;
    enum far_fault fault = faults[chance(sizeof faults / sizeof faults[0])];
    return fault == FAR_SILENT && !may_be_silent ? FAR_VANISHES : fault;
}

/* A dribbler makes progress all the time and comes to no end. */
static uint64_t draw_chunk(void)
{
    if (expected < DRIBBLED_MAX && chance_one_in(6))
        return 1 + chance(8);
    return expected / STEPS + chance_size(expected + 1);
}

static struct link *new_far_side(void)
{
    struct far_side *far = &fars[used++ % FARS];
    *far = (struct far_side){.fault = draw_fault(), .whole = expected};
    link_begin(&far->link, used);
    far->fault_at = far->fault == FAR_EXTRA ? expected : chance(expected + 1);
    far->holds_back = chance_one_in(4) ? 1 + chance(expected_first) : 0;
    far->read_chunk = draw_chunk();
    far->write_chunk = draw_chunk();
    far->pace_ns = NS_PER_US + (int64_t)chance_size((uint64_t)longest_pace_ns);
    far->link.in_room = expected / STEPS + chance_size(ROOM_MAX);
    far->link.out_room = expected / STEPS + chance_size(ROOM_MAX);
    if (far->fault == FAR_WRONG)
        far->link.in_wrong_at = far->fault_at;
    far->link.peer = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(8), .sin_addr = {htonl(0x7f000001)}};
    return &far->link;
}

/* ---- how it is connected to ---- */

static struct far_side *far_of(struct link *link)
{
    return (struct far_side *)link; /* it is the first member */
}

static void answer(void *who)
{
    struct far_side *far = who;
    far->link.state = far->link.state == LINK_SELF ? LINK_SELF : LINK_CONNECTED;
    far->link.error = far->connect_error;
    far->link.is_dead = far->connect_error != 0;
    if (far->connect_error == 0 && !far->link.is_closed)
        act(far);
}

static int connect_to(struct link *link)
{
    static const int failures[] = {ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ECONNRESET};
    static const int pending[] = {EINPROGRESS, EINPROGRESS, EINPROGRESS, EINTR, EALREADY};
    struct far_side *far = far_of(link);
    far->connect_error = chance_one_in(5) ? failures[chance(sizeof failures / sizeof failures[0])] : 0;
    if (chance_one_in(32)) {
        link->state = LINK_SELF; /* TCP's simultaneous open with itself */
        far->connect_error = 0;
        return 0;
    }
    if (chance_one_in(3)) {
        if (far->connect_error == 0)
            events_add(clock_ns() + far->pace_ns, act, far);
        return far->connect_error;
    }
    link->state = LINK_CONNECTING;
    bool answers = !may_be_silent || !chance_one_in(16);
    if (answers)
        events_add(clock_ns() + far->pace_ns, answer, far);
    else
        far->fault = FAR_SILENT;
    return pending[chance(sizeof pending / sizeof pending[0])];
}

void far_sides_begin(bool some_are_silent)
{
    may_be_silent = some_are_silent;
    used = used_before = 0;
    network_begin(new_far_side, connect_to);
}

void far_sides_expect(uint64_t first, uint64_t whole)
{
    expected_first = first;
    expected = whole;
    used_before = used;
}

int far_sides_tried(void)
{
    return (int)(used - used_before);
}

const struct far_side *far_sides_latest(void)
{
    return used > 0 ? &fars[(used - 1) % FARS] : NULL;
}
