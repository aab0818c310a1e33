/* A caller acts whenever its time has come: it reads, it writes, and sees whether it is at its end. */
#include "callers.h"

#include "chance.h"
#include "clock.h"
#include "events.h"
#include "failure.h"
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>

enum { ROOM_MAX = 64 * 1024, SMALL = 64, MEDIUM = 2000, LARGE = 30000, HUGE = 600000, STEPS = 40, RUDENESS_MAX = 400 };

static const int64_t longest_pause_ns = INT64_C(2000000000);

static struct caller callers[CALLERS_MAX];
static int count;

void callers_begin(void)
{
    count = 0;
}

int callers_count(void)
{
    return count;
}

struct caller *callers_get(int index)
{
    return &callers[index];
}

int callers_held_for(void)
{
    int held = 0;
    for (int i = 0; i < count; i++) {
        const struct link *link = &callers[i].link;
        held += link->fd >= 0 && !link->out_finished && link->in_taken > link->out_sent;
    }
    return held;
}

/* ---- what it is like ---- */

static uint64_t draw_length(void)
{
    uint64_t luck = chance(100);
    if (luck < 10)
        return 0;
    if (luck < 60)
        return chance_size(SMALL);
    if (luck < 85)
        return chance_size(MEDIUM);
    return luck < 99 ? chance_size(LARGE) : chance_size(HUGE);
}

static int64_t draw_pace_ns(void)
{
    static const int64_t longest_ns[] = {100 * NS_PER_US, 5 * NS_PER_MS, 200 * NS_PER_MS, 2000 * NS_PER_MS};
    uint64_t luck = chance(16);
    return chance_between(NS_PER_US, longest_ns[luck < 10 ? 0 : luck < 13 ? 1 : luck < 15 ? 2 : 3]);
}

static uint64_t draw_chunk(uint64_t length)
{
    uint64_t least = length / STEPS + 1;
    return chance_one_in(3) ? least + chance_size(ROOM_MAX) : least + length;
}

static void draw(struct caller *caller)
{
    static const enum caller_ending endings[] = {CALLER_FINISHES,
                                                 CALLER_FINISHES,
                                                 CALLER_FINISHES,
                                                 CALLER_FINISHES,
                                                 CALLER_FINISHES_AFTERWARDS,
                                                 CALLER_FINISHES_AFTERWARDS,
                                                 CALLER_RESETS,
                                                 CALLER_STAYS};
    caller->left = draw_length();
    caller->write_chunk = draw_chunk(caller->left);
    caller->read_chunk = chance_one_in(24) ? 0 : draw_chunk(caller->left);
    caller->pace_ns = caller->pause_ns = draw_pace_ns();
    caller->ending = endings[chance(sizeof endings / sizeof endings[0])];
    caller->breaks = chance_one_in(10) ? chance_size(16) : 0;
    caller->rudeness = chance_one_in(8) ? (int)chance_size(RUDENESS_MAX) : 0;
    caller->link.in_room = caller->left / STEPS + chance_size(ROOM_MAX);
    caller->link.out_room = caller->left / STEPS + chance_size(ROOM_MAX);
    caller->link.peer = (struct sockaddr_in){.sin_family = AF_INET,
                                             .sin_port = htons((uint16_t)(1 + chance(65535))),
                                             .sin_addr = {htonl(0x7f000000U + (uint32_t)chance(JUDGE_ADDRESSES))}};
}

/* ---- what it does ---- */

static bool read_some(struct caller *caller)
{
    if (link_read(&caller->link, caller->read_chunk) == 0)
        return false;
    judge_moved(&caller->link);
    return true;
}

static bool write_some(struct caller *caller)
{
    uint64_t wanted = caller->left < caller->write_chunk ? caller->left : caller->write_chunk;
    uint64_t written = link_write(&caller->link, wanted);
    if (written == 0)
        return false;
    caller->left -= written;
    judge_arrived(&caller->link);
    return true;
}

/* It has read everything up to the server's FIN. */
static void saw_end(struct caller *caller)
{
    struct link *link = &caller->link;
    bool is_whole = link->in_finished && !judge_is_stopping() && !link->record->is_idle;
    if (is_whole)
        demand(link->out_taken == link->in_sent, "a peer that ends in order gets its whole echo", (int64_t)link->key);
    if (!link->in_finished && caller->rudeness > 0) {
        caller->rudeness--;
        caller->left += chance_size(SMALL);
        return;
    }
    link_finish(link);
    caller->is_done = true;
}

static void break_off(struct caller *caller)
{
    link_reset(&caller->link, chance_one_in(8) ? ETIMEDOUT : ECONNRESET);
    caller->is_done = true;
}

static void end_in_its_way(struct caller *caller)
{
    struct link *link = &caller->link;
    bool is_back = link->out_taken == link->in_sent;
    if (caller->left > 0 || link->in_finished)
        return;
    if (caller->ending == CALLER_RESETS)
        break_off(caller);
    if (caller->ending == CALLER_FINISHES || (caller->ending == CALLER_FINISHES_AFTERWARDS && is_back))
        link_finish(link);
}

static void act(void *who)
{
    struct caller *caller = who;
    struct link *link = &caller->link;
    if (link->is_dead || link->is_closed) {
        caller->is_done = true;
        return;
    }
    note("peer acts", link->fd, (int64_t)link->key);
    bool moved = read_some(caller);
    moved |= write_some(caller);
    if (link->out_finished && link_queued(link) == 0)
        saw_end(caller);
    else if (chance_one_in(caller->breaks))
        break_off(caller);
    else
        end_in_its_way(caller);
    caller->pause_ns = moved ? caller->pace_ns : 2 * caller->pause_ns;
    if (caller->pause_ns > longest_pause_ns)
        caller->pause_ns = longest_pause_ns;
    if (!caller->is_done)
        events_add(clock_ns() + caller->pause_ns, act, caller);
}

struct caller *callers_arrive(void)
{
    if (count == CALLERS_MAX)
        return NULL;
    struct caller *caller = &callers[count];
    *caller = (struct caller){0};
    link_begin(&caller->link, (uint64_t)count + 1);
    caller->link.record = &caller->record;
    draw(caller);
    if (!network_queue(&caller->link))
        return NULL;
    count++;
    if (chance_one_in(2))
        act(caller);
    else
        events_add(clock_ns() + caller->pause_ns, act, caller);
    return caller;
}
