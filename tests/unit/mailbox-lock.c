/* What a mailbox does behind its lock, and what it does with memory. The lock, the wake-up and memory are hooks. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "server/mailbox.h"

enum { LOG_SIZE = 2000, FIRST_ROOM = 16 };

static const struct se__wakeup wakeup = {.read_fd = -1, .write_fd = -1};
static struct se__mailbox mailbox;
static bool lacks_memory;
static char calls[LOG_SIZE];

void __real_free(void *memory);
void __wrap_free(void *memory);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
int __real_pthread_mutex_destroy(pthread_mutex_t *lock);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock);
int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);
int __real_pthread_mutex_unlock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock);
void __wrap_se__wakeup_signal(const struct se__wakeup *whose);

/** Writes down the call and how many arrivals there are then. */
static void write_down(const char *call)
{
    size_t used = strlen(calls);
    ck_assert_uint_lt(used + strlen(call) + 8, sizeof(calls));
    snprintf(calls + used, sizeof(calls) - used, "%s %d, ", call, (int)mailbox.count);
}

static void assert_calls(const char *expected)
{
    ck_assert_str_eq(calls, expected);
    calls[0] = '\0';
}

void __wrap_free(void *memory)
{
    if (memory && memory == mailbox.arrivals)
        write_down("free");
    __real_free(memory);
}

/** Check takes less at a time. */
void *__wrap_malloc(size_t size)
{
    bool is_for_ring = size >= FIRST_ROOM * sizeof(struct se__arrival);
    return lacks_memory && is_for_ring ? NULL : __real_malloc(size);
}

/** Check has locks of its own. */
int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock)
{
    if (lock == &mailbox.lock)
        write_down("destroy");
    return __real_pthread_mutex_destroy(lock);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
    if (lock == &mailbox.lock)
        write_down("lock");
    return __real_pthread_mutex_lock(lock);
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock)
{
    if (lock == &mailbox.lock)
        write_down("unlock");
    return __real_pthread_mutex_unlock(lock);
}

void __wrap_se__wakeup_signal(const struct se__wakeup *whose)
{
    ck_assert_ptr_eq(whose, &wakeup);
    write_down("wake");
}

static void begin(void)
{
    ck_assert_int_eq(se__mailbox_begin(&mailbox, &wakeup), 0);
    lacks_memory = false;
    calls[0] = '\0';
}

static int put(int fd)
{
    const struct se__arrival arrival = {.fd = fd};
    return se__mailbox_put(&mailbox, &arrival);
}

static void assert_takes(int fd)
{
    struct se__arrival arrival;
    ck_assert(se__mailbox_take(&mailbox, &arrival));
    ck_assert_int_eq(arrival.fd, fd);
}

START_TEST(arrivals_come_and_go_behind_the_lock_and_nobody_is_woken_behind_it)
{
    ck_assert_int_eq(put(1), 0);
    assert_calls("lock 0, unlock 1, wake 1, ");
    ck_assert_int_eq(put(2), 0);
    assert_calls("lock 1, unlock 2, wake 2, ");
    assert_takes(1);
    assert_calls("lock 2, unlock 1, ");
    se__mailbox_end(&mailbox);
}
END_TEST

START_TEST(an_empty_mailbox_is_not_locked)
{
    struct se__arrival arrival;
    ck_assert(!se__mailbox_take(&mailbox, &arrival));
    assert_calls("");
    se__mailbox_end(&mailbox);
}
END_TEST

START_TEST(without_memory_an_arrival_is_refused_and_those_before_it_stay)
{
    for (int fd = 0; fd < FIRST_ROOM; fd++)
        ck_assert_int_eq(put(fd), 0);
    calls[0] = '\0';
    lacks_memory = true;
    int error = put(FIRST_ROOM);
    lacks_memory = false;
    ck_assert_int_eq(error, -ENOMEM);
    assert_calls("lock 16, unlock 16, ");
    ck_assert_int_eq(put(FIRST_ROOM), 0);
    for (int fd = 0; fd <= FIRST_ROOM; fd++)
        assert_takes(fd);
    se__mailbox_end(&mailbox);
}
END_TEST

START_TEST(memory_that_is_too_small_is_given_back_and_in_the_end_all)
{
    for (int fd = 0; fd < FIRST_ROOM; fd++)
        ck_assert_int_eq(put(fd), 0);
    calls[0] = '\0';
    ck_assert_int_eq(put(FIRST_ROOM), 0);
    assert_calls("lock 16, free 16, unlock 17, wake 17, ");
    se__mailbox_end(&mailbox);
    assert_calls("free 17, destroy 17, ");
}
END_TEST

START_TEST(there_is_never_room_for_more_than_twice_as_many)
{
    for (int fd = 0; fd < 10 * FIRST_ROOM; fd++) {
        calls[0] = '\0';
        ck_assert_int_eq(put(fd), 0);
        ck_assert(mailbox.room == FIRST_ROOM || mailbox.room < 2 * mailbox.count);
    }
    se__mailbox_end(&mailbox);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the lock of a mailbox");
    TCase *tcase = fixture_add_tcase(suite, "lock and memory");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, arrivals_come_and_go_behind_the_lock_and_nobody_is_woken_behind_it);
    tcase_add_test(tcase, an_empty_mailbox_is_not_locked);
    tcase_add_test(tcase, without_memory_an_arrival_is_refused_and_those_before_it_stay);
    tcase_add_test(tcase, memory_that_is_too_small_is_given_back_and_in_the_end_all);
    tcase_add_test(tcase, there_is_never_room_for_more_than_twice_as_many);
    return fixture_run(suite);
}
