/* The linker leads every call of f to __wrap_f, and __real_f is the C library's own. */
#include "mishap.h"

#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/** The hooks read these in every thread; they are written before the first begins and after the last has ended. */
static const char *chosen;
static int chosen_error;
static bool goes_on;

static atomic_int calls_left;
static atomic_bool met;

void mishap_begin(const char *function, int nth, int error, bool lasts)
{
    chosen_error = error;
    goes_on = lasts;
    atomic_store(&calls_left, nth);
    atomic_store(&met, false);
    chosen = function;
}

bool mishap_end(void)
{
    chosen = NULL;
    return atomic_load(&met);
}

static bool is_chosen(const char *function)
{
    bool gives_memory = strcmp(function, "strdup") == 0 || strstr(function, "alloc");
    return chosen && (strcmp(chosen, function) == 0 || (gives_memory && strcmp(chosen, "memory") == 0));
}

/** The error that the call shall fail with, or 0. */
static int error_of(const char *function)
{
    if (!is_chosen(function))
        return 0;
    int left = atomic_fetch_sub(&calls_left, 1);
    if (left > 0 || (left < 0 && !goes_on))
        return 0;
    atomic_store(&met, true);
    errno = chosen_error;
    return chosen_error;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
int __real_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
int __real_bind(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length);
int __real_connect(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);
int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);
int __real_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);
int __real_epoll_wait(int epoll_fd, struct epoll_event *events, int most, int timeout_ms);
int __wrap_epoll_wait(int epoll_fd, struct epoll_event *events, int most, int timeout_ms);
int __real_eventfd(unsigned int count, int flags);
int __wrap_eventfd(unsigned int count, int flags);
int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found_out);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found_out);
int __real_getpeername(int fd, struct sockaddr *address, socklen_t *length);
int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *length);
int __real_getsockname(int fd, struct sockaddr *address, socklen_t *length);
int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *length);
int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *length);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *length);
int __real_listen(int fd, int backlog);
int __wrap_listen(int fd, int backlog);
int __real_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags);
int __real_poll(struct pollfd *watched, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *watched, nfds_t count, int timeout_ms);
int __real_ppoll(struct pollfd *watched, nfds_t count, const struct timespec *timeout, const sigset_t *mask);
int __wrap_ppoll(struct pollfd *watched, nfds_t count, const struct timespec *timeout, const sigset_t *mask);
int __real_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument);
int __real_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t length);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t length);
int __real_shutdown(int fd, int how);
int __wrap_shutdown(int fd, int how);
int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);
DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
ssize_t __real_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __real_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);

void *__wrap_calloc(size_t count, size_t size)
{
    int error = error_of("calloc");
    return error ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
    int error = error_of("malloc");
    return error ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    int error = error_of("realloc");
    return error ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    int error = error_of("strdup");
    return error ? NULL : __real_strdup(text);
}

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    int error = error_of("accept4");
    return error ? -1 : __real_accept4(fd, address, length, flags);
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    int error = error_of("bind");
    return error ? -1 : __real_bind(fd, address, length);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    int error = error_of("connect");
    if (error == EISCONN) { /* because it has connected already */
        __real_connect(fd, address, length);
        errno = error;
    }
    return error ? -1 : __real_connect(fd, address, length);
}

int __wrap_epoll_create1(int flags)
{
    int error = error_of("epoll_create1");
    return error ? -1 : __real_epoll_create1(flags);
}

int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    int error = error_of("epoll_ctl");
    return error ? -1 : __real_epoll_ctl(epoll_fd, operation, fd, event);
}

int __wrap_epoll_wait(int epoll_fd, struct epoll_event *events, int most, int timeout_ms)
{
    int error = error_of("epoll_wait");
    return error ? -1 : __real_epoll_wait(epoll_fd, events, most, timeout_ms);
}

int __wrap_eventfd(unsigned int count, int flags)
{
    int error = error_of("eventfd");
    return error ? -1 : __real_eventfd(count, flags);
}

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found_out)
{
    int error = error_of("getaddrinfo");
    return error ? error : __real_getaddrinfo(host, service, hints, found_out);
}

int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
    int error = error_of("getpeername");
    return error ? -1 : __real_getpeername(fd, address, length);
}

int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
    int error = error_of("getsockname");
    return error ? -1 : __real_getsockname(fd, address, length);
}

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    int error = error_of("getsockopt");
    return error ? -1 : __real_getsockopt(fd, level, option, value, length);
}

int __wrap_listen(int fd, int backlog)
{
    int error = error_of("listen");
    return error ? -1 : __real_listen(fd, backlog);
}

int __wrap_pipe2(int ends[2], int flags)
{
    int error = error_of("pipe2");
    return error ? -1 : __real_pipe2(ends, flags);
}

int __wrap_poll(struct pollfd *watched, nfds_t count, int timeout_ms)
{
    int error = error_of("poll");
    return error ? -1 : __real_poll(watched, count, timeout_ms);
}

int __wrap_ppoll(struct pollfd *watched, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    int error = error_of("ppoll");
    return error ? -1 : __real_ppoll(watched, count, timeout, mask);
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    int error = error_of("pthread_cond_init");
    return error ? error : __real_pthread_cond_init(condition, attributes);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    int error = error_of("pthread_create");
    return error ? error : __real_pthread_create(thread, attributes, body, argument);
}

int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes)
{
    int error = error_of("pthread_mutex_init");
    return error ? error : __real_pthread_mutex_init(lock, attributes);
}

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    int error = error_of("setsockopt");
    return error ? -1 : __real_setsockopt(fd, level, option, value, length);
}

int __wrap_shutdown(int fd, int how)
{
    int error = error_of("shutdown");
    if (error == ENOTCONN) { /* because there is no connection any more */
        __real_shutdown(fd, SHUT_RDWR);
        errno = error;
    }
    return error ? -1 : __real_shutdown(fd, how);
}

int __wrap_socket(int family, int type, int protocol)
{
    int error = error_of("socket");
    return error ? -1 : __real_socket(family, type, protocol);
}

DIR *__wrap_opendir(const char *path)
{
    int error = error_of("opendir");
    return error ? NULL : __real_opendir(path);
}

ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags)
{
    int error = error_of("recv");
    return error ? -1 : __real_recv(fd, bytes, size, flags);
}

/** Where no byte can be sent any more, none can be received either: whoever waits for one learns of the end. */
static void end_connection(int fd, int error)
{
    if (error != EPIPE && error != ECONNRESET)
        return;
    __real_shutdown(fd, SHUT_RD);
    errno = error;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
    int error = error_of("send");
    end_connection(fd, error);
    return error ? -1 : __real_send(fd, bytes, size, flags);
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    int error = error_of("sendmsg");
    end_connection(fd, error);
    return error ? -1 : __real_sendmsg(fd, message, flags);
}
