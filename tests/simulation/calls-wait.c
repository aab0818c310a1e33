/* The calls that wait for descriptors. */
#include "calls.h"
#include "chance.h"
#include "clock.h"
#include "descriptors.h"
#include "events.h"
#include "failure.h"
#include "judge.h"
#include "network.h"
#include "threads.h"

#include <errno.h>

enum { TOLD_MAX = 1000, LOOKS_MAX = 5000, SPIN_NS = 1000 * NS_PER_MS, EPOLLS_MAX = 16 };

struct watch {
    int fd;
    struct epoll_event event;
};

struct epoll {
    bool is_open;
    int count;
    int next; /* where the next wait begins to look */
    struct watch watches[DESCRIPTORS_MAX];
    int place_of[DESCRIPTORS_MAX];
};

static struct epoll epolls[EPOLLS_MAX];
static int looks; /* in a row, without waiting and for nobody */

/* ---- what is ready ---- */

static int *told_ready(int fd)
{
    const struct descriptor *descriptor = descriptors_get_any(fd);
    if (descriptor->kind == LISTENER)
        return &network.listener.told_ready;
    return descriptor->kind == STREAM ? &((struct link *)descriptor->object)->told_ready : NULL;
}

/* Who is told again and again of somebody whom it does not serve spins. */
static void tell(int fd)
{
    int *told = told_ready(fd);
    if (told)
        demand(++*told < TOLD_MAX, "whoever is ready is served", fd);
}

/* The bits of poll(2) and of epoll(7) are the same. */
static short ready_events(int fd, short wanted)
{
    const struct descriptor *descriptor = descriptors_get_any(fd);
    short ready = 0;
    if (descriptor->kind == LISTENER)
        ready = network.listener.count > 0 ? POLLIN : 0;
    if (descriptor->kind == WAKEUP)
        ready = calls_wakeup_is_signalled(descriptor->object) ? POLLIN : 0;
    if (descriptor->kind == STREAM) {
        const struct link *link = descriptor->object;
        ready |= link_is_readable(link) ? POLLIN : 0;
        ready |= link_is_writable(link) ? POLLOUT : 0;
        if (link->is_dead || link->error)
            wanted |= POLLHUP, ready |= POLLHUP;
    }
    return ready & wanted;
}

void calls_begin_looking(void)
{
    looks = 0;
}

/* Who looks again and again without waiting, and finds nobody, spins as well. */
static int found(int count, int timeout_ms)
{
    static int64_t since_ns;
    if (count > 0 || timeout_ms != 0 || clock_ns() - since_ns > SPIN_NS || clock_ns() < since_ns) {
        looks = 0;
        since_ns = clock_ns();
    }
    looks++;
    demand(looks < LOOKS_MAX, "whoever has nothing to do waits", looks);
    return count;
}

/* ---- epoll(7) ---- */

int __wrap_epoll_create1(int flags)
{
    (void)flags;
    calls_enter("epoll_create1", -1);
    if (calls_are_scarce(1))
        return calls_fail(ENOMEM);
    int place = 0;
    while (place < EPOLLS_MAX && epolls[place].is_open)
        place++;
    demand(place < EPOLLS_MAX, "the simulation has room for its pollers", place);
    int fd = descriptors_open(EPOLL, &epolls[place]);
    if (fd < 0)
        return calls_fail(EMFILE);
    epolls[place].is_open = true;
    epolls[place].count = 0;
    epolls[place].next = 0;
    return fd;
}

static int watch(struct epoll *epoll, int fd, const struct epoll_event *event)
{
    const struct descriptor *descriptor = descriptors_get_any(fd);
    if (calls_are_scarce(4)) {
        judge_put_off();
        if (descriptor->kind == STREAM)
            judge_in_need(descriptor->object);
        return calls_fail(chance_one_in(2) ? ENOMEM : ENOSPC);
    }
    epoll->place_of[fd] = epoll->count;
    epoll->watches[epoll->count++] = (struct watch){.fd = fd, .event = *event};
    return 0;
}

static void forget(struct epoll *epoll, int place)
{
    epoll->watches[place] = epoll->watches[--epoll->count];
    epoll->place_of[epoll->watches[place].fd] = place;
}

int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    calls_enter(operation == EPOLL_CTL_ADD ? "watch" : operation == EPOLL_CTL_MOD ? "watch anew" : "unwatch", fd);
    struct epoll *epoll = descriptors_get(epoll_fd, EPOLL)->object;
    descriptors_get_any(fd);
    int place = epoll->place_of[fd];
    bool is_watched = place < epoll->count && epoll->watches[place].fd == fd;
    demand(is_watched == (operation != EPOLL_CTL_ADD), "who is watched is added once", fd);
    if (operation == EPOLL_CTL_ADD)
        return watch(epoll, fd, event);
    if (operation == EPOLL_CTL_DEL)
        forget(epoll, place);
    else
        epoll->watches[place].event = *event;
    return 0;
}

