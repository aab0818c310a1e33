/* The histogram of latencies: against a sort of all samples, at its ends, merged, and at ranks that fall between two
 * binary fractions. */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "fixture.h"
#include "load/histogram.h"

enum { SAMPLES = 20000, EXACT_BELOW_NS = 2048 };

static const int64_t NS_PER_S = 1000000000;
static const int64_t COVERED_NS = INT64_C(1) << SE__HISTOGRAM_VALUE_BITS;

static struct se__histogram histogram;
static struct se__histogram other;
static int64_t samples[SAMPLES];

static void begin(void)
{
    memset(&histogram, 0, sizeof(histogram));
    memset(&other, 0, sizeof(other));
}

static void record_all(struct se__histogram *into, const int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        se__histogram_record(into, values[i], 1);
}

static int compare(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return (*left > *right) - (*left < *right);
}

/** Asserts that the value is the expected one or at most 0.1 % more. */
static void assert_about(int64_t value_ns, int64_t expected_ns)
{
    ck_assert_int_ge(value_ns, expected_ns);
    ck_assert_int_le(value_ns - expected_ns, expected_ns / 1000);
}

static int64_t roll(struct dice *dice, int64_t least, int64_t most)
{
    return least + (int64_t)dice_roll(dice, (uint64_t)(most - least + 1));
}

static int64_t one_microsecond_always(struct dice *dice)
{
    (void)dice;
    return 1000;
}

static int64_t evenly_up_to_a_millisecond(struct dice *dice)
{
    return roll(dice, 1, 1000000);
}

static int64_t a_few_nanoseconds(struct dice *dice)
{
    return roll(dice, 0, 100);
}

/** Every order of magnitude from 1 ns to 100 s as often as the others. */
static int64_t of_every_magnitude(struct dice *dice)
{
    int64_t magnitude = INT64_C(1) << dice_roll(dice, 37);
    int64_t value_ns = roll(dice, magnitude, 2 * magnitude - 1);
    return value_ns < 100 * NS_PER_S ? value_ns : 100 * NS_PER_S;
}

/** What a server that stops now and then gives: fast ones, and a few that waited for seconds. */
static int64_t fast_with_a_few_slow(struct dice *dice)
{
    return dice_roll(dice, 200) == 0 ? roll(dice, NS_PER_S, 3 * NS_PER_S) : roll(dice, 20000, 30000);
}

/** The sum of dice is a bell, and its product with itself has a long tail. */
static int64_t a_bell_with_a_tail(struct dice *dice)
{
    int64_t sum = 0;
    for (int i = 0; i < 8; i++)
        sum += roll(dice, 0, 10000);
    return 1 + sum * sum / 100;
}

static int64_t beside_powers_of_two(struct dice *dice)
{
    return (INT64_C(1) << roll(dice, 1, 36)) + roll(dice, -1, 1);
}

static int64_t (*const distributions[])(struct dice *dice) = {
    one_microsecond_always, evenly_up_to_a_millisecond, a_few_nanoseconds,    of_every_magnitude,
    fast_with_a_few_slow,   a_bell_with_a_tail,         beside_powers_of_two,
};

enum { DISTRIBUTIONS = sizeof(distributions) / sizeof(distributions[0]), PERCENT = 100000 };

/** The nearest rank of a percentile in thousandths, without fractions. */
static size_t rank_of(int64_t thousandths, size_t count)
{
    int64_t rank = (thousandths * (int64_t)count + PERCENT - 1) / PERCENT;
    return rank > 0 ? (size_t)rank : 1;
}

static void draw_samples(int distribution)
{
    struct dice dice = dice_new(4711 + (uint64_t)distribution);
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = distributions[distribution](&dice);
}

