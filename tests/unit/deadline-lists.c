/* Lists of deadlines, one rule at a time. The clock is whatever number a test passes. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"
#include "system/deadline.h"

enum { DURATION_MS = 2560, SLACK_MS = 10, COUNT = 5, START_MS = 100000 };

static struct se__deadline_list list;
static struct se__deadline deadlines[COUNT];

/** A list with one deadline a second. */
static void begin(void)
{
    se__deadline_list_begin(&list, DURATION_MS);
    for (int i = 0; i < COUNT; i++) {
        deadlines[i] = (struct se__deadline){0};
        se__deadline_touch(&deadlines[i], &list, START_MS + i * 1000);
    }
}

/** Asserts that these deadlines, and no other, are in the list in that order. */
static void assert_order(const struct se__deadline_list *of, const int *order, size_t count)
{
    const struct se__deadline *previous = NULL;
    const struct se__deadline *at = of->first;
    for (size_t i = 0; i < count; i++) {
        ck_assert_ptr_eq(at, &deadlines[order[i]]);
        ck_assert_ptr_eq(at->previous, previous);
        ck_assert_ptr_eq(at->list, of);
        previous = at;
        at = at->next;
    }
    ck_assert_ptr_null(at);
    ck_assert_ptr_eq(of->last, previous);
}

/** Asserts that the first deadline comes between the two times, counted from START_MS. */
static void assert_due_between(int64_t earliest_ms, int64_t latest_ms)
{
    int64_t due_ms = se__deadline_list_due_ms(&list);
    ck_assert_int_ge(due_ms, START_MS + earliest_ms);
    ck_assert_int_le(due_ms, START_MS + latest_ms);
    ck_assert_ptr_null(se__deadline_list_expired(&list, due_ms - 1));
    ck_assert_ptr_eq(se__deadline_list_expired(&list, due_ms), list.first);
    ck_assert_ptr_eq(se__deadline_list_expired(&list, due_ms + 1000000), list.first);
}

START_TEST(an_empty_list_is_never_due)
{
    struct se__deadline_list empty;
    se__deadline_list_begin(&empty, DURATION_MS);
    ck_assert_int_eq(se__deadline_list_due_ms(&empty), SE__NEVER);
    ck_assert_ptr_null(se__deadline_list_expired(&empty, INT64_MAX));
}
END_TEST

START_TEST(deadlines_stand_in_the_order_in_which_they_were_touched)
{
    assert_order(&list, (const int[]){0, 1, 2, 3, 4}, 5);
    assert_due_between(DURATION_MS, DURATION_MS + SLACK_MS + 1);
}
END_TEST

START_TEST(a_touched_deadline_goes_to_the_end)
{
    se__deadline_touch(&deadlines[0], &list, START_MS + 5000);
    assert_order(&list, (const int[]){1, 2, 3, 4, 0}, 5);
    se__deadline_touch(&deadlines[3], &list, START_MS + 6000);
    assert_order(&list, (const int[]){1, 2, 4, 0, 3}, 5);
    se__deadline_touch(&deadlines[3], &list, START_MS + 7000);
    assert_order(&list, (const int[]){1, 2, 4, 0, 3}, 5);
    assert_due_between(1000 + DURATION_MS, 1000 + DURATION_MS + SLACK_MS + 1);
}
END_TEST

START_TEST(a_touch_within_the_slack_is_dropped_and_one_beyond_is_not)
{
    se__deadline_touch(&deadlines[0], &list, START_MS);
    se__deadline_touch(&deadlines[0], &list, START_MS + SLACK_MS);
    assert_order(&list, (const int[]){0, 1, 2, 3, 4}, 5);
    assert_due_between(SLACK_MS + DURATION_MS, SLACK_MS + DURATION_MS + 1);
    se__deadline_touch(&deadlines[0], &list, START_MS + SLACK_MS + 1);
    assert_order(&list, (const int[]){1, 2, 3, 4, 0}, 5);
}
END_TEST

START_TEST(many_dropped_touches_do_not_add_up)
{
    struct se__deadline busy = {0};
    int64_t now_ms = START_MS + 10000;
    for (int i = 0; i < 1000; i++)
        se__deadline_touch(&busy, &list, now_ms++);
    ck_assert_ptr_eq(list.last, &busy);
    ck_assert_int_ge(busy.touched_ms, now_ms - 1 - SLACK_MS);
    for (int i = 0; i < COUNT; i++)
        se__deadline_remove(&deadlines[i]);
    assert_due_between(now_ms - 1 - START_MS + DURATION_MS, now_ms - START_MS + DURATION_MS + SLACK_MS);
}
END_TEST

