/* Figures of one worker: each counts for itself, beyond 32 bits, and another thread that reads sees them grow. */
#include <inttypes.h>
#include <pthread.h>

#include "fixture.h"
#include "server/tally.h"

static struct se__tally tally;

static void begin(void)
{
    tally = (struct se__tally){0};
}

START_TEST(every_figure_begins_at_nothing)
{
    for (int stat = 0; stat < SE__STAT_COUNT; stat++)
        ck_assert_int_eq(se__tally_get(&tally, (enum se_server_stat)stat), 0);
}
END_TEST

START_TEST(each_figure_counts_for_itself)
{
    for (int stat = 0; stat < SE__STAT_COUNT; stat++)
        for (int times = 0; times < 3; times++)
            se__tally_add(&tally, (enum se_server_stat)stat, (uint64_t)stat + 1);
    for (int stat = 0; stat < SE__STAT_COUNT; stat++)
        ck_assert_int_eq(se__tally_get(&tally, (enum se_server_stat)stat), 3 * (stat + 1));
}
END_TEST

START_TEST(adding_nothing_changes_nothing)
{
    se__tally_add(&tally, SE_STAT_ECHOED_BYTES, 5);
    se__tally_add(&tally, SE_STAT_ECHOED_BYTES, 0);
    ck_assert_int_eq(se__tally_get(&tally, SE_STAT_ECHOED_BYTES), 5);
}
END_TEST

START_TEST(bytes_go_beyond_32_bits)
{
    const uint64_t four_gib = UINT64_C(1) << 32;
    for (int i = 0; i < 3; i++)
        se__tally_add(&tally, SE_STAT_RECEIVED_BYTES, four_gib - 1);
    ck_assert_int_eq(se__tally_get(&tally, SE_STAT_RECEIVED_BYTES), (int64_t)(3 * (four_gib - 1)));
}
END_TEST

enum { ADDITIONS = 200000 };

static void *add_many(void *argument)
{
    for (int i = 0; i < ADDITIONS; i++)
        se__tally_add(argument, SE_STAT_ACCEPTED, 1);
    return NULL;
}

START_TEST(a_reader_in_another_thread_sees_it_grow_and_nothing_else)
{
    pthread_t writer;
    ck_assert_int_eq(pthread_create(&writer, NULL, add_many, &tally), 0);
    int64_t seen = 0;
    while (seen < ADDITIONS) {
        int64_t now = se__tally_get(&tally, SE_STAT_ACCEPTED);
        if (now < seen || now > ADDITIONS || se__tally_get(&tally, SE_STAT_REFUSED) != 0)
            ck_abort_msg("%" PRId64 " came after %" PRId64, now, seen);
        seen = now;
    }
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the tally of a worker");
    TCase *tcase = fixture_add_tcase(suite, "figures");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, every_figure_begins_at_nothing);
    tcase_add_test(tcase, each_figure_counts_for_itself);
    tcase_add_test(tcase, adding_nothing_changes_nothing);
    tcase_add_test(tcase, bytes_go_beyond_32_bits);
    tcase_add_test(tcase, a_reader_in_another_thread_sees_it_grow_and_nothing_else);
    return fixture_run(suite);
}
