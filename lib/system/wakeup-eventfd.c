/* The wake-up as an eventfd(2): one descriptor, a counter in the kernel. */
#include "system/wakeup.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int se__wakeup_begin(struct se__wakeup *wakeup)
{
    wakeup->read_fd = wakeup->write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wakeup->read_fd < 0 ? -errno : 0;
}

void se__wakeup_end(struct se__wakeup *wakeup)
{
    close(wakeup->read_fd);
}

void se__wakeup_signal(const struct se__wakeup *wakeup)
{
    int saved_errno = errno;
    uint64_t one = 1;
    /* EAGAIN is the one failure, and means that the counter is full: it is signalled already. */
    ssize_t written = write(wakeup->write_fd, &one, sizeof one);
    (void)written;
    errno = saved_errno;
}

void se__wakeup_clear(const struct se__wakeup *wakeup)
{
    uint64_t count;
    ssize_t got = read(wakeup->read_fd, &count, sizeof count);
    (void)got;
}
