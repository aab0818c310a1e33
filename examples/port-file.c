/* The file is written under another name and then renamed, and locked as long as its server is there, so that one which
 * was left over can be told from another server's: see port-file.h.
 */
#include "port-file.h"

#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkostemp(3) lets nobody else read the file; a new file is as readable as the user wants new files to be. */
static int allow_to_read(int fd)
{
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(fd, 0666 & ~mask);
}

static int write_and_rename(int fd, const char *name, const char *path, int port)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%d\n", port);
    errno = ENOSPC; /* what a short write means, which sets none */
    if (write(fd, text, (size_t)length) != length || allow_to_read(fd) == -1)
        return -1;
    flock(fd, LOCK_EX | LOCK_NB); /* where a filesystem has no locks, the file is as good without */
    return rename(name, path);
}

static int write_new_file(const char *path, int port)
{
    char name[PATH_MAX];
    if (snprintf(name, sizeof name, "%s.XXXXXX", path) >= (int)sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd == -1)
        return -1;
    if (write_and_rename(fd, name, path, port) == 0)
        return fd;
    int error = errno;
    unlink(name);
    close(fd);
    errno = error;
    return -1;
}

/* Whoever may write to /dev could replace a device such as /dev/null, for everybody. */
static const char *reason_not_to_replace(const char *path)
{
    struct stat there;
    if (lstat(path, &there) == -1 || S_ISREG(there.st_mode))
        return NULL;
    return S_ISDIR(there.st_mode) ? strerror(EISDIR) : "not a regular file";
}

int write_port_file(struct port_file *file, const char *path, int port)
{
    *file = (struct port_file){.path = path, .fd = -1};
    if (path == NULL)
        return 0;
    const char *reason = reason_not_to_replace(path);
    if (reason == NULL)
        file->fd = write_new_file(path, port);
    if (file->fd != -1)
        return 0;
    complain("cannot write port file '%s': %s", path, reason != NULL ? reason : strerror(errno));
    file->path = NULL;
    return -1;
}

void remove_left_over_port_file(const char *path)
{
    if (path == NULL || reason_not_to_replace(path) != NULL)
        return;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlink(path);
    close(fd);
}

static int is_ours(const struct port_file *file)
{
    struct stat ours;
    struct stat there;
    return fstat(file->fd, &ours) == 0 && lstat(file->path, &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

void remove_port_file(struct port_file *file)
{
    if (file->path == NULL)
        return;
    if (is_ours(file) && unlink(file->path) == -1)
        complain("cannot remove port file '%s': %s", file->path, strerror(errno));
    close(file->fd);
}