START_TEST(percentiles_agree_with_a_sort_of_all_samples)
{
    draw_samples(_i);
    record_all(&histogram, samples, SAMPLES);
    qsort(samples, SAMPLES, sizeof(samples[0]), compare);
    for (int64_t thousandths = 1; thousandths < PERCENT; thousandths += thousandths < 200 ? 1 : 97) {
        int64_t expected_ns = samples[rank_of(thousandths, SAMPLES) - 1];
        assert_about(se__histogram_percentile(&histogram, (double)thousandths / 1000), expected_ns);
    }
    for (int64_t thousandths = 99900; thousandths < PERCENT; thousandths++) {
        int64_t expected_ns = samples[rank_of(thousandths, SAMPLES) - 1];
        assert_about(se__histogram_percentile(&histogram, (double)thousandths / 1000), expected_ns);
    }
}
END_TEST

START_TEST(minimum_maximum_count_and_sum_are_exact)
{
    draw_samples(_i);
    record_all(&histogram, samples, SAMPLES);
    qsort(samples, SAMPLES, sizeof(samples[0]), compare);
    int64_t sum_ns = 0;
    for (size_t i = 0; i < SAMPLES; i++)
        sum_ns += samples[i];
    ck_assert_int_eq(se__histogram_percentile(&histogram, 0), samples[0]);
    ck_assert_int_eq(se__histogram_percentile(&histogram, 100), samples[SAMPLES - 1]);
    ck_assert_int_eq(histogram.minimum_ns, samples[0]);
    ck_assert_int_eq(histogram.maximum_ns, samples[SAMPLES - 1]);
    ck_assert_int_eq(histogram.count, SAMPLES);
    ck_assert_int_eq(histogram.sum_ns, sum_ns);
}
END_TEST

START_TEST(count_up_to_agrees_with_a_sort_of_all_samples)
{
    draw_samples(_i);
    record_all(&histogram, samples, SAMPLES);
    qsort(samples, SAMPLES, sizeof(samples[0]), compare);
    size_t up_to = 0;
    size_t up_to_a_little_more = 0;
    for (size_t i = 0; i < SAMPLES; i += 101) {
        while (up_to < SAMPLES && samples[up_to] <= samples[i])
            up_to++;
        while (up_to_a_little_more < SAMPLES && samples[up_to_a_little_more] <= samples[i] + samples[i] / 1000)
            up_to_a_little_more++;
        int64_t count = se__histogram_count_up_to(&histogram, samples[i]);
        ck_assert_int_ge(count, (int64_t)up_to);
        ck_assert_int_le(count, (int64_t)up_to_a_little_more);
    }
    ck_assert_int_eq(se__histogram_count_up_to(&histogram, samples[SAMPLES - 1]), SAMPLES);
}
END_TEST

START_TEST(merging_equals_recording_in_one)
{
    static struct se__histogram whole;
    memset(&whole, 0, sizeof(whole));
    draw_samples(_i);
    record_all(&whole, samples, SAMPLES);
    record_all(&histogram, samples, SAMPLES / 3);
    record_all(&other, samples + SAMPLES / 3, SAMPLES - SAMPLES / 3);
    se__histogram_merge(&histogram, &other);
    ck_assert_int_eq(memcmp(&histogram, &whole, sizeof(whole)), 0);
}
END_TEST

START_TEST(merging_an_empty_one_changes_nothing)
{
    static struct se__histogram before;
    for (int i = 5; i < 10; i++)
        se__histogram_record(&histogram, i * 1000, 1);
    before = histogram;
    se__histogram_merge(&histogram, &other);
    ck_assert_int_eq(memcmp(&histogram, &before, sizeof(before)), 0);
    se__histogram_merge(&other, &histogram);
    ck_assert_int_eq(memcmp(&other, &before, sizeof(before)), 0);
}
END_TEST

