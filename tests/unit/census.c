/* Who is let in: the limit of all connections, the limit of one address, both at once, and out again from many threads.
 */
#include <pthread.h>

#include "fixture.h"
#include "server/census.h"

enum { ADA = 1, BEN = 2, NOBODY = 0, UNLIMITED = 1000000 };

static struct se__census census;

static void begin(void)
{
    census = (struct se__census){.limit = UNLIMITED};
    ck_assert_int_eq(se__census_begin(&census), 0);
}

static void end(void)
{
    se__census_end(&census);
}

static void enter(uint64_t key, int times)
{
    for (int i = 0; i < times; i++)
        ck_assert(se__census_enter(&census, key));
}

START_TEST(the_limit_lets_in_so_many_and_one_more_for_each_that_leaves)
{
    census.limit = 3;
    enter(ADA, 3);
    ck_assert(!se__census_enter(&census, BEN));
    ck_assert(!se__census_enter(&census, NOBODY));
    se__census_leave(&census, ADA);
    enter(BEN, 1);
    ck_assert(!se__census_enter(&census, BEN));
    ck_assert_int_eq(atomic_load(&census.active), 3);
}
END_TEST

START_TEST(a_limit_of_none_lets_nobody_in)
{
    census.limit = 0;
    ck_assert(!se__census_enter(&census, NOBODY));
    ck_assert_int_eq(atomic_load(&census.most), 0);
}
END_TEST

START_TEST(a_limit_below_those_who_are_in_lets_in_once_enough_have_left)
{
    enter(NOBODY, 5);
    census.limit = 3;
    for (int left = 0; left < 3; left++) {
        ck_assert(!se__census_enter(&census, NOBODY));
        se__census_leave(&census, NOBODY);
    }
    enter(NOBODY, 1);
    ck_assert(!se__census_enter(&census, NOBODY));
}
END_TEST

START_TEST(one_address_has_its_own_limit)
{
    census.limit_per_address = 2;
    enter(ADA, 2);
    ck_assert(!se__census_enter(&census, ADA));
    enter(BEN, 2);
    ck_assert(!se__census_enter(&census, BEN));
    se__census_leave(&census, ADA);
    ck_assert(!se__census_enter(&census, BEN));
    enter(ADA, 1);
}
END_TEST

START_TEST(peers_without_an_address_have_no_limit_of_their_own)
{
    census.limit_per_address = 1;
    enter(NOBODY, 100);
    ck_assert_uint_eq(census.addresses.used, 0);
}
END_TEST

START_TEST(whoever_is_refused_is_not_counted_anywhere)
{
    census.limit = 2;
    census.limit_per_address = 1;
    enter(ADA, 1);
    for (int i = 0; i < 10; i++)
        ck_assert(!se__census_enter(&census, ADA));
    ck_assert_int_eq(atomic_load(&census.active), 1);
    enter(BEN, 1);
    ck_assert(!se__census_enter(&census, 3));
    ck_assert_int_eq(se__addresses_count(&census.addresses, 3), 0);
    ck_assert_uint_eq(census.addresses.used, 2);
}
END_TEST

START_TEST(a_limit_that_refuses_somebody_is_no_want_of_memory)
{
    census.limit_per_address = 1;
    enter(ADA, 1);
    ck_assert(!se__census_enter(&census, ADA));
    ck_assert(!census.lacks_memory);
    census.limit = 1;
    ck_assert(!se__census_enter(&census, BEN));
    ck_assert(!census.lacks_memory);
}
END_TEST

START_TEST(addresses_are_counted_before_there_is_a_limit)
{
    enter(ADA, 2);
    census.limit_per_address = 2;
    ck_assert(!se__census_enter(&census, ADA));
    enter(BEN, 1);
}
END_TEST

START_TEST(the_most_at_one_time_stays_when_they_leave)
{
    enter(ADA, 4);
    for (int i = 0; i < 4; i++)
        se__census_leave(&census, ADA);
    enter(BEN, 2);
    ck_assert_int_eq(atomic_load(&census.most), 4);
    ck_assert_int_eq(atomic_load(&census.active), 2);
    ck_assert_uint_eq(atomic_load(&census.left), 4);
    enter(BEN, 3);
    ck_assert_int_eq(atomic_load(&census.most), 5);
}
END_TEST

enum { THREADS = 4, PEERS_EACH = 5000 };

static void *leave_many(void *argument)
{
    const uint64_t *key = argument;
    for (int i = 0; i < PEERS_EACH; i++)
        se__census_leave(&census, *key);
    return NULL;
}

/** One thread lets in while the others, as further workers do, let out. */
START_TEST(no_count_is_lost_when_threads_let_out_while_one_lets_in)
{
    uint64_t keys[THREADS];
    pthread_t threads[THREADS];
    for (uint64_t i = 0; i < THREADS; i++) {
        keys[i] = ADA + i % 2;
        enter(keys[i], PEERS_EACH);
    }
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, leave_many, &keys[i]), 0);
    for (uint64_t i = 0; i < PEERS_EACH; i++)
        enter(ADA + i % 3, 1);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(atomic_load(&census.active), PEERS_EACH);
    ck_assert_uint_eq(atomic_load(&census.left), THREADS * PEERS_EACH);
    for (uint64_t i = 0; i < PEERS_EACH; i++)
        se__census_leave(&census, ADA + i % 3);
    ck_assert_int_eq(atomic_load(&census.active), 0);
    ck_assert_uint_eq(census.addresses.used, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the census of connections");
    TCase *tcase = fixture_add_tcase(suite, "in and out");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, the_limit_lets_in_so_many_and_one_more_for_each_that_leaves);
    tcase_add_test(tcase, a_limit_of_none_lets_nobody_in);
    tcase_add_test(tcase, a_limit_below_those_who_are_in_lets_in_once_enough_have_left);
    tcase_add_test(tcase, one_address_has_its_own_limit);
    tcase_add_test(tcase, peers_without_an_address_have_no_limit_of_their_own);
    tcase_add_test(tcase, whoever_is_refused_is_not_counted_anywhere);
    tcase_add_test(tcase, a_limit_that_refuses_somebody_is_no_want_of_memory);
    tcase_add_test(tcase, addresses_are_counted_before_there_is_a_limit);
    tcase_add_test(tcase, the_most_at_one_time_stays_when_they_leave);
    tcase_add_test(tcase, no_count_is_lost_when_threads_let_out_while_one_lets_in);
    return fixture_run(suite);
}
