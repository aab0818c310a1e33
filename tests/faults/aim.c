/* A fault that lasts ends after three seconds of the clock of the run, which is more than every limit of time that the
 * scenarios set: so those have to do their part, and a wait that knows no limit ends nevertheless. */
#include "aim.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "waits.h"

enum { CALLS_MAX = 60000, COUNTS_MAX = 120 };

static const int64_t lasting_ns = INT64_C(3000000000);

struct trigger {
    void (*act)(void *argument);
    void *argument;
    enum call call;
    int side;
    int index;
};

static struct aim current;
static struct trigger trigger;
static atomic_bool is_armed;
static struct count *counted;
static atomic_int calls[2][CALLS];
static atomic_int total;
static atomic_int hits;
static atomic_int met_phase;
static atomic_llong met_at_ns;
static atomic_int met_result;
static atomic_int met_attempt;

void aim_begin(const struct aim *aim, struct count *count)
{
    current = *aim;
    atomic_store(&is_armed, false);
    counted = count;
    memset(calls, 0, sizeof(calls));
    atomic_store(&total, 0);
    atomic_store(&hits, 0);
    atomic_store(&met_phase, OUTSIDE);
    atomic_store(&met_result, 1);
    atomic_store(&met_attempt, 0);
}

static int side_of(unsigned phases)
{
    return (phases & (CLIENT | LOAD)) != 0; /* no scenario has both */
}

void aim_do_before(unsigned side, enum call call, int later, void (*act)(void *argument), void *argument)
{
    int index = atomic_load(&calls[side_of(side)][call]) + later - 1;
    trigger = (struct trigger){.act = act, .argument = argument, .call = call, .side = side_of(side), .index = index};
    atomic_store(&is_armed, true);
}

static void heed_trigger(enum call call, int side, int index)
{
    if (!atomic_load(&is_armed) || trigger.call != call || trigger.side != side || index < trigger.index)
        return;
    if (!atomic_exchange(&is_armed, false))
        return;
    enum phase phase = phase_now();
    phase_set(OUTSIDE);
    trigger.act(trigger.argument);
    phase_set(phase);
}

static bool is_struck(int index)
{
    if (index < current.index)
        return false;
    if (!current.lasts)
        return index == current.index;
    if (current.fault->repetition == EVERY_THIRD)
        return (index - current.index) % 3 == 0;
    if (current.fault->bending == AT_MOST && atomic_load(&hits) >= COUNTS_MAX)
        return false;
    return atomic_load(&hits) == 0 || waits_now_ns() - atomic_load(&met_at_ns) < lasting_ns;
}

static void note_hit(enum phase phase)
{
    if (atomic_fetch_add(&hits, 1) > 0)
        return;
    atomic_store(&met_at_ns, waits_now_ns());
    atomic_store(&met_attempt, atomic_load(&calls[side_of(phase)][CALL_SOCKET]));
    atomic_store(&met_phase, (int)phase);
}

static void note_call(enum call call, int side, int index, enum phase phase)
{
    if (atomic_fetch_add(&total, 1) > CALLS_MAX)
        verdict_fail("spins: more than %d calls, the last one is %s", CALLS_MAX, call_name(call));
    if (!counted)
        return;
    atomic_fetch_add(&counted->calls[side][call], 1);
    if (index < INDEXES)
        atomic_store(&counted->phases[side][call][index], (uint16_t)phase);
}

struct bend aim_bend(enum call call)
{
    enum phase phase = phase_now();
    if (phase == OUTSIDE)
        return (struct bend){.kind = AS_IT_IS};
    int side = side_of(phase);
    int index = atomic_fetch_add(&calls[side][call], 1);
    note_call(call, side, index, phase);
    heed_trigger(call, side, index);
    const struct fault *fault = current.fault;
    if (!fault || fault->call != call || side_of(fault->where) != side || !is_struck(index))
        return (struct bend){.kind = AS_IT_IS};
    note_hit(phase);
    return (struct bend){.kind = fault->bending, .value = fault->value};
}

enum phase aim_met_in(void)
{
    return (enum phase)atomic_load(&met_phase);
}

int aim_met_attempt(void)
{
    return atomic_load(&met_attempt);
}

int aim_met_result(void)
{
    return atomic_load(&met_result);
}

static _Thread_local bool had_met;

void aim_enter(enum phase phase)
{
    had_met = aim_met_in() != OUTSIDE;
    phase_set(phase);
}

/** A run begins in one phase and ends in the other. */
static bool is_same_call(enum phase a, enum phase b)
{
    const unsigned run = SERVER_BEGIN | SERVER_SERVE;
    return a == b || ((a & run) && (b & run));
}

int aim_leave(int result)
{
    if (!had_met && is_same_call(aim_met_in(), phase_now()))
        atomic_store(&met_result, result);
    phase_set(OUTSIDE);
    return result;
}
