/* A binary heap by time, and by number where the time is the same. */
#include "events.h"

#include "clock.h"
#include "failure.h"

enum { EVENTS_MAX = 1 << 16 };

struct event {
    int64_t at_ns;
    uint64_t number;
    event_act act;
    void *who;
};

static struct event heap[EVENTS_MAX];
static uint32_t count;
static uint64_t added;
static bool running;

void events_begin(void)
{
    count = 0;
    running = false;
}

static bool is_before(const struct event *a, const struct event *b)
{
    return a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->number < b->number);
}

void events_add(int64_t at_ns, event_act act, void *who)
{
    demand(count < EVENTS_MAX, "the simulation has room for its events", count);
    struct event event = {.at_ns = at_ns, .number = added++, .act = act, .who = who};
    uint32_t place = count++;
    for (; place > 0 && is_before(&event, &heap[(place - 1) / 2]); place = (place - 1) / 2)
        heap[place] = heap[(place - 1) / 2];
    heap[place] = event;
}

int64_t events_next_ns(void)
{
    return count > 0 ? heap[0].at_ns : CLOCK_NEVER;
}

static uint32_t sooner_child(uint32_t place)
{
    uint32_t child = 2 * place + 1;
    return child + 1 < count && is_before(&heap[child + 1], &heap[child]) ? child + 1 : child;
}

static struct event take_first(void)
{
    struct event first = heap[0];
    struct event last = heap[--count];
    uint32_t place = 0;
    for (uint32_t child; (child = sooner_child(place)) < count && is_before(&heap[child], &last); place = child)
        heap[place] = heap[child];
    heap[place] = last;
    return first;
}

void events_run_due(void)
{
    if (running)
        return;
    running = true;
    while (count > 0 && heap[0].at_ns <= clock_ns()) {
        struct event event = take_first();
        event.act(event.who);
    }
    running = false;
}

bool events_are_running(void)
{
    return running;
}
