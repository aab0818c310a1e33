/* The pool of connections: who may be found under a tag, when chunks are added, and what a walk sees. The descriptors
 * are numbers that nothing here uses. */
#include <stdbool.h>
#include <stdint.h>

#include "dice.h"
#include "fixture.h"
#include "server/pool.h"

enum { MANY = 3 * SE__POOL_CHUNK + 5, TURNS = 5000, FAKE_FD = 1000 };

static struct se__pool pool;
static struct se_connection *owners[MANY];

static void begin(void)
{
    se__pool_begin(&pool, 0);
}

static void end(void)
{
    se__pool_end(&pool);
}

/** A place is taken once it has a descriptor. */
static struct se_connection *take(int fd)
{
    struct se_connection *connection = se__pool_take(&pool);
    ck_assert_ptr_nonnull(connection);
    connection->fd = fd;
    return connection;
}

static void take_many(void)
{
    for (int i = 0; i < MANY; i++)
        owners[i] = take(FAKE_FD + i);
}

START_TEST(an_empty_pool_has_nobody)
{
    uint32_t cursor = 0;
    ck_assert_ptr_null(se__pool_next(&pool, &cursor));
    ck_assert_ptr_null(se__pool_find(&pool, 0));
    ck_assert_uint_eq(pool.active, 0);
}
END_TEST

START_TEST(everybody_is_found_by_tag_and_never_moves)
{
    take_many();
    ck_assert_uint_eq(pool.active, MANY);
    for (int i = 0; i < MANY; i++) {
        ck_assert_ptr_eq(se__pool_find(&pool, se__pool_tag(owners[i])), owners[i]);
        ck_assert_int_eq(owners[i]->fd, FAKE_FD + i);
        for (int other = 0; other < i; other++)
            ck_assert_uint_ne(se__pool_tag(owners[i]), se__pool_tag(owners[other]));
    }
}
END_TEST

START_TEST(a_descriptor_of_zero_is_as_good_as_any)
{
    struct se_connection *connection = take(0);
    uint32_t cursor = 0;
    ck_assert_ptr_eq(se__pool_find(&pool, se__pool_tag(connection)), connection);
    ck_assert_ptr_eq(se__pool_next(&pool, &cursor), connection);
}
END_TEST

START_TEST(the_tag_of_a_released_connection_finds_nobody)
{
    take_many();
    for (int i = 0; i < MANY; i++) {
        uint64_t tag = se__pool_tag(owners[i]);
        se__pool_release(&pool, owners[i]);
        ck_assert_ptr_null(se__pool_find(&pool, tag));
    }
    ck_assert_uint_eq(pool.active, 0);
}
END_TEST

START_TEST(places_are_used_again_before_the_pool_grows)
{
    take_many();
    uint32_t chunks = pool.chunk_count;
    ck_assert_uint_eq(chunks, (MANY + SE__POOL_CHUNK - 1) / SE__POOL_CHUNK);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < MANY; i++)
            se__pool_release(&pool, owners[i]);
        take_many();
    }
    ck_assert_uint_eq(pool.chunk_count, chunks);
    ck_assert_uint_eq(pool.active, MANY);
}
END_TEST

START_TEST(a_place_that_is_taken_over_and_over_never_has_an_old_tag)
{
    enum { TIMES = 2000 };
    static uint64_t tags[TIMES];
    for (int i = 0; i < TIMES; i++) {
        struct se_connection *connection = take(FAKE_FD);
        tags[i] = se__pool_tag(connection);
        for (int before = 0; before < i; before++)
            if (tags[before] == tags[i])
                ck_abort_msg("owner %d has the tag of owner %d", i, before);
        se__pool_release(&pool, connection);
    }
}
END_TEST

START_TEST(every_bit_of_the_generation_is_in_the_tag)
{
    struct se_connection *connection = take(FAKE_FD);
    connection->generation = 0;
    uint64_t tag = se__pool_tag(connection);
    for (int bit = 0; bit < 32; bit++) {
        connection->generation = UINT32_C(1) << bit;
        ck_assert_uint_ne(se__pool_tag(connection), tag);
        ck_assert_ptr_null(se__pool_find(&pool, tag));
        ck_assert_ptr_eq(se__pool_find(&pool, se__pool_tag(connection)), connection);
    }
}
END_TEST

START_TEST(forged_tags_find_nobody)
{
    take_many();
    uint64_t tag = se__pool_tag(owners[7]);
    const uint64_t later_generation = UINT64_C(1) << 32;
    ck_assert_ptr_null(se__pool_find(&pool, tag + later_generation));
    ck_assert_ptr_null(se__pool_find(&pool, tag | UINT64_C(0xffffffff00000000)));
    ck_assert_ptr_null(se__pool_find(&pool, pool.chunk_count * SE__POOL_CHUNK));
    ck_assert_ptr_null(se__pool_find(&pool, UINT32_MAX));
    ck_assert_ptr_null(se__pool_find(&pool, UINT64_MAX));
    ck_assert_ptr_null(se__pool_find(&pool, UINT64_MAX - 1));
}
END_TEST

