/* Readiness by poll(2), which every POSIX system has: the set is an array that is handed over at every wait. */
#include "system/poller.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

enum { MEMORY_PAUSE_MS = 100 };

struct poll_poller {
    struct se__poller base;
    struct pollfd *watched;
    uint64_t *tags; /* beside watched */
    size_t count;
    size_t room;
    size_t *places; /* by descriptor: its place in watched */
    size_t places_room;
    size_t next; /* where the next wait begins to look, so that no descriptor is always last */
};

static int poll_begin(struct se__poller **poller_out)
{
    struct poll_poller *poller = calloc(1, sizeof *poller);
    if (!poller)
        return -ENOMEM;
    poller->base.backend = &se__poller_poll;
    *poller_out = &poller->base;
    return 0;
}

static void poll_end(struct se__poller *base)
{
    struct poll_poller *poller = (struct poll_poller *)base;
    free(poller->watched);
    free(poller->tags);
    free(poller->places);
    free(poller);
}

static int grow_watched(struct poll_poller *poller)
{
    if (poller->count < poller->room)
        return 0;
    size_t room = poller->room ? 2 * poller->room : 16;
    struct pollfd *watched = realloc(poller->watched, room * sizeof *watched);
    if (!watched)
        return -ENOMEM;
    poller->watched = watched;
    uint64_t *tags = realloc(poller->tags, room * sizeof *tags);
    if (!tags)
        return -ENOMEM;
    poller->tags = tags;
    poller->room = room;
    return 0;
}

static int grow_places(struct poll_poller *poller, size_t fd)
{
    if (fd < poller->places_room)
        return 0;
    size_t room = 2 * (fd + 8);
    size_t *places = realloc(poller->places, room * sizeof *places);
    if (!places)
        return -ENOMEM;
    poller->places = places;
    poller->places_room = room;
    return 0;
}

static short poll_events(int interest)
{
    return (short)((interest & SE__READ ? POLLIN : 0) | (interest & SE__WRITE ? POLLOUT : 0));
}

static int poll_add(struct se__poller *base, int fd, int interest, uint64_t tag)
{
    struct poll_poller *poller = (struct poll_poller *)base;
    int error = grow_watched(poller);
    if (!error)
        error = grow_places(poller, (size_t)fd);
    if (error)
        return error;
    poller->watched[poller->count] = (struct pollfd){.fd = fd, .events = poll_events(interest)};
    poller->tags[poller->count] = tag;
    poller->places[fd] = poller->count++;
    return 0;
}

static int poll_modify(struct se__poller *base, int fd, int interest, uint64_t tag)
{
    struct poll_poller *poller = (struct poll_poller *)base;
    size_t place = poller->places[fd];
    poller->watched[place].events = poll_events(interest);
    poller->tags[place] = tag;
    return 0;
}

static void poll_remove(struct se__poller *base, int fd)
{
    struct poll_poller *poller = (struct poll_poller *)base;
    size_t place = poller->places[fd];
    size_t last = --poller->count;
    poller->watched[place] = poller->watched[last];
    poller->tags[place] = poller->tags[last];
    poller->places[poller->watched[place].fd] = place;
}

static int collect(struct poll_poller *poller, int ready, struct se__poller_event events[SE__POLLER_EVENTS_MAX])
{
    int count = 0;
    size_t place = poller->next;
    for (size_t seen = 0; seen < poller->count && count < ready && count < SE__POLLER_EVENTS_MAX; seen++, place++) {
        if (place >= poller->count)
            place = 0;
        if (poller->watched[place].revents)
            events[count++].tag = poller->tags[place];
    }
    poller->next = place;
    return count;
}

/* Afterwards it is asked what came meanwhile: nobody's time is over before that is known. */
static int poll_after_pause(const struct poll_poller *poller, int timeout_ms)
{
    poll(NULL, 0, timeout_ms >= 0 && timeout_ms < MEMORY_PAUSE_MS ? timeout_ms : MEMORY_PAUSE_MS);
    return poll(poller->watched, (nfds_t)poller->count, 0);
}

static int failure(int error)
{
    if (error == -EINTR)
        return 0;
    return error == -EINVAL ? -EMFILE : error; /* RLIMIT_NOFILE was lowered below the number of entries */
}

static int poll_wait(struct se__poller *base, struct se__poller_event events[SE__POLLER_EVENTS_MAX], int timeout_ms)
{
    struct poll_poller *poller = (struct poll_poller *)base;
    int ready = poll(poller->watched, (nfds_t)poller->count, timeout_ms);
    if (ready < 0 && errno == ENOMEM)
        ready = poll_after_pause(poller, timeout_ms);
    return ready < 0 ? failure(-errno) : collect(poller, ready, events);
}

static int poll_own_fd(const struct se__poller *base)
{
    (void)base;
    return -ENOSYS;
}

const struct se__poller_backend se__poller_poll = {
    .begin = poll_begin,
    .end = poll_end,
    .add = poll_add,
    .modify = poll_modify,
    .remove = poll_remove,
    .wait = poll_wait,
    .fd = poll_own_fd,
};
