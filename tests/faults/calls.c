/* The names are those of the manual pages; what a call does beside its function's name is in brackets. */
#include "calls.h"

#include <stddef.h>

struct naming {
    const char *name;
    const char *functions;
};

static const struct naming namings[CALLS] = {
    [CALL_ACCEPT] = {"accept4", "accept4"},
    [CALL_BIND] = {"bind", "bind"},
    [CALL_BIND_UNIX] = {"bind[AF_UNIX]", "bind"},
    [CALL_CLOSE] = {"close", "close"},
    [CALL_COND_INIT] = {"pthread_cond_init", "pthread_cond_init"},
    [CALL_CONNECT] = {"connect", "connect"},
    [CALL_CONNECT_UNIX] = {"connect[AF_UNIX]", "connect"},
    [CALL_DISSOLVE] = {"connect[AF_UNSPEC]", "connect"},
    [CALL_EPOLL_ADD] = {"epoll_ctl[ADD]", "epoll_ctl"},
    [CALL_EPOLL_CREATE] = {"epoll_create1", "epoll_create1"},
    [CALL_EPOLL_DEL] = {"epoll_ctl[DEL]", "epoll_ctl"},
    [CALL_EPOLL_MOD] = {"epoll_ctl[MOD]", "epoll_ctl"},
    [CALL_EPOLL_WAIT] = {"epoll_wait", "epoll_wait"},
    [CALL_EVENTFD] = {"eventfd", "eventfd"},
    [CALL_GETADDRINFO] = {"getaddrinfo", "getaddrinfo"},
    [CALL_GETFL] = {"fcntl[GETFL]", "fcntl fcntl64"},
    [CALL_GETNAMEINFO] = {"getnameinfo", "getnameinfo"},
    [CALL_GETPEERNAME] = {"getpeername", "getpeername"},
    [CALL_GETSOCKNAME] = {"getsockname", "getsockname"},
    [CALL_GETSOCKOPT] = {"getsockopt", "getsockopt"},
    [CALL_LISTEN] = {"listen", "listen"},
    [CALL_LSTAT] = {"lstat", "lstat lstat64"},
    [CALL_MEMORY] = {"malloc", "malloc calloc realloc strdup"},
    [CALL_MUTEX_INIT] = {"pthread_mutex_init", "pthread_mutex_init"},
    [CALL_OPENDIR] = {"opendir", "opendir open open64"},
    [CALL_OPTION] = {"setsockopt[optional]", "setsockopt"},
    [CALL_OPTION_NEEDED] = {"setsockopt[needed]", "setsockopt"},
    [CALL_PENDING] = {"ioctl[FIONREAD]", "ioctl"},
    [CALL_PIPE] = {"pipe2", "pipe2"},
    [CALL_POLL] = {"poll", "poll ppoll"},
    [CALL_READ] = {"read", "read"},
    [CALL_RECV] = {"recv", "recv"},
    [CALL_SEND] = {"send", "send sendmsg"},
    [CALL_SETFD] = {"fcntl[SETFD]", "fcntl fcntl64"},
    [CALL_SETFL] = {"fcntl[SETFL]", "fcntl fcntl64"},
    [CALL_SHUTDOWN] = {"shutdown", "shutdown"},
    [CALL_SHUTDOWN_AGAIN] = {"shutdown[again]", "shutdown"},
    [CALL_SOCKET] = {"socket", "socket"},
    [CALL_SO_ERROR] = {"getsockopt[SO_ERROR]", "getsockopt"},
    [CALL_THREAD] = {"pthread_create", "pthread_create"},
    [CALL_UNLINK] = {"unlink", "unlink"},
    [CALL_WRITE] = {"write", "write"},
};

const char *call_name(enum call call)
{
    return namings[call].name;
}

const char *call_functions(enum call call)
{
    return namings[call].functions;
}

static _Thread_local enum phase current = OUTSIDE;

enum phase phase_now(void)
{
    return current;
}

void phase_set(enum phase phase)
{
    current = phase;
}

const char *phase_name(enum phase phase)
{
    static const char *const names[] = {
        "making a server",  "setting a server", "beginning a run", "serving",         "a stop",
        "freeing a server", "making a client",  "connecting",      "a client's echo", "finishing",
        "closing a client", "making a load",    "loading",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (phase == (enum phase)(1U << i))
            return names[i];
    return "the harness";
}

const char *side_name(unsigned phases)
{
    if (phases & LOAD)
        return "load";
    return phases & CLIENT ? "client" : "server";
}