START_TEST(one_sample_is_every_percentile_exactly)
{
    static const int64_t values_ns[] = {0,    1,         1000,        2047,         2048,
                                        2049, 123456789, 99999999999, 100000000000, 3600000000000};
    static const double percentiles[] = {0, 0.001, 1, 50, 99.999, 100};
    for (size_t i = 0; i < sizeof(values_ns) / sizeof(values_ns[0]); i++) {
        begin();
        se__histogram_record(&histogram, values_ns[i], 1);
        for (size_t j = 0; j < sizeof(percentiles) / sizeof(percentiles[0]); j++)
            ck_assert_int_eq(se__histogram_percentile(&histogram, percentiles[j]), values_ns[i]);
    }
}
END_TEST

/** The value stands below a greater one, so that the maximum does not hide how well its bucket knows it. */
static int64_t as_the_median(int64_t value_ns)
{
    begin();
    for (int i = 0; i < 3; i++)
        se__histogram_record(&histogram, value_ns, 1);
    se__histogram_record(&histogram, 10 * COVERED_NS, 1);
    return se__histogram_percentile(&histogram, 50);
}

START_TEST(values_from_a_nanosecond_to_100_s_are_known_to_a_thousandth)
{
    for (int64_t magnitude = 1; magnitude <= 100 * NS_PER_S; magnitude *= 2) {
        for (int64_t by = -1; by <= 1; by++) {
            assert_about(as_the_median(magnitude + by), magnitude + by);
            assert_about(as_the_median(magnitude + magnitude / 3 + by), magnitude + magnitude / 3 + by);
        }
    }
    assert_about(as_the_median(100 * NS_PER_S), 100 * NS_PER_S);
    assert_about(as_the_median(COVERED_NS / 2), COVERED_NS / 2);
    int64_t in_last_but_one_ns = COVERED_NS - COVERED_NS / 2048 - 1;
    assert_about(as_the_median(in_last_but_one_ns), in_last_but_one_ns);
}
END_TEST

START_TEST(values_below_two_microseconds_are_exact)
{
    for (int64_t value_ns = 0; value_ns < EXACT_BELOW_NS; value_ns += 13)
        ck_assert_int_eq(as_the_median(value_ns), value_ns);
    ck_assert_int_eq(as_the_median(EXACT_BELOW_NS - 1), EXACT_BELOW_NS - 1);
}
END_TEST

START_TEST(recording_a_value_many_times_equals_recording_it_so_often)
{
    static struct se__histogram one_by_one;
    static const int64_t values_ns[] = {5, 1, 1000000, 2048, 77777};
    one_by_one = (struct se__histogram){0};
    for (int64_t i = 0; i < (int64_t)(sizeof(values_ns) / sizeof(values_ns[0])); i++) {
        se__histogram_record(&histogram, values_ns[i], i + 1);
        for (int64_t nth = 0; nth <= i; nth++)
            se__histogram_record(&one_by_one, values_ns[i], 1);
    }
    ck_assert_mem_eq(&histogram, &one_by_one, sizeof(histogram));
}
END_TEST

START_TEST(values_beyond_the_last_bucket_are_counted_and_never_told_too_low)
{
    se__histogram_record(&histogram, 1000, 1);
    for (int i = 0; i < 9; i++)
        se__histogram_record(&histogram, COVERED_NS * (i + 1), 1);
    ck_assert_int_eq(histogram.count, 10);
    ck_assert_int_eq(se__histogram_percentile(&histogram, 10), 1000);
    ck_assert_int_ge(se__histogram_percentile(&histogram, 50), 4 * COVERED_NS);
    ck_assert_int_eq(se__histogram_percentile(&histogram, 100), 9 * COVERED_NS);
    ck_assert_int_eq(se__histogram_count_up_to(&histogram, COVERED_NS / 2), 1);
    ck_assert_int_eq(se__histogram_count_up_to(&histogram, INT64_MAX), 10);
}
END_TEST

/** Each sample has a bucket of its own, so the percentile is the rank itself. Tenths of a per cent are no binary
 * fractions: 99.9 % of 1,000 is the 999th, and not the 1,000th. */