static bool has_ready(void *what)
{
    const struct epoll *epoll = what;
    for (int i = 0; i < epoll->count; i++)
        if (ready_events(epoll->watches[i].fd, (short)epoll->watches[i].event.events))
            return true;
    return false;
}

static int collect(struct epoll *epoll, struct epoll_event *events, int most)
{
    int count = 0;
    int lucky = epoll->count > 0 && calls_are_spurious() ? (int)chance((uint64_t)epoll->count) : -1;
    for (int seen = 0; seen < epoll->count && count < most; seen++) {
        int place = (epoll->next + seen) % epoll->count;
        const struct watch *watched = &epoll->watches[place];
        short ready = ready_events(watched->fd, (short)watched->event.events);
        if (!ready && place != lucky)
            continue;
        tell(watched->fd);
        events[count++] = (struct epoll_event){.events = (uint32_t)ready, .data = watched->event.data};
    }
    if (epoll->count > 0)
        epoll->next = (epoll->next + count) % epoll->count;
    return count;
}

static int64_t deadline_ns(int timeout_ms)
{
    return timeout_ms < 0 ? CLOCK_NEVER : clock_ns() + (int64_t)timeout_ms * NS_PER_MS;
}

/* Waits for that, or for the signal that comes first. True where a signal came. */
static bool wait_or_signal(bool (*is_ready)(void *), void *what, int timeout_ms)
{
    int64_t until_ns = deadline_ns(timeout_ms);
    int64_t signal_ns = calls_are_interrupted() ? clock_ns() + chance_between(0, 20 * NS_PER_MS) : CLOCK_NEVER;
    bool is_sooner = signal_ns < until_ns;
    return !threads_wait(is_ready, what, is_sooner ? signal_ns : until_ns) && is_sooner;
}

int __wrap_epoll_wait(int epoll_fd, struct epoll_event *events, int most, int timeout_ms)
{
    calls_enter("epoll_wait", timeout_ms);
    struct epoll *epoll = descriptors_get(epoll_fd, EPOLL)->object;
    if (wait_or_signal(has_ready, epoll, timeout_ms))
        return calls_fail(EINTR);
    return found(collect(epoll, events, most), timeout_ms);
}

bool calls_epoll_is_ready(int epoll_fd)
{
    return has_ready(descriptors_get(epoll_fd, EPOLL)->object);
}

bool calls_fd_is_ready(int fd, int events)
{
    return ready_events(fd, (short)events) != 0;
}

/* ---- poll(2) ---- */

struct polled {
    struct pollfd *watched;
    nfds_t count;
};

static bool any_polled(void *what)
{
    const struct polled *polled = what;
    for (nfds_t i = 0; i < polled->count; i++)
        if (polled->watched[i].fd >= 0 && ready_events(polled->watched[i].fd, polled->watched[i].events))
            return true;
    return false;
}

static int fill_in(const struct polled *polled)
{
    int ready = 0;
    nfds_t lucky = polled->count > 1 && calls_are_spurious() ? (nfds_t)chance(polled->count) : polled->count;
    for (nfds_t i = 0; i < polled->count; i++) {
        struct pollfd *watched = &polled->watched[i];
        watched->revents = watched->fd >= 0 ? ready_events(watched->fd, watched->events) : 0;
        if (i == lucky && watched->fd >= 0)
            watched->revents |= watched->events;
        if (!watched->revents)
            continue;
        tell(watched->fd);
        ready++;
    }
    return ready;
}

int __wrap_poll(struct pollfd *watched, nfds_t count, int timeout_ms)
{
    calls_enter("poll", timeout_ms);
    if (count == 0) {
        clock_slip((int64_t)timeout_ms * NS_PER_MS); /* a pause for want of memory */
        events_run_due();
        return 0;
    }
    if ((int)count > descriptors_limit())
        return calls_fail(EINVAL);
    if (count > 1 && calls_are_scarce(4)) {
        judge_deaf(true);
        return calls_fail(ENOMEM);
    }
    judge_deaf(false);
    struct polled polled = {.watched = watched, .count = count};
    if (wait_or_signal(any_polled, &polled, timeout_ms))
        return calls_fail(EINTR);
    return found(fill_in(&polled), timeout_ms);
}

void calls_closed(int fd)
{
    const struct descriptor *descriptor = descriptors_get_any(fd);
    if (descriptor->kind == EPOLL)
        ((struct epoll *)descriptor->object)->is_open = false;
    if (descriptor->kind == WAKEUP)
        calls_wakeup_closed(descriptor->object);
    for (int i = 0; i < EPOLLS_MAX; i++)
        if (epolls[i].is_open && epolls[i].place_of[fd] < epolls[i].count &&
            epolls[i].watches[epolls[i].place_of[fd]].fd == fd)
            forget(&epolls[i], epolls[i].place_of[fd]);
}