START_TEST(a_short_duration_has_no_slack)
{
    struct se__deadline_list quick;
    se__deadline_list_begin(&quick, 255);
    se__deadline_touch(&deadlines[0], &quick, START_MS);
    se__deadline_touch(&deadlines[1], &quick, START_MS);
    se__deadline_touch(&deadlines[0], &quick, START_MS + 1);
    assert_order(&quick, (const int[]){1, 0}, 2);
    ck_assert_int_eq(se__deadline_list_due_ms(&quick), START_MS + 255 + 1);
}
END_TEST

START_TEST(removing_from_front_middle_and_back_keeps_the_rest_in_order)
{
    se__deadline_remove(&deadlines[0]);
    assert_order(&list, (const int[]){1, 2, 3, 4}, 4);
    assert_due_between(1000 + DURATION_MS, 1000 + DURATION_MS + SLACK_MS + 1);
    se__deadline_remove(&deadlines[2]);
    assert_order(&list, (const int[]){1, 3, 4}, 3);
    se__deadline_remove(&deadlines[4]);
    assert_order(&list, (const int[]){1, 3}, 2);
    se__deadline_remove(&deadlines[3]);
    se__deadline_remove(&deadlines[1]);
    assert_order(&list, NULL, 0);
    ck_assert_int_eq(se__deadline_list_due_ms(&list), SE__NEVER);
    se__deadline_touch(&deadlines[2], &list, START_MS + 9000);
    assert_order(&list, (const int[]){2}, 1);
}
END_TEST

START_TEST(a_removed_deadline_can_be_removed_again)
{
    struct se__deadline fresh = {0};
    se__deadline_remove(&fresh);
    se__deadline_remove(&deadlines[2]);
    se__deadline_remove(&deadlines[2]);
    ck_assert_ptr_null(deadlines[2].list);
    assert_order(&list, (const int[]){0, 1, 3, 4}, 4);
}
END_TEST

START_TEST(a_removed_deadline_comes_back_even_within_the_slack)
{
    se__deadline_remove(&deadlines[4]);
    se__deadline_touch(&deadlines[4], &list, START_MS + 4000 + 1);
    assert_order(&list, (const int[]){0, 1, 2, 3, 4}, 5);
}
END_TEST

START_TEST(a_deadline_moves_to_another_list_even_within_the_slack)
{
    struct se__deadline_list other;
    se__deadline_list_begin(&other, DURATION_MS);
    se__deadline_touch(&deadlines[1], &other, START_MS + 1000);
    se__deadline_touch(&deadlines[4], &other, START_MS + 4000);
    assert_order(&list, (const int[]){0, 2, 3}, 3);
    assert_order(&other, (const int[]){1, 4}, 2);
    se__deadline_touch(&deadlines[1], &list, START_MS + 5000);
    assert_order(&list, (const int[]){0, 2, 3, 1}, 4);
    assert_order(&other, (const int[]){4}, 1);
}
END_TEST

/** Gives another time to the one that stands last at the beginning. */
static void touch_last_at(int64_t after_ms)
{
    se__deadline_touch_at(&deadlines[COUNT - 1], &list, START_MS + after_ms);
    ck_assert_int_eq(deadlines[COUNT - 1].touched_ms, START_MS + after_ms);
}

START_TEST(an_earlier_time_is_put_where_it_belongs)
{
    touch_last_at(1500);
    assert_order(&list, (const int[]){0, 1, 4, 2, 3}, 5);
    touch_last_at(2999);
    assert_order(&list, (const int[]){0, 1, 2, 4, 3}, 5);
    touch_last_at(-1);
    assert_order(&list, (const int[]){4, 0, 1, 2, 3}, 5);
    assert_due_between(-1 + DURATION_MS, -1 + DURATION_MS + SLACK_MS + 1);
    touch_last_at(9000);
    assert_order(&list, (const int[]){0, 1, 2, 3, 4}, 5);
}
END_TEST

START_TEST(an_earlier_time_stands_behind_those_of_the_same_time)
{
    touch_last_at(1000);
    assert_order(&list, (const int[]){0, 1, 4, 2, 3}, 5);
    touch_last_at(3000);
    assert_order(&list, (const int[]){0, 1, 2, 3, 4}, 5);
    touch_last_at(0);
    assert_order(&list, (const int[]){0, 4, 1, 2, 3}, 5);
}
END_TEST

START_TEST(an_earlier_time_finds_its_place_in_an_empty_list_and_in_another_one)
{
    struct se__deadline_list other;
    se__deadline_list_begin(&other, DURATION_MS);
    se__deadline_touch_at(&deadlines[2], &other, START_MS + 500);
    assert_order(&other, (const int[]){2}, 1);
    se__deadline_touch_at(&deadlines[0], &other, START_MS + 400);
    assert_order(&other, (const int[]){0, 2}, 2);
    assert_order(&list, (const int[]){1, 3, 4}, 3);
}
END_TEST

