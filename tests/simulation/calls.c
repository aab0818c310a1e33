/* What all calls have in common: they take time, others go on meanwhile, and the world may be unkind. */
#include "calls.h"

#include "chance.h"
#include "clock.h"
#include "descriptors.h"
#include "events.h"
#include "failure.h"
#include "threads.h"

#include <errno.h>

static struct calls_manners manners;

void calls_begin(const struct calls_manners *of_this_world)
{
    manners = *of_this_world;
    descriptors_begin();
}

void calls_be_kind(void)
{
    manners = (struct calls_manners){.tells_progress = manners.tells_progress};
}

static int64_t suspension_ns(void)
{
    return (int64_t)chance_size(UINT64_C(3600) * 1000) * NS_PER_MS;
}

void calls_work(void)
{
    if (events_are_running())
        return;
    uint64_t luck = chance(64);
    clock_slip((int64_t)luck * 100);
    bool is_suspended = chance_one_in(manners.suspended);
    if (is_suspended)
        clock_slip(suspension_ns());
    if (is_suspended || luck < 4)
        events_run_due();
}

void calls_enter(const char *name, int fd)
{
    note(name, fd, threads_current());
    if (events_are_running())
        return;
    calls_work();
    if (chance_one_in(4))
        threads_yield();
}

bool calls_are_scarce(uint64_t factor)
{
    return !events_are_running() && chance_one_in(manners.scarce * factor);
}

bool calls_are_interrupted(void)
{
    return chance_one_in(manners.interrupted);
}

bool calls_are_spurious(void)
{
    return chance_one_in(manners.spurious);
}

bool calls_lose_connections(void)
{
    return chance_one_in(manners.lost);
}

bool calls_tell_progress(void)
{
    return manners.tells_progress;
}

int calls_fail(int error)
{
    note("= -errno", -1, error);
    errno = error;
    return -1;
}
