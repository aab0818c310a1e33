/* What waits: for descriptors, for threads, for conditions. And the clock. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <time.h>

#include "hooks.h"
#include "ledger.h"
#include "waits.h"

enum { BIRTHS_MAX = 16 };

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __real_epoll_create1(int flags);
int __real_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);
int __real_epoll_wait(int epoll_fd, struct epoll_event *events, int most, int timeout_ms);
int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument);
int __real_pthread_join(pthread_t thread, void **result);
int __real_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock);
int __real_pthread_cond_broadcast(pthread_cond_t *condition);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock != CLOCK_MONOTONIC)
        return __real_clock_gettime(clock, now);
    int64_t now_ns = waits_now_ns();
    now->tv_sec = (time_t)(now_ns / 1000000000);
    now->tv_nsec = (long)(now_ns % 1000000000);
    return 0;
}

static int64_t in_ns(int timeout_ms)
{
    return timeout_ms < 0 ? -1 : (int64_t)timeout_ms * 1000000;
}

void hook_serve_from_here(void)
{
    if (phase_now() == SERVER_BEGIN)
        phase_set(SERVER_SERVE);
}

/** Nobody asks for readiness where there is no descriptor. */
static bool is_pause(const struct pollfd *fds, nfds_t count)
{
    return count == 0 || (count == 1 && fds[0].fd < 0);
}

static int poll_bent(struct pollfd *fds, nfds_t count, int64_t timeout_ns)
{
    hook_serve_from_here();
    struct bend bend = {.kind = AS_IT_IS};
    if (!is_pause(fds, count))
        bend = aim_bend(CALL_POLL);
    return bend.kind == AS_IT_IS ? waits_poll(fds, count, timeout_ns) : hook_fail(bend.value);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    return poll_bent(fds, count, in_ns(timeout_ms));
}

int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    (void)mask;
    return poll_bent(fds, count, timeout ? (int64_t)timeout->tv_sec * 1000000000 + timeout->tv_nsec : -1);
}

int __wrap_epoll_create1(int flags)
{
    struct bend bend = aim_bend(CALL_EPOLL_CREATE);
    if (bend.kind != AS_IT_IS)
        return hook_fail(bend.value);
    int fd = __real_epoll_create1(flags);
    if (fd >= 0 && phase_now() != OUTSIDE)
        ledger_add_fd(fd);
    return fd;
}

static enum call control_call(int operation)
{
    if (operation == EPOLL_CTL_ADD)
        return CALL_EPOLL_ADD;
    return operation == EPOLL_CTL_MOD ? CALL_EPOLL_MOD : CALL_EPOLL_DEL;
}

int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    enum call call = control_call(operation);
    hook_check_fd(call, epoll_fd);
    struct bend bend = aim_bend(call);
    if (bend.kind == FAILS)
        return hook_fail(bend.value);
    int result = __real_epoll_ctl(epoll_fd, operation, fd, event);
    return bend.kind == AS_IT_IS ? result : hook_fail(bend.value);
}

int __wrap_epoll_wait(int epoll_fd, struct epoll_event *events, int most, int timeout_ms)
{
    hook_serve_from_here();
    hook_check_fd(CALL_EPOLL_WAIT, epoll_fd);
    struct bend bend = aim_bend(CALL_EPOLL_WAIT);
    if (bend.kind != AS_IT_IS)
        return hook_fail(bend.value);
    struct pollfd watched = {.fd = epoll_fd, .events = POLLIN};
    int ready = waits_poll(&watched, 1, in_ns(timeout_ms));
    return ready > 0 ? __real_epoll_wait(epoll_fd, events, most, 0) : ready;
}

/** A thread, from before it begins until it is joined. */
struct birth {
    atomic_bool is_used;
    atomic_bool is_over;
    enum phase phase;
    void *(*body)(void *);
    void *argument;
    _Atomic pthread_t thread; /**< 0 before it is known, and once it is joined */
};

static struct birth births[BIRTHS_MAX];

static struct birth *new_birth(void)
{
    for (int i = 0; i < BIRTHS_MAX; i++)
        if (!atomic_exchange(&births[i].is_used, true))
            return &births[i];
    verdict_fail("the harness has no room for so many threads");
}

static void *live(void *argument)
{
    struct birth *birth = argument;
    phase_set(birth->phase == SERVER_BEGIN ? SERVER_SERVE : birth->phase);
    void *result = birth->body(birth->argument);
    atomic_store(&birth->is_over, true);
    waits_thread_ends();
    return result;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    struct bend bend = aim_bend(CALL_THREAD);
    if (bend.kind != AS_IT_IS)
        return bend.value;
    struct birth *birth = new_birth();
    birth->phase = phase_now();
    birth->body = body;
    birth->argument = argument;
    atomic_store(&birth->is_over, false);
    waits_thread_begins();
    if (__real_pthread_create(thread, attributes, live, birth) != 0)
        verdict_fail("the harness could make no thread");
    atomic_store(&birth->thread, *thread);
    ledger_take(THREADS);
    return 0;
}

static struct birth *birth_of(pthread_t thread)
{
    for (int i = 0; i < BIRTHS_MAX; i++)
        if (atomic_load(&births[i].is_used) && pthread_equal(atomic_load(&births[i].thread), thread))
            return &births[i];
    verdict_fail("joins a thread that it did not make");
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
    struct birth *birth = birth_of(thread);
    waits_pause_begins(&birth->is_over);
    int error = __real_pthread_join(thread, result);
    waits_pause_ends();
    ledger_give_back(THREADS);
    atomic_store(&birth->thread, 0);
    atomic_store(&birth->is_used, false);
    return error;
}

int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock)
{
    waits_pause_begins(NULL);
    int error = __real_pthread_cond_wait(condition, lock);
    waits_pause_ends();
    return error;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition)
{
    waits_wake_conditions();
    return __real_pthread_cond_broadcast(condition);
}
