/* What the census does behind its lock, and where it says that memory was wanting. The lock and the table of addresses
 * are hooks: they write down who was asked while the lock was held. */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "fixture.h"
#include "server/census.h"

enum { ADA = 1, NOBODY = 0, LOG_SIZE = 200 };

static struct se__census census;
static bool is_locked;
static bool has_memory;
static int known; /**< how many of that address there are */
static char calls[LOG_SIZE];

int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);
int __real_pthread_mutex_unlock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock);
int __wrap_se__addresses_count(const struct se__addresses *addresses, uint64_t key);
bool __wrap_se__addresses_add(struct se__addresses *addresses, uint64_t key);
void __wrap_se__addresses_remove(struct se__addresses *addresses, uint64_t key);

static void write_down(const char *call)
{
    ck_assert_uint_lt(strlen(calls) + strlen(call), sizeof(calls));
    strcat(calls, call);
}

static void assert_calls(const char *expected)
{
    ck_assert_str_eq(calls, expected);
    ck_assert(!is_locked);
    calls[0] = '\0';
}

/** Check has locks of its own. */
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
    if (lock != &census.lock)
        return __real_pthread_mutex_lock(lock);
    ck_assert(!is_locked);
    is_locked = true;
    return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock)
{
    if (lock != &census.lock)
        return __real_pthread_mutex_unlock(lock);
    ck_assert(is_locked);
    is_locked = false;
    return 0;
}

int __wrap_se__addresses_count(const struct se__addresses *addresses, uint64_t key)
{
    ck_assert_ptr_eq(addresses, &census.addresses);
    ck_assert_uint_eq(key, ADA);
    write_down(is_locked ? "count " : "count without the lock ");
    return known;
}

bool __wrap_se__addresses_add(struct se__addresses *addresses, uint64_t key)
{
    ck_assert_ptr_eq(addresses, &census.addresses);
    ck_assert_uint_eq(key, ADA);
    write_down(is_locked ? "add " : "add without the lock ");
    return has_memory;
}

void __wrap_se__addresses_remove(struct se__addresses *addresses, uint64_t key)
{
    ck_assert_ptr_eq(addresses, &census.addresses);
    ck_assert_uint_eq(key, ADA);
    write_down(is_locked ? "remove " : "remove without the lock ");
}

static void begin(void)
{
    census = (struct se__census){.limit = 10, .limit_per_address = 3};
    ck_assert_int_eq(se__census_begin(&census), 0);
    is_locked = false;
    has_memory = true;
    known = 2;
    calls[0] = '\0';
}

static void end(void)
{
    se__census_end(&census);
}

START_TEST(whoever_comes_or_leaves_is_counted_behind_the_lock)
{
    ck_assert(se__census_enter(&census, ADA));
    assert_calls("count add ");
    se__census_leave(&census, ADA);
    assert_calls("remove ");
}
END_TEST

START_TEST(whoever_has_no_address_is_not_looked_for)
{
    ck_assert(se__census_enter(&census, NOBODY));
    se__census_leave(&census, NOBODY);
    assert_calls("");
}
END_TEST

START_TEST(whoever_is_refused_for_the_address_is_not_added)
{
    known = 3;
    ck_assert(!se__census_enter(&census, ADA));
    assert_calls("count ");
    ck_assert(!census.lacks_memory);
}
END_TEST

START_TEST(want_of_memory_is_told_until_the_next_one_comes)
{
    has_memory = false;
    ck_assert(!se__census_enter(&census, ADA));
    assert_calls("count add ");
    ck_assert(census.lacks_memory);
    ck_assert_int_eq(atomic_load(&census.active), 0);
    has_memory = true;
    ck_assert(se__census_enter(&census, ADA));
    ck_assert(!census.lacks_memory);
}
END_TEST

START_TEST(without_a_limit_an_address_is_added_and_not_asked_for)
{
    census.limit_per_address = 0;
    ck_assert(se__census_enter(&census, ADA));
    assert_calls("add ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the lock of the census");
    TCase *tcase = fixture_add_tcase(suite, "lock and memory");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, whoever_comes_or_leaves_is_counted_behind_the_lock);
    tcase_add_test(tcase, whoever_has_no_address_is_not_looked_for);
    tcase_add_test(tcase, whoever_is_refused_for_the_address_is_not_added);
    tcase_add_test(tcase, want_of_memory_is_told_until_the_next_one_comes);
    tcase_add_test(tcase, without_a_limit_an_address_is_added_and_not_asked_for);
    return fixture_run(suite);
}
