/* The wake-up as a pipe(2), for systems without eventfd(2): a byte for each signal. */
#include "system/wakeup.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int se__wakeup_begin(struct se__wakeup *wakeup)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return -errno;
    wakeup->read_fd = ends[0];
    wakeup->write_fd = ends[1];
    return 0;
}

void se__wakeup_end(struct se__wakeup *wakeup)
{
    close(wakeup->read_fd);
    close(wakeup->write_fd);
}

void se__wakeup_signal(const struct se__wakeup *wakeup)
{
    int saved_errno = errno;
    /* EAGAIN is the one failure, and means that the pipe is full: it is signalled already. */
    ssize_t written = write(wakeup->write_fd, "", 1);
    (void)written;
    errno = saved_errno;
}

void se__wakeup_clear(const struct se__wakeup *wakeup)
{
    char bytes[256];
    while (read(wakeup->read_fd, bytes, sizeof bytes) > 0)
        ;
}