/** What a slow reader costs: many fall due together, each has moved just now, and none may walk past all the others.
 * Nothing is timed. Those that stand before the place claim to be late instead: who looked at them would stop there. */
START_TEST(an_earlier_time_looks_at_nobody_before_its_place)
{
    deadlines[0].touched_ms = deadlines[1].touched_ms = INT64_MAX;
    touch_last_at(3500);
    assert_order(&list, (const int[]){0, 1, 2, 3, 4}, 5);
    touch_last_at(2500);
    assert_order(&list, (const int[]){0, 1, 2, 4, 3}, 5);
    deadlines[2].touched_ms = INT64_MAX;
    touch_last_at(3000);
    assert_order(&list, (const int[]){0, 1, 2, 3, 4}, 5);
}
END_TEST

START_TEST(a_list_without_a_duration_is_never_due)
{
    struct se__deadline_list endless;
    se__deadline_list_begin(&endless, SE__NEVER);
    se__deadline_touch(&deadlines[0], &endless, 0);
    se__deadline_touch(&deadlines[1], &endless, START_MS);
    se__deadline_touch(&deadlines[0], &endless, INT64_MAX);
    ck_assert_int_eq(se__deadline_list_due_ms(&endless), SE__NEVER);
    ck_assert_ptr_null(se__deadline_list_expired(&endless, INT64_MAX));
    ck_assert_ptr_eq(deadlines[0].list, &endless);
    se__deadline_remove(&deadlines[0]);
    assert_order(&endless, (const int[]){1}, 1);
}
END_TEST

START_TEST(a_duration_that_no_clock_reaches_is_never_due)
{
    static const int64_t durations_ms[] = {INT64_MAX - 1, INT64_MAX - START_MS, INT64_MAX / 257 * 256};
    for (size_t i = 0; i < sizeof(durations_ms) / sizeof(durations_ms[0]); i++) {
        struct se__deadline_list endless;
        se__deadline_list_begin(&endless, durations_ms[i]);
        se__deadline_touch(&deadlines[0], &endless, START_MS);
        ck_assert_int_ge(se__deadline_list_due_ms(&endless), INT64_MAX - 2 * START_MS);
        ck_assert_ptr_null(se__deadline_list_expired(&endless, INT64_MAX / 2));
        se__deadline_remove(&deadlines[0]);
    }
}
END_TEST

/** The first one was touched last at its slack, which nobody wrote down; the last one at the very moment. */
START_TEST(another_duration_comes_too_early_for_nobody)
{
    se__deadline_touch(&deadlines[0], &list, START_MS + SLACK_MS);
    se__deadline_list_set_duration(&list, 100, START_MS + 4000);
    assert_due_between(SLACK_MS + 100, SLACK_MS + 101);
    assert_order(&list, (const int[]){0, 1, 2, 3, 4}, COUNT);
    ck_assert_int_eq(deadlines[4].touched_ms, START_MS + 4000);
    se__deadline_list_set_duration(&list, SE__NEVER, START_MS + 5000);
    se__deadline_list_set_duration(&list, 200, START_MS + 6000);
    assert_due_between(6200, 6201);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lists of deadlines");
    TCase *tcase = fixture_add_tcase(suite, "rules");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, an_empty_list_is_never_due);
    tcase_add_test(tcase, deadlines_stand_in_the_order_in_which_they_were_touched);
    tcase_add_test(tcase, a_touched_deadline_goes_to_the_end);
    tcase_add_test(tcase, a_touch_within_the_slack_is_dropped_and_one_beyond_is_not);
    tcase_add_test(tcase, many_dropped_touches_do_not_add_up);
    tcase_add_test(tcase, a_short_duration_has_no_slack);
    tcase_add_test(tcase, removing_from_front_middle_and_back_keeps_the_rest_in_order);
    tcase_add_test(tcase, a_removed_deadline_can_be_removed_again);
    tcase_add_test(tcase, a_removed_deadline_comes_back_even_within_the_slack);
    tcase_add_test(tcase, a_deadline_moves_to_another_list_even_within_the_slack);
    tcase_add_test(tcase, an_earlier_time_is_put_where_it_belongs);
    tcase_add_test(tcase, an_earlier_time_stands_behind_those_of_the_same_time);
    tcase_add_test(tcase, an_earlier_time_finds_its_place_in_an_empty_list_and_in_another_one);
    tcase_add_test(tcase, an_earlier_time_looks_at_nobody_before_its_place);
    tcase_add_test(tcase, a_list_without_a_duration_is_never_due);
    tcase_add_test(tcase, a_duration_that_no_clock_reaches_is_never_due);
    tcase_add_test(tcase, another_duration_comes_too_early_for_nobody);
    return fixture_run(suite);
}
