/* What one thread wakes another one with: a counter behind one descriptor (eventfd) or between two (pipe). */
#include "calls.h"
#include "descriptors.h"
#include "failure.h"

#include <errno.h>

enum { WAKEUPS_MAX = 64 };

struct wakeup {
    uint64_t signals;
    int ends; /* descriptors that are open for it */
};

static struct wakeup wakeups[WAKEUPS_MAX];

bool calls_wakeup_is_signalled(const void *wakeup)
{
    return ((const struct wakeup *)wakeup)->signals > 0;
}

void calls_wakeup_closed(void *wakeup)
{
    ((struct wakeup *)wakeup)->ends--;
}

static struct wakeup *new_wakeup(int ends)
{
    int place = 0;
    while (place < WAKEUPS_MAX && wakeups[place].ends > 0)
        place++;
    demand(place < WAKEUPS_MAX, "the simulation has room for its wake-ups", place);
    wakeups[place] = (struct wakeup){.ends = ends};
    return &wakeups[place];
}

int __wrap_eventfd(unsigned int value, int flags)
{
    (void)value;
    (void)flags;
    calls_enter("eventfd", -1);
    if (calls_are_scarce(1))
        return calls_fail(ENFILE);
    struct wakeup *wakeup = new_wakeup(1);
    int fd = descriptors_open(WAKEUP, wakeup);
    if (fd < 0)
        wakeup->ends = 0;
    return fd < 0 ? calls_fail(EMFILE) : fd;
}

int __wrap_pipe2(int ends[2], int flags)
{
    (void)flags;
    calls_enter("pipe2", -1);
    if (calls_are_scarce(1))
        return calls_fail(ENFILE);
    if (descriptors_limit() - descriptors_count() - DESCRIPTORS_FIRST < 2)
        return calls_fail(EMFILE);
    struct wakeup *wakeup = new_wakeup(2);
    ends[0] = descriptors_open(WAKEUP, wakeup);
    ends[1] = descriptors_open(WAKEUP, wakeup);
    return 0;
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    calls_enter("read", fd);
    (void)buffer;
    struct wakeup *wakeup = descriptors_get(fd, WAKEUP)->object;
    if (wakeup->signals == 0)
        return calls_fail(EAGAIN);
    wakeup->signals = 0;
    return (ssize_t)(size < sizeof(uint64_t) ? size : sizeof(uint64_t));
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
    calls_enter("write", fd);
    (void)bytes;
    ((struct wakeup *)descriptors_get(fd, WAKEUP)->object)->signals++;
    return (ssize_t)size;
}