START_TEST(ranks_are_the_nearest_ones_to_the_last_sample)
{
    static const size_t counts[] = {1, 2, 3, 7, 10, 99, 100, 101, 999, 1000, 1001, 2000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        begin();
        for (size_t value_ns = 1; value_ns <= counts[i]; value_ns++)
            se__histogram_record(&histogram, (int64_t)value_ns, 1);
        for (int64_t tenths = 1; tenths <= 1000; tenths++) {
            int64_t rank = (int64_t)rank_of(tenths * 100, counts[i]);
            ck_assert_int_eq(se__histogram_percentile(&histogram, (double)tenths / 10), rank);
        }
    }
}
END_TEST

/** So little of a per cent that two samples of it are nothing. */
START_TEST(least_percentile_is_the_first_sample)
{
    se__histogram_record(&histogram, 1000, 1);
    se__histogram_record(&histogram, 2000, 1);
    ck_assert_int_eq(se__histogram_percentile(&histogram, DBL_TRUE_MIN), 1000);
}
END_TEST

START_TEST(second_value_may_be_less_than_the_first)
{
    se__histogram_record(&histogram, 10, 1);
    se__histogram_record(&histogram, 5, 1);
    ck_assert_int_eq(histogram.minimum_ns, 5);
    ck_assert_int_eq(histogram.maximum_ns, 10);
    se__histogram_record(&other, 20, 1);
    se__histogram_merge(&other, &histogram);
    ck_assert_int_eq(other.minimum_ns, 5);
    ck_assert_int_eq(other.maximum_ns, 20);
}
END_TEST

START_TEST(count_up_to_ends_at_nothing_and_at_all)
{
    for (int i = 1; i <= 10; i++)
        se__histogram_record(&histogram, i * 100, 1);
    ck_assert_int_eq(se__histogram_count_up_to(&histogram, INT64_MIN), 0);
    ck_assert_int_eq(se__histogram_count_up_to(&histogram, -1), 0);
    ck_assert_int_eq(se__histogram_count_up_to(&histogram, 99), 0);
    ck_assert_int_eq(se__histogram_count_up_to(&histogram, 100), 1);
    ck_assert_int_eq(se__histogram_count_up_to(&histogram, 999), 9);
    ck_assert_int_eq(se__histogram_count_up_to(&histogram, 1000), 10);
    ck_assert_int_eq(se__histogram_count_up_to(&histogram, INT64_MAX), 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("histogram of latencies");
    TCase *tcase = fixture_add_tcase(suite, "histogram");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_loop_test(tcase, percentiles_agree_with_a_sort_of_all_samples, 0, DISTRIBUTIONS);
    tcase_add_loop_test(tcase, minimum_maximum_count_and_sum_are_exact, 0, DISTRIBUTIONS);
    tcase_add_loop_test(tcase, count_up_to_agrees_with_a_sort_of_all_samples, 0, DISTRIBUTIONS);
    tcase_add_loop_test(tcase, merging_equals_recording_in_one, 0, DISTRIBUTIONS);
    tcase_add_test(tcase, recording_a_value_many_times_equals_recording_it_so_often);
    tcase_add_test(tcase, merging_an_empty_one_changes_nothing);
    tcase_add_test(tcase, one_sample_is_every_percentile_exactly);
    tcase_add_test(tcase, values_from_a_nanosecond_to_100_s_are_known_to_a_thousandth);
    tcase_add_test(tcase, values_below_two_microseconds_are_exact);
    tcase_add_test(tcase, values_beyond_the_last_bucket_are_counted_and_never_told_too_low);
    tcase_add_test(tcase, ranks_are_the_nearest_ones_to_the_last_sample);
    tcase_add_test(tcase, least_percentile_is_the_first_sample);
    tcase_add_test(tcase, second_value_may_be_less_than_the_first);
    tcase_add_test(tcase, count_up_to_ends_at_nothing_and_at_all);
    return fixture_run(suite);
}
