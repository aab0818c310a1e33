/* Loopback delivers while the sender still is in its call, so what is not there when all threads wait does not come any
 * more; only where TCP still has bytes on their way a moment is waited before the clock jumps. It is some slices of the
 * scheduler: on a busy machine the kernel leaves packets to a thread of its own. */
#include "waits.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "ledger.h"
#include "verdict.h"

enum { WAITERS_MAX = 16, FDS_MAX = 16, JUMPS_MAX = 4096 };

static const int64_t never = INT64_MAX;
static const int64_t slice_ns = 50000;
static const int64_t flight_ns = 10000000;               /* how long bytes may be on their way */
static const int64_t run_ns = INT64_C(900) * 1000000000; /* no run takes longer on its own clock */

struct waiter {
    bool is_waiting;
    const struct pollfd *fds;
    nfds_t count;
    int64_t deadline_ns;
    const atomic_bool *is_over; /* NULL: a condition or descriptors */
    struct waiter **holder;     /* whose place it is: that of a thread which was woken may be another's already */
};

struct jump {
    int64_t at_ns; /* real time */
    int64_t by_ns;
};

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask);
int __real_clock_gettime(clockid_t clock, struct timespec *now);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct waiter waiters[WAITERS_MAX];
static int threads;
static int waiting;
static int64_t quiet_since_ns; /* real time: nobody has begun or ended a wait since */
static atomic_llong jumped_ns;
static struct jump jumps[JUMPS_MAX]; /* the last ones, a ring */
static unsigned jump_count;
static _Thread_local struct waiter *own;

static int64_t real_now_ns(void)
{
    struct timespec now;
    __real_clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void waits_begin(void)
{
    memset(waiters, 0, sizeof(waiters));
    threads = 1;
    waiting = 0;
    jump_count = 0;
    atomic_store(&jumped_ns, 0);
}

int64_t waits_now_ns(void)
{
    return real_now_ns() + atomic_load(&jumped_ns);
}

int64_t waits_age_ns(int64_t real_age_ns)
{
    int64_t then_ns = real_now_ns() - real_age_ns;
    int64_t age_ns = real_age_ns;
    pthread_mutex_lock(&lock);
    unsigned first = jump_count > JUMPS_MAX ? jump_count - JUMPS_MAX : 0;
    for (unsigned i = first; i < jump_count; i++)
        if (jumps[i % JUMPS_MAX].at_ns > then_ns)
            age_ns += jumps[i % JUMPS_MAX].by_ns;
    pthread_mutex_unlock(&lock);
    return age_ns;
}

static bool is_ready(const struct waiter *waiter)
{
    if (waiter->is_over)
        return atomic_load(waiter->is_over);
    struct pollfd fds[FDS_MAX];
    if (waiter->count > FDS_MAX)
        verdict_fail("the harness watches no more than %d descriptors a thread", FDS_MAX);
    if (waiter->count > 0)
        memcpy(fds, waiter->fds, waiter->count * sizeof(fds[0]));
    return __real_poll(fds, waiter->count, 0) > 0;
}

static bool is_anybody_ready(void)
{
    for (int i = 0; i < WAITERS_MAX; i++)
        if (waiters[i].is_waiting && is_ready(&waiters[i]))
            return true;
    return false;
}

static int64_t next_deadline_ns(void)
{
    int64_t next_ns = never;
    for (int i = 0; i < WAITERS_MAX; i++)
        if (waiters[i].is_waiting && waiters[i].deadline_ns < next_ns)
            next_ns = waiters[i].deadline_ns;
    return next_ns;
}

static void jump(void)
{
    int64_t next_ns = next_deadline_ns();
    if (next_ns == never)
        verdict_fail("hangs: every thread waits, and nothing will come");
    int64_t by_ns = next_ns - waits_now_ns();
    if (by_ns <= 0)
        return;
    jumps[jump_count++ % JUMPS_MAX] = (struct jump){.at_ns = real_now_ns(), .by_ns = by_ns};
    if (atomic_fetch_add(&jumped_ns, by_ns) + by_ns > run_ns)
        verdict_fail("hangs: %lld s have passed", (long long)(run_ns / 1000000000));
}

/** Under the lock. */
static void jump_if_quiet(void)
{
    if (waiting < threads || is_anybody_ready())
        return;
    if (ledger_is_in_flight() && real_now_ns() - quiet_since_ns < flight_ns)
        return;
    jump();
}

static struct waiter *free_place(void)
{
    for (int i = 0; i < WAITERS_MAX; i++)
        if (!waiters[i].is_waiting)
            return &waiters[i];
    verdict_fail("the harness has no room for so many threads");
}

static void begin_wait(const struct waiter *waiter)
{
    pthread_mutex_lock(&lock);
    own = free_place();
    *own = *waiter;
    own->is_waiting = true;
    own->holder = &own;
    waiting++;
    quiet_since_ns = real_now_ns();
    pthread_mutex_unlock(&lock);
}

/** Under the lock. */
static void end_wait_of(struct waiter *waiter)
{
    if (!waiter->is_waiting)
        return;
    waiter->is_waiting = false;
    waiting--;
    quiet_since_ns = real_now_ns();
}

void waits_pause_ends(void)
{
    pthread_mutex_lock(&lock);
    if (own->holder == &own)
        end_wait_of(own);
    pthread_mutex_unlock(&lock);
}

/** One slice. Returns what poll(2) says, 0 also when the time is over. */
static int wait_a_slice(struct pollfd *fds, nfds_t count)
{
    const struct timespec slice = {.tv_nsec = slice_ns};
    int ready = __real_ppoll(fds, count, &slice, NULL);
    if (ready != 0)
        return ready;
    pthread_mutex_lock(&lock);
    jump_if_quiet();
    pthread_mutex_unlock(&lock);
    return 0;
}

int waits_poll(struct pollfd *fds, nfds_t count, int64_t timeout_ns)
{
    int ready = __real_poll(fds, count, 0);
    if (ready != 0 || timeout_ns == 0)
        return ready;
    int64_t deadline_ns = timeout_ns < 0 ? never : waits_now_ns() + timeout_ns;
    begin_wait(&(struct waiter){.fds = fds, .count = count, .deadline_ns = deadline_ns});
    while (ready == 0 && waits_now_ns() < deadline_ns)
        ready = wait_a_slice(fds, count);
    waits_pause_ends();
    return ready;
}

static void add_threads(int count)
{
    pthread_mutex_lock(&lock);
    threads += count;
    quiet_since_ns = real_now_ns();
    pthread_mutex_unlock(&lock);
}

void waits_thread_begins(void)
{
    add_threads(1);
}

void waits_thread_ends(void)
{
    add_threads(-1);
}

void waits_pause_begins(const atomic_bool *is_over)
{
    begin_wait(&(struct waiter){.deadline_ns = never, .is_over = is_over});
}

void waits_wake_conditions(void)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < WAITERS_MAX; i++)
        if (waiters[i].is_waiting && !waiters[i].fds && !waiters[i].is_over && waiters[i].deadline_ns == never)
            end_wait_of(&waiters[i]);
    pthread_mutex_unlock(&lock);
}
