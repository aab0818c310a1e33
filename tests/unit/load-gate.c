/* The gate where the threads of a load wait for each other: nobody is through before all have come, or have been given
 * up. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "fixture.h"
#include "load/gate.h"

enum { THREADS = 8, ROUNDS = 200 };

static struct se__gate gate;
static atomic_int arrivals;
static atomic_int too_early;
static atomic_int passed;

/** Of locks and conditions: made, and not ended yet. */
static int made;
static int error_of_condition;

/** In each thread: of locks. Whoever gives back what he did not take is counted. */
static _Thread_local int held;
static atomic_int wrong_unlocks;

int __real_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __real_pthread_mutex_destroy(pthread_mutex_t *lock);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock);
int __real_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __real_pthread_cond_destroy(pthread_cond_t *condition);
int __wrap_pthread_cond_destroy(pthread_cond_t *condition);
int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);
int __real_pthread_mutex_unlock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock);

int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes)
{
    made++;
    return __real_pthread_mutex_init(lock, attributes);
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock)
{
    made--;
    return __real_pthread_mutex_destroy(lock);
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    if (error_of_condition)
        return error_of_condition;
    made++;
    return __real_pthread_cond_init(condition, attributes);
}

int __wrap_pthread_cond_destroy(pthread_cond_t *condition)
{
    made--;
    return __real_pthread_cond_destroy(condition);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
    held++;
    return __real_pthread_mutex_lock(lock);
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock)
{
    if (held-- <= 0)
        atomic_fetch_add(&wrong_unlocks, 1);
    return __real_pthread_mutex_unlock(lock);
}

static void begin(int expected)
{
    ck_assert_int_eq(se__gate_begin(&gate, expected), 0);
    atomic_store(&arrivals, 0);
    atomic_store(&too_early, 0);
    atomic_store(&passed, 0);
}

/** Passes again and again; counts how often it was let through although somebody of this round had not come. */
static void *pass_every_round(void *argument)
{
    int comers = *(const int *)argument;
    for (int round = 1; round <= ROUNDS; round++) {
        atomic_fetch_add(&arrivals, 1);
        se__gate_pass(&gate);
        if (atomic_load(&arrivals) < round * comers)
            atomic_fetch_add(&too_early, 1);
        atomic_fetch_add(&passed, 1);
    }
    return NULL;
}

static void start(pthread_t *threads, int count, void *(*body)(void *), void *argument)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, body, argument), 0);
}

static void join(const pthread_t *threads, int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

START_TEST(nobody_passes_before_all_have_come)
{
    int comers = _i;
    pthread_t threads[THREADS];
    begin(comers);
    start(threads, comers, pass_every_round, &comers);
    join(threads, comers);
    ck_assert_int_eq(atomic_load(&too_early), 0);
    ck_assert_int_eq(atomic_load(&passed), comers * ROUNDS);
    se__gate_end(&gate);
}
END_TEST

/** The rounds after the first run with those who are left. */
START_TEST(one_who_is_given_up_is_not_waited_for)
{
    int comers = THREADS - 1;
    pthread_t threads[THREADS];
    begin(THREADS);
    start(threads, comers, pass_every_round, &comers);
    se__gate_expect_fewer(&gate);
    join(threads, comers);
    ck_assert_int_eq(atomic_load(&too_early), 0);
    ck_assert_int_eq(atomic_load(&passed), comers * ROUNDS);
    se__gate_end(&gate);
}
END_TEST

START_TEST(giving_up_all_others_before_one_comes_lets_it_pass)
{
    begin(THREADS);
    for (int i = 1; i < THREADS; i++)
        se__gate_expect_fewer(&gate);
    se__gate_pass(&gate);
    se__gate_pass(&gate);
    ck_assert_int_eq(gate.openings, 2);
    se__gate_end(&gate);
}
END_TEST

/** Waits until so many stand at the gate. */
static void await_waiting(int count)
{
    for (bool all_wait = false; !all_wait;) {
        pthread_mutex_lock(&gate.lock);
        all_wait = gate.waiting == count;
        pthread_mutex_unlock(&gate.lock);
        sched_yield();
    }
}

static void *pass_once(void *argument)
{
    (void)argument;
    se__gate_pass(&gate);
    atomic_fetch_add(&passed, 1);
    return NULL;
}

START_TEST(the_last_one_to_be_given_up_opens_for_those_who_wait)
{
    pthread_t threads[THREADS];
    begin(THREADS);
    start(threads, THREADS - 2, pass_once, NULL);
    await_waiting(THREADS - 2);
    se__gate_expect_fewer(&gate);
    ck_assert_int_eq(gate.openings, 0);
    ck_assert_int_eq(atomic_load(&passed), 0);
    se__gate_expect_fewer(&gate);
    join(threads, THREADS - 2);
    ck_assert_int_eq(gate.openings, 1);
    se__gate_end(&gate);
}
END_TEST

START_TEST(giving_up_everybody_opens_for_nobody)
{
    begin(2);
    se__gate_expect_fewer(&gate);
    se__gate_expect_fewer(&gate);
    ck_assert_int_eq(gate.openings, 0);
    se__gate_end(&gate);
}
END_TEST

START_TEST(one_who_waits_for_another_is_let_through_when_that_one_is_given_up)
{
    pthread_t thread;
    begin(2);
    start(&thread, 1, pass_once, NULL);
    await_waiting(1);
    se__gate_expect_fewer(&gate);
    join(&thread, 1);
    ck_assert_int_eq(gate.openings, 1);
    se__gate_end(&gate);
}
END_TEST

START_TEST(gate_that_cannot_begin_leaves_nothing)
{
    made = 0;
    error_of_condition = ENOMEM;
    ck_assert_int_eq(se__gate_begin(&gate, 2), -ENOMEM);
    error_of_condition = 0;
    ck_assert_int_eq(made, 0);
    begin(1);
    ck_assert_int_eq(made, 2);
    se__gate_end(&gate);
    ck_assert_int_eq(made, 0);
}
END_TEST

/** Whether another thread would have come between cannot be waited for: so the locks themselves are watched. */
START_TEST(whoever_passes_or_is_given_up_holds_the_lock)
{
    begin(2);
    atomic_store(&wrong_unlocks, 0);
    se__gate_expect_fewer(&gate);
    se__gate_pass(&gate);
    ck_assert_int_eq(atomic_load(&wrong_unlocks), 0);
    se__gate_end(&gate);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gate of a load");
    TCase *tcase = fixture_add_tcase(suite, "gate");
    tcase_add_loop_test(tcase, nobody_passes_before_all_have_come, 1, THREADS + 1);
    tcase_add_test(tcase, one_who_is_given_up_is_not_waited_for);
    tcase_add_test(tcase, giving_up_all_others_before_one_comes_lets_it_pass);
    tcase_add_test(tcase, the_last_one_to_be_given_up_opens_for_those_who_wait);
    tcase_add_test(tcase, giving_up_everybody_opens_for_nobody);
    tcase_add_test(tcase, one_who_waits_for_another_is_let_through_when_that_one_is_given_up);
    tcase_add_test(tcase, gate_that_cannot_begin_leaves_nothing);
    tcase_add_test(tcase, whoever_passes_or_is_given_up_holds_the_lock);
    return fixture_run(suite);
}
