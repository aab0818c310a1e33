/* Takes the place of pthread_create(3) and pthread_join(3). Whoever waits looks for another thread that can go on, and
 * hands the turn over; where nobody can, it moves the clock to whatever comes next. */
#include "threads.h"

#include "calls.h"
#include "chance.h"
#include "clock.h"
#include "events.h"
#include "failure.h"

#include <errno.h>
#include <semaphore.h>
#include <string.h>

struct thread {
    sem_t has_turn;
    bool (*is_ready)(void *);
    void *what;
    int64_t deadline_ns;
    uint64_t turn;
    int64_t turn_ns;
    bool is_over;
    bool is_waiting; /* it will look at the clock before it does anything */
    bool is_joining; /* its own work is done */
    pthread_t handle;
    void *(*body)(void *);
    void *argument;
};

static struct thread threads[THREADS_MAX];
static int64_t away_ns[THREADS_MAX]; /* by place: the next thread there goes on where the last one ended */
static int64_t some_away_ns;
static int count;
static int current;
static uint64_t turns;

void threads_begin(void)
{
    for (int i = 1; i < count; i++)
        sem_destroy(&threads[i].has_turn);
    if (count == 0)
        sem_init(&threads[0].has_turn, 0, 0);
    count = 1;
    current = 0;
    memset(away_ns, 0, sizeof away_ns);
    some_away_ns = 0;
    threads_new_turn();
}

int threads_current(void)
{
    return current;
}

uint64_t threads_turn(void)
{
    return threads[current].turn;
}

int64_t threads_turn_ns(void)
{
    return threads[current].turn_ns;
}

int64_t threads_oldest_turn_ns(void)
{
    int64_t oldest_ns = threads_turn_ns();
    for (int i = 0; i < count; i++)
        if (!threads[i].is_over && !threads[i].is_waiting && threads[i].turn_ns < oldest_ns)
            oldest_ns = threads[i].turn_ns;
    return oldest_ns;
}

void threads_new_turn(void)
{
    threads[current].is_waiting = false;
    threads[current].turn = ++turns;
    threads[current].turn_ns = clock_ns();
    if (count == 1)
        clock_forgive_nothing();
}

int64_t threads_away_ns(int place)
{
    return away_ns[place];
}

int64_t threads_some_away_ns(void)
{
    return some_away_ns;
}

static bool can_go_on(const struct thread *thread)
{
    if (thread->is_over)
        return false;
    return clock_ns() >= thread->deadline_ns || thread->is_ready(thread->what);
}

static int pick(void)
{
    int first = count > 1 ? (int)chance((uint64_t)count) : 0;
    for (int i = 0; i < count; i++)
        if (can_go_on(&threads[(first + i) % count]))
            return (first + i) % count;
    return -1;
}

static void hand_over(int to)
{
    int self = current;
    current = to;
    if (to == self)
        return;
    sem_post(&threads[to].has_turn);
    while (!threads[self].is_over && sem_wait(&threads[self].has_turn) && errno == EINTR)
        ;
}

static int64_t soonest_ns(void)
{
    int64_t soonest = events_next_ns();
    for (int i = 0; i < count; i++)
        if (!threads[i].is_over && threads[i].deadline_ns < soonest)
            soonest = threads[i].deadline_ns;
    return soonest;
}

static void count_away(int64_t ns)
{
    bool is_some_away = false;
    for (int i = 0; i < count; i++) {
        if (!threads[i].is_over && !threads[i].is_joining)
            continue;
        is_some_away = true;
        away_ns[i] += ns;
    }
    some_away_ns += is_some_away ? ns : 0;
}

static void wait_until(int64_t until_ns)
{
    int64_t before_ns = clock_waited_ns();
    clock_wait(until_ns - clock_ns());
    count_away(clock_waited_ns() - before_ns);
}

/* A sleep ends a little late, now and then. */
static void let_time_pass(void)
{
    int64_t until_ns = soonest_ns();
    demand(until_ns != CLOCK_NEVER, "somebody can go on, sooner or later", count);
    if (until_ns > clock_ns())
        wait_until(until_ns);
    if (chance_one_in(8))
        clock_slip(chance_between(0, 300 * NS_PER_US));
}

static void pass_turn(void)
{
    int next;
    events_run_due();
    while ((next = pick()) < 0) {
        let_time_pass();
        events_run_due();
    }
    hand_over(next);
}

bool threads_wait(bool (*is_ready)(void *), void *what, int64_t deadline_ns)
{
    struct thread *self = &threads[current];
    self->is_ready = is_ready;
    self->what = what;
    self->deadline_ns = deadline_ns;
    self->is_waiting = true;
    pass_turn();
    threads_new_turn();
    return is_ready(what);
}

static bool always(void *what)
{
    (void)what;
    return true;
}

void threads_yield(void)
{
    if (count == 1)
        return;
    struct thread *self = &threads[current];
    self->is_ready = always;
    self->deadline_ns = CLOCK_NEVER;
    hand_over(pick());
}

static void *run(void *argument)
{
    struct thread *self = argument;
    while (sem_wait(&self->has_turn) && errno == EINTR)
        ;
    threads_new_turn();
    self->body(self->argument);
    self->is_over = true;
    pass_turn();
    return NULL;
}

static struct thread *free_place(void)
{
    demand(count < THREADS_MAX, "the simulation has room for its threads", count);
    return &threads[count];
}

int __wrap_pthread_create(pthread_t *handle_out, const pthread_attr_t *attributes, void *(*body)(void *),
                          void *argument)
{
    calls_enter("pthread_create", count);
    if (calls_are_scarce(16))
        return EAGAIN;
    struct thread *thread = free_place();
    *thread = (struct thread){.is_ready = always, .deadline_ns = CLOCK_NEVER, .body = body, .argument = argument};
    sem_init(&thread->has_turn, 0, 0);
    int error = __real_pthread_create(&thread->handle, attributes, run, thread);
    demand(error == 0, "the simulation gets its threads", error);
    *handle_out = thread->handle;
    count++;
    return 0;
}

static bool is_over(void *what)
{
    return ((const struct thread *)what)->is_over;
}

/* The last thread gives its place back, so that a server that runs again and again has room for its threads. */
static void forget_ended(void)
{
    while (count > 1 && threads[count - 1].is_over && threads[count - 1].body == NULL)
        sem_destroy(&threads[--count].has_turn);
}

int __wrap_pthread_join(pthread_t handle, void **result_out)
{
    calls_enter("pthread_join", count);
    for (int i = 1; i < count; i++) {
        struct thread *thread = &threads[i];
        if (!thread->body || !pthread_equal(thread->handle, handle))
            continue;
        int self = current;
        threads[self].is_joining = true;
        threads_wait(is_over, thread, CLOCK_NEVER);
        threads[self].is_joining = false;
        thread->body = NULL;
        int error = __real_pthread_join(handle, result_out);
        forget_ended();
        return error;
    }
    fail("only threads that were made are joined", -1);
}