START_TEST(a_place_that_nobody_took_yet_is_not_found)
{
    take(FAKE_FD);
    int found = 0;
    for (uint64_t tag = 0; tag < SE__POOL_CHUNK; tag++)
        found += se__pool_find(&pool, tag) != NULL;
    ck_assert_int_eq(found, 1);
}
END_TEST

START_TEST(a_walk_meets_everybody_once)
{
    bool seen[MANY] = {false};
    take_many();
    uint32_t cursor = 0;
    struct se_connection *connection;
    while ((connection = se__pool_next(&pool, &cursor))) {
        ck_assert_int_ge(connection->fd, FAKE_FD);
        ck_assert_int_lt(connection->fd, FAKE_FD + MANY);
        ck_assert(!seen[connection->fd - FAKE_FD]);
        seen[connection->fd - FAKE_FD] = true;
    }
    for (int i = 0; i < MANY; i++)
        ck_assert(seen[i]);
}
END_TEST

START_TEST(a_walk_goes_on_when_those_it_met_are_released)
{
    take_many();
    int met = 0;
    int released = 0;
    uint32_t cursor = 0;
    struct se_connection *connection;
    while ((connection = se__pool_next(&pool, &cursor))) {
        met++;
        if (connection->fd % 3 != 0)
            continue;
        se__pool_release(&pool, connection);
        released++;
    }
    ck_assert_int_eq(met, MANY);
    ck_assert_uint_eq(pool.active, (uint32_t)(MANY - released));
    met = 0;
    for (cursor = 0; (connection = se__pool_next(&pool, &cursor)); met++)
        ck_assert_int_ne(connection->fd % 3, 0);
    ck_assert_int_eq(met, MANY - released);
}
END_TEST

/** What the model of the next test remembers: who lives, and every tag that ever died. */
static uint64_t living[MANY];
static uint64_t dead[TURNS];
static int living_count;
static int dead_count;

static void take_one(void)
{
    owners[living_count] = take(FAKE_FD + living_count);
    living[living_count] = se__pool_tag(owners[living_count]);
    living_count++;
}

static void release_one(int who)
{
    se__pool_release(&pool, owners[who]);
    dead[dead_count++] = living[who];
    living_count--;
    owners[who] = owners[living_count];
    living[who] = living[living_count];
}

static bool is_as_remembered(void)
{
    for (int i = 0; i < living_count; i++)
        if (se__pool_find(&pool, living[i]) != owners[i])
            return false;
    for (int i = 0; i < dead_count; i++)
        if (se__pool_find(&pool, dead[i]))
            return false;
    return pool.active == (uint32_t)living_count;
}

START_TEST(tags_never_find_a_new_owner_whatever_the_order)
{
    struct dice dice = dice_new(7);
    living_count = dead_count = 0;
    int most = 0;
    for (int i = 0; i < TURNS; i++) {
        bool grows = dice_roll(&dice, 100) < (i / 500 % 2 ? 30 : 70);
        if (grows && living_count < MANY)
            take_one();
        else if (living_count > 0)
            release_one((int)dice_roll(&dice, (uint64_t)living_count));
        most = living_count > most ? living_count : most;
        if (!is_as_remembered())
            ck_abort_msg("turn %d: a tag finds somebody else", i);
    }
    ck_assert_int_gt(dead_count, TURNS / 4);
    ck_assert_int_gt(most, 2 * SE__POOL_CHUNK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the pool of connections");
    TCase *tcase = fixture_add_tcase(suite, "places and tags");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, an_empty_pool_has_nobody);
    tcase_add_test(tcase, everybody_is_found_by_tag_and_never_moves);
    tcase_add_test(tcase, a_descriptor_of_zero_is_as_good_as_any);
    tcase_add_test(tcase, the_tag_of_a_released_connection_finds_nobody);
    tcase_add_test(tcase, places_are_used_again_before_the_pool_grows);
    tcase_add_test(tcase, a_place_that_is_taken_over_and_over_never_has_an_old_tag);
    tcase_add_test(tcase, every_bit_of_the_generation_is_in_the_tag);
    tcase_add_test(tcase, forged_tags_find_nobody);
    tcase_add_test(tcase, a_place_that_nobody_took_yet_is_not_found);
    tcase_add_test(tcase, a_walk_meets_everybody_once);
    tcase_add_test(tcase, a_walk_goes_on_when_those_it_met_are_released);
    tcase_add_test(tcase, tags_never_find_a_new_owner_whatever_the_order);
    return fixture_run(suite);
}
