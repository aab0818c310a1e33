/* How the figures of several threads, intervals or runs become those of one: most add up, a few are the greatest, the
 * first, or a mean. */
#include <string.h>

#include "fixture.h"
#include "load/figures.h"

static struct se__figures figures;
static struct se__figures other;

static void begin(void)
{
    se__figures_begin(&figures);
    se__figures_begin(&other);
}

START_TEST(figures_begin_with_nothing_and_no_mismatch)
{
    memset(&figures, 0xff, sizeof(figures));
    se__figures_begin(&figures);
    for (int stat = 0; stat < SE__LOAD_STAT_COUNT; stat++) {
        int64_t expected = stat == SE_LOAD_MISMATCH_CONNECTION || stat == SE_LOAD_MISMATCH_AT ? -1 : 0;
        ck_assert_int_eq(figures.stats[stat], expected);
    }
    ck_assert_int_eq(figures.latency.count, 0);
    ck_assert_int_eq(figures.late_sum_ns, 0);
}
END_TEST

START_TEST(counts_add_up)
{
    for (int stat = SE_LOAD_CONNECTED; stat <= SE_LOAD_NO_DESCRIPTOR; stat++) {
        figures.stats[stat] = 1000 + stat;
        other.stats[stat] = 70 * stat;
    }
    figures.stats[SE_LOAD_MEMORY_BYTES] = 5000;
    other.stats[SE_LOAD_MEMORY_BYTES] = 300;
    se__figures_merge(&figures, &other);
    for (int stat = SE_LOAD_CONNECTED; stat <= SE_LOAD_NO_DESCRIPTOR; stat++)
        ck_assert_int_eq(figures.stats[stat], 1000 + stat + 70 * stat);
    ck_assert_int_eq(figures.stats[SE_LOAD_MEMORY_BYTES], 5300);
}
END_TEST

START_TEST(times_and_shares_are_the_greatest_of_both)
{
    static const int stats[] = {SE_LOAD_ELAPSED_NS, SE_LOAD_LATE_MAX_NS, SE_LOAD_BUSY_PERMILLE};
    for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
        begin();
        figures.stats[stats[i]] = 30;
        other.stats[stats[i]] = 40;
        se__figures_merge(&figures, &other);
        ck_assert_int_eq(figures.stats[stats[i]], 40);
        other.stats[stats[i]] = 39;
        se__figures_merge(&figures, &other);
        ck_assert_int_eq(figures.stats[stats[i]], 40);
    }
}
END_TEST

static void send_late(struct se__figures *of, int64_t late_ns)
{
    of->stats[SE_LOAD_SENT]++;
    se__figures_late(of, late_ns);
}

START_TEST(lateness_is_the_mean_of_all_messages_and_the_greatest)
{
    for (int64_t i = 0; i < 10; i++)
        send_late(&figures, 100);
    for (int64_t i = 0; i < 30; i++)
        send_late(&other, i == 7 ? 2000 : 200);
    se__figures_merge(&figures, &other);
    ck_assert_int_eq(figures.stats[SE_LOAD_LATE_MEAN_NS], (10 * 100 + 29 * 200 + 2000) / 40);
    ck_assert_int_eq(figures.stats[SE_LOAD_LATE_MAX_NS], 2000);
}
END_TEST

START_TEST(lateness_of_one_message_is_its_own)
{
    send_late(&other, 500);
    se__figures_merge(&figures, &other);
    ck_assert_int_eq(figures.stats[SE_LOAD_LATE_MEAN_NS], 500);
}
END_TEST

START_TEST(lateness_of_nothing_is_none)
{
    se__figures_merge(&figures, &other);
    ck_assert_int_eq(figures.stats[SE_LOAD_LATE_MEAN_NS], 0);
    ck_assert_int_eq(figures.stats[SE_LOAD_LATE_MAX_NS], 0);
}
END_TEST

START_TEST(only_the_place_of_the_first_wrong_byte_is_kept)
{
    se__figures_mismatch(&figures, 0, 0);
    se__figures_mismatch(&figures, 9, 1234);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH], 2);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH_CONNECTION], 0);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH_AT], 0);
}
END_TEST

START_TEST(merged_figures_take_over_a_place_where_they_had_none)
{
    se__figures_mismatch(&other, 9, 1234);
    se__figures_merge(&figures, &other);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH], 1);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH_CONNECTION], 9);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH_AT], 1234);
}
END_TEST

START_TEST(merged_figures_keep_a_place_that_they_had)
{
    se__figures_mismatch(&figures, 3, 77);
    se__figures_mismatch(&other, 9, 1234);
    se__figures_merge(&figures, &other);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH], 2);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH_CONNECTION], 3);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH_AT], 77);
    begin();
    se__figures_mismatch(&figures, 3, 77);
    se__figures_merge(&figures, &other);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH_CONNECTION], 3);
    begin();
    se__figures_mismatch(&figures, 0, 0);
    se__figures_mismatch(&other, 9, 1234);
    se__figures_merge(&figures, &other);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH_CONNECTION], 0);
    ck_assert_int_eq(figures.stats[SE_LOAD_MISMATCH_AT], 0);
}
END_TEST

START_TEST(latencies_are_merged_as_if_recorded_in_one)
{
    static struct se__figures whole;
    se__figures_begin(&whole);
    for (int64_t i = 1; i <= 1000; i++) {
        se__histogram_record(i % 3 ? &figures.latency : &other.latency, i * i * 100, 1);
        se__histogram_record(&whole.latency, i * i * 100, 1);
    }
    se__figures_merge(&figures, &other);
    ck_assert_int_eq(memcmp(&figures.latency, &whole.latency, sizeof(whole.latency)), 0);
}
END_TEST

START_TEST(what_is_merged_stays_as_it_is)
{
    static struct se__figures before;
    send_late(&other, 500);
    se__figures_mismatch(&other, 1, 2);
    se__histogram_record(&other.latency, 100, 1);
    before = other;
    send_late(&figures, 700);
    se__figures_merge(&figures, &other);
    ck_assert_int_eq(memcmp(&other, &before, sizeof(before)), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("figures of a load");
    TCase *tcase = fixture_add_tcase(suite, "figures");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, figures_begin_with_nothing_and_no_mismatch);
    tcase_add_test(tcase, counts_add_up);
    tcase_add_test(tcase, times_and_shares_are_the_greatest_of_both);
    tcase_add_test(tcase, lateness_is_the_mean_of_all_messages_and_the_greatest);
    tcase_add_test(tcase, lateness_of_one_message_is_its_own);
    tcase_add_test(tcase, lateness_of_nothing_is_none);
    tcase_add_test(tcase, only_the_place_of_the_first_wrong_byte_is_kept);
    tcase_add_test(tcase, merged_figures_take_over_a_place_where_they_had_none);
    tcase_add_test(tcase, merged_figures_keep_a_place_that_they_had);
    tcase_add_test(tcase, latencies_are_merged_as_if_recorded_in_one);
    tcase_add_test(tcase, what_is_merged_stays_as_it_is);
    return fixture_run(suite);
}
