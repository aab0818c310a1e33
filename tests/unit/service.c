/* What the workers of a server share: it is made whole or not at all, a connection that ends wakes a listener that
 * waits for room, and whoever is in the callback is known. The census, the wake-up and the locks are hooks. */
#include "server/service.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"

enum { KEY = 77, MADE_UP = 5, LOG_SIZE = 200 };

static const struct se__wakeup wakeup = {.read_fd = -1, .write_fd = -1};
static struct se__service service;
static int lock_error;
static int census_error;
static char calls[LOG_SIZE];

int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock);
int __real_pthread_mutex_destroy(pthread_mutex_t *lock);
int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __real_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);
int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock);
int __real_pthread_mutex_unlock(pthread_mutex_t *lock);
int __wrap_se__census_begin(struct se__census *census);
void __wrap_se__census_end(struct se__census *census);
void __wrap_se__census_leave(struct se__census *census, uint64_t key);
void __wrap_se__wakeup_signal(const struct se__wakeup *whose);

static void write_down(const char *call)
{
    ck_assert_uint_lt(strlen(calls) + strlen(call), sizeof(calls));
    strcat(calls, call);
}

static void assert_calls(const char *expected)
{
    ck_assert_str_eq(calls, expected);
    calls[0] = '\0';
}

/** Check has locks of its own. */
static void write_down_lock(const pthread_mutex_t *lock, const char *call)
{
    if (lock == &service.callers_lock)
        write_down(call);
}

int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes)
{
    if (lock == &service.callers_lock && lock_error)
        return lock_error;
    write_down_lock(lock, "make ");
    return __real_pthread_mutex_init(lock, attributes);
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock)
{
    write_down_lock(lock, "destroy ");
    return __real_pthread_mutex_destroy(lock);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
    write_down_lock(lock, "lock ");
    return __real_pthread_mutex_lock(lock);
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock)
{
    write_down_lock(lock, "unlock ");
    return __real_pthread_mutex_unlock(lock);
}

int __wrap_se__census_begin(struct se__census *census)
{
    ck_assert_ptr_eq(census, &service.census);
    write_down("census ");
    return census_error;
}

void __wrap_se__census_end(struct se__census *census)
{
    ck_assert_ptr_eq(census, &service.census);
    write_down("end census ");
}

void __wrap_se__census_leave(struct se__census *census, uint64_t key)
{
    ck_assert_ptr_eq(census, &service.census);
    ck_assert_uint_eq(key, KEY);
    write_down("leave ");
}

void __wrap_se__wakeup_signal(const struct se__wakeup *whose)
{
    ck_assert_ptr_eq(whose, &wakeup);
    write_down("wake ");
}

static void forget(void)
{
    service = (struct se__service){.server = NULL};
    lock_error = census_error = 0;
    calls[0] = '\0';
}

static void begin(void)
{
    forget();
    ck_assert_int_eq(se__service_begin(&service, NULL, &wakeup), 0);
    assert_calls("make census ");
}

static void end(void)
{
    calls[0] = '\0';
    se__service_end(&service);
    assert_calls("end census destroy ");
}

START_TEST(without_a_lock_there_is_no_service)
{
    forget();
    lock_error = ENOMEM;
    ck_assert_int_eq(se__service_begin(&service, NULL, &wakeup), -ENOMEM);
    assert_calls("");
}
END_TEST

START_TEST(without_a_census_there_is_no_service)
{
    forget();
    census_error = -EAGAIN;
    ck_assert_int_eq(se__service_begin(&service, NULL, &wakeup), -EAGAIN);
    assert_calls("make census destroy ");
}
END_TEST

START_TEST(a_connection_that_ends_wakes_the_listener_that_waits_for_room_and_no_other)
{
    se__service_count_out(&service, KEY);
    assert_calls("leave ");
    atomic_store(&service.is_listener_resting, true);
    se__service_count_out(&service, KEY);
    assert_calls("leave wake ");
}
END_TEST

START_TEST(without_a_callback_nobody_is_asked)
{
    ck_assert_int_eq(se__service_notify(&service, SE_EVENT_OPENED, NULL), 0);
    assert_calls("");
}
END_TEST

static int look_around(struct se_server *server, int event, const struct se_connection *connection, void *user_data)
{
    ck_assert_ptr_null(server);
    ck_assert_int_eq(event, SE_EVENT_CLOSED);
    ck_assert_ptr_null(connection);
    ck_assert_ptr_eq(user_data, &service);
    ck_assert(se__service_is_in_callback(user_data));
    return MADE_UP;
}

START_TEST(whoever_is_in_the_callback_is_known_behind_the_lock)
{
    service.settings.callback = look_around;
    service.settings.user_data = &service;
    ck_assert(!se__service_is_in_callback(&service));
    assert_calls("lock unlock ");
    ck_assert_int_eq(se__service_notify(&service, SE_EVENT_CLOSED, NULL), MADE_UP);
    assert_calls("lock unlock lock unlock lock unlock ");
    ck_assert(!se__service_is_in_callback(&service));
}
END_TEST

static bool found_another;

static void *look_from_outside(void *argument)
{
    found_another = se__service_is_in_callback(argument);
    return NULL;
}

static int ask_another_thread(struct se_server *server, int event, const struct se_connection *connection,
                              void *user_data)
{
    (void)server, (void)event, (void)connection;
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, look_from_outside, user_data), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    return 0;
}

START_TEST(another_thread_is_not_in_the_callback)
{
    service.settings.callback = ask_another_thread;
    service.settings.user_data = &service;
    found_another = true;
    ck_assert_int_eq(se__service_notify(&service, SE_EVENT_OPENED, NULL), 0);
    ck_assert(!found_another);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("what workers share");
    TCase *making = fixture_add_tcase(suite, "making");
    tcase_add_test(making, without_a_lock_there_is_no_service);
    tcase_add_test(making, without_a_census_there_is_no_service);
    TCase *tcase = fixture_add_tcase(suite, "service");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_connection_that_ends_wakes_the_listener_that_waits_for_room_and_no_other);
    tcase_add_test(tcase, without_a_callback_nobody_is_asked);
    tcase_add_test(tcase, whoever_is_in_the_callback_is_known_behind_the_lock);
    tcase_add_test(tcase, another_thread_is_not_in_the_callback);
    return fixture_run(suite);
}
