/** @file calls.h
 * The system calls of the simulated world. The linker puts each of them in the place of the real one (--wrap), so that
 * the library runs as it was built, down to the lowest floor.
 */
#ifndef SIMULATION_CALLS_H
#define SIMULATION_CALLS_H

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

/** How unkind a world is: one call in so many; 0 is never. */
struct calls_manners {
    uint64_t interrupted; /**< a signal comes: EINTR */
    uint64_t scarce;      /**< no memory: ENOMEM, ENOBUFS, ENFILE, and malloc(3) refuses */
    uint64_t spurious;    /**< a descriptor is told to be ready and is not */
    uint64_t suspended;   /**< the machine stands still, for up to an hour */
    uint64_t lost;        /**< a connection dies in the listen queue: ECONNABORTED and its like */
    bool tells_progress;  /**< TCP_INFO is there */
};

/** Begins a world without descriptors. */
void calls_begin(const struct calls_manners *manners);

/** From here on nothing fails that a server's end cannot answer for: the world is cleared away. */
void calls_be_kind(void);

/** Work takes time, and meanwhile others go on. */
void calls_work(void);

/** The same, at the beginning of each call. */
void calls_enter(const char *name, int fd);

/** Whether this call fails for want of something, which it does `factor` times more seldom than the world is scarce. */
bool calls_are_scarce(uint64_t factor);
bool calls_are_interrupted(void);
bool calls_are_spurious(void);
bool calls_lose_connections(void);
bool calls_tell_progress(void);

/** Whether a poller of the library would not wait. */
bool calls_epoll_is_ready(int epoll_fd);

/** A program lets the library look, as often as it likes: only what comes after counts as spinning. */
void calls_begin_looking(void);

/** Whether poll(2) would tell one of these events, or an error. */
bool calls_fd_is_ready(int fd, int events);

/** A descriptor is about to be closed: the pollers forget it. */
void calls_closed(int fd);

/** The object behind a descriptor of a wake-up. */
bool calls_wakeup_is_signalled(const void *wakeup);
void calls_wakeup_closed(void *wakeup);

/** -1 with errno set. */
int calls_fail(int error);

/* What the linker is told of. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *time_out);
int __wrap_socket(int family, int type, int protocol);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_listen(int fd, int backlog);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list_out);
void __wrap_freeaddrinfo(struct addrinfo *list);
int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *size);
int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *size);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);
int __wrap_ioctl(int fd, unsigned long request, int *value);
int __wrap_shutdown(int fd, int how);
int __wrap_fcntl(int fd, int command, int value);
int __wrap_fcntl64(int fd, int command, int value);
int __wrap_close(int fd);
int __wrap_epoll_create1(int flags);
int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_wait(int epoll_fd, struct epoll_event *events, int most, int timeout_ms);
int __wrap_poll(struct pollfd *watched, nfds_t count, int timeout_ms);
int __wrap_eventfd(unsigned int value, int flags);
int __wrap_pipe2(int ends[2], int flags);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
int __wrap_se__descriptors_limit(void);
int __wrap_se__descriptors_open(void);
int __wrap_pthread_create(pthread_t *handle_out, const pthread_attr_t *attributes, void *(*body)(void *),
                          void *argument);
int __wrap_pthread_join(pthread_t handle, void **result_out);
int __real_pthread_create(pthread_t *handle_out, const pthread_attr_t *attributes, void *(*body)(void *),
                          void *argument);
int __real_pthread_join(pthread_t handle, void **result_out);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);
char *__wrap_strdup(const char *text);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);

#endif
