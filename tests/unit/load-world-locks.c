/* The library's locks and conditions: each that is made is ended, and only who has taken a lock gives it back. One
 * thread runs in a world, so nobody waits for any. */
#include <check.h>
#include <pthread.h>

#include "load-world-inside.h"

enum { LOCKS_MAX = 8 };

static const pthread_mutex_t *held[LOCKS_MAX];
static int held_count, made_count, wrong_locks;

int __real_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __real_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock);
int __wrap_pthread_cond_destroy(pthread_cond_t *condition);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock);

void world_begin_locks(void)
{
    held_count = made_count = wrong_locks = 0;
}

void world_end_locks(void)
{
    int still_held = held_count; /* before Check takes one of its own */
    ck_assert_int_eq(still_held, 0);
    ck_assert_int_eq(wrong_locks, 0);
    ck_assert_int_eq(made_count, 0);
}

int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes)
{
    made_count++;
    return __real_pthread_mutex_init(lock, attributes);
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    made_count++;
    return __real_pthread_cond_init(condition, attributes);
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock)
{
    (void)lock;
    made_count--;
    return 0;
}

int __wrap_pthread_cond_destroy(pthread_cond_t *condition)
{
    (void)condition;
    made_count--;
    return 0;
}

static int place_of_lock(const pthread_mutex_t *lock)
{
    int place = 0;
    while (place < held_count && held[place] != lock)
        place++;
    return place;
}

/** No assertion here and below: Check takes a lock for each. */
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
    bool is_right = place_of_lock(lock) == held_count && held_count < LOCKS_MAX;
    if (is_right)
        held[held_count++] = lock;
    wrong_locks += !is_right;
    return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock)
{
    int place = place_of_lock(lock);
    if (place < held_count)
        held[place] = held[--held_count];
    else
        wrong_locks++;
    return 0;
}
