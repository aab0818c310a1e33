/* Descriptors of other kinds, and the file of a unix socket. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hooks.h"
#include "ledger.h"

int __real_eventfd(unsigned count, int flags);
int __real_pipe2(int ends[2], int flags);
int __real_open64(const char *path, int flags, ...);
int __real_fcntl64(int fd, int command, ...);
int __real_lstat64(const char *path, struct stat64 *status);
int __real_unlink(const char *path);

static int taken(int fd)
{
    if (fd >= 0 && phase_now() != OUTSIDE)
        ledger_add_fd(fd);
    return fd;
}

int __wrap_eventfd(unsigned count, int flags)
{
    struct bend bend = aim_bend(CALL_EVENTFD);
    return bend.kind == AS_IT_IS ? taken(__real_eventfd(count, flags)) : hook_fail(bend.value);
}

int __wrap_pipe2(int ends[2], int flags)
{
    struct bend bend = aim_bend(CALL_PIPE);
    if (bend.kind != AS_IT_IS)
        return hook_fail(bend.value);
    int result = __real_pipe2(ends, flags);
    if (result == 0) {
        taken(ends[0]);
        taken(ends[1]);
    }
    return result;
}

/** The library makes no file, so that there is no mode. */
int __wrap_open64(const char *path, int flags, ...)
{
    struct bend bend = aim_bend(CALL_OPENDIR);
    return bend.kind == AS_IT_IS ? taken(__real_open64(path, flags)) : hook_fail(bend.value);
}

static enum call control_call(int command)
{
    if (command == F_SETFD)
        return CALL_SETFD;
    return command == F_SETFL ? CALL_SETFL : CALL_GETFL;
}

int __wrap_fcntl64(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    int argument = command == F_SETFD || command == F_SETFL ? va_arg(arguments, int) : 0;
    va_end(arguments);
    enum call call = control_call(command);
    hook_check_fd(call, fd);
    struct bend bend = aim_bend(call);
    return bend.kind == AS_IT_IS ? __real_fcntl64(fd, command, argument) : hook_fail(bend.value);
}

int __wrap_lstat64(const char *path, struct stat64 *status)
{
    struct bend bend = aim_bend(CALL_LSTAT);
    return bend.kind == AS_IT_IS ? __real_lstat64(path, status) : hook_fail(bend.value);
}

int __wrap_unlink(const char *path)
{
    struct bend bend = aim_bend(CALL_UNLINK);
    return bend.kind == AS_IT_IS ? __real_unlink(path) : hook_fail(bend.value);
}
