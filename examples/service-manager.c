/* Socket activation and notification without libsystemd: see service-manager.h. */
#include "service-manager.h"

#include "report.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* The protocol hands descriptors over from this number on. */
enum { FIRST_HANDED_OVER = 3 };

/* For how long a manager may leave its queue full. */
enum { PATIENCE_SECONDS = 5 };

/* The variables may be those of a parent that passed them on unwittingly: they count for the process they name. */
static int is_meant_for_us(const char *pid)
{
    char own[32];
    snprintf(own, sizeof own, "%ld", (long)getpid());
    return pid != NULL && strcmp(pid, own) == 0;
}

static int find_socket(int *fd_out)
{
    const char *count = getenv("LISTEN_FDS");
    *fd_out = NO_DESCRIPTOR;
    if (count == NULL || !is_meant_for_us(getenv("LISTEN_PID")))
        return 0;
    if (strcmp(count, "1") != 0) {
        complain("LISTEN_FDS is '%s': one socket can be served, no more and no less", count);
        return -1;
    }
    *fd_out = FIRST_HANDED_OVER;
    return 0;
}

int take_socket(int *fd_out)
{
    int result = find_socket(fd_out);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return result;
}

/* A path, or a name that begins with @ and stands for one that is no file: its first byte is 0. */
static int make_address(const char *name, struct sockaddr_un *address, socklen_t *size_out)
{
    size_t length = strlen(name);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((name[0] != '/' && name[0] != '@') || length >= sizeof address->sun_path)
        return -EINVAL;
    memcpy(address->sun_path, name, length);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    *size_out = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return 0;
}

static int connect_to(const struct sockaddr_un *address, socklen_t size)
{
    const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)address, size) == 0)
        return fd;
    int error = -errno;
    close(fd);
    return error;
}

int open_service_manager(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    if (name == NULL || name[0] == '\0')
        return NO_DESCRIPTOR;
    struct sockaddr_un address;
    socklen_t size;
    int fd = make_address(name, &address, &size);
    if (fd == 0)
        fd = connect_to(&address, size);
    if (fd >= 0)
        return fd;
    complain("cannot notify NOTIFY_SOCKET '%s': %s", name, strerror(-fd));
    return NO_DESCRIPTOR;
}

void notify_service_manager(int manager_fd, const char *state)
{
    if (manager_fd != NO_DESCRIPTOR && send(manager_fd, state, strlen(state), MSG_NOSIGNAL) == -1)
        complain("cannot notify the service manager of %s: %s", state, strerror(errno));
}

void close_service_manager(int manager_fd)
{
    if (manager_fd != NO_DESCRIPTOR)
        close(manager_fd);
}
