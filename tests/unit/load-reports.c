/* What a load tells of itself: intervals while it runs, figures at the end, and that it runs. */
#include <errno.h>
#include <string.h>

#include "fixture.h"
#include "load-script.h"

enum { INTERVAL_MS = 1000 };

static int reports;
static int64_t reported_sent;
static int stat_to_set;

static void take_report(const struct se_load *interval, void *user_data)
{
    ck_assert_ptr_eq(user_data, &reports);
    ck_assert_ptr_ne(interval, load);
    reports++;
    reported_sent += se_load_stat(interval, SE_LOAD_SENT);
}

static void begin_with_reports(void (*meanwhile)(struct se__run *run))
{
    script_load(1);
    script.meanwhile = meanwhile;
    reports = 0;
    reported_sent = 0;
    ck_assert_int_eq(se_load_set_callback(load, INTERVAL_MS, take_report, &reports), 0);
}

static void run_once(void)
{
    script_run(0, "gate(1) new(0) run(0) others(0) free(0) end destroy ");
}

/** What is handed in while an interval is told of belongs to the next one. */
static void work_for_two_intervals(struct se__run *run)
{
    struct se__figures *first = run->interval;
    first->stats[SE_LOAD_SENT] = 3;
    run->report(run->load);
    ck_assert_ptr_ne(run->interval, first);
    run->interval->stats[SE_LOAD_SENT] = 4;
    run->report(run->load);
    ck_assert_ptr_eq(run->interval, first);
    ck_assert_int_eq(first->stats[SE_LOAD_SENT], 0);
    first->stats[SE_LOAD_SENT] = 5;
}

START_TEST(the_intervals_add_up_to_the_whole)
{
    begin_with_reports(work_for_two_intervals);
    run_once();
    ck_assert_int_eq(reports, 3);
    ck_assert_int_eq(reported_sent, 3 + 4 + 5);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_SENT), 3 + 4 + 5);
    script_end();
}
END_TEST

static void set_stat(struct se__run *run)
{
    run->interval->stats[stat_to_set] = 1;
}

START_TEST(the_last_interval_is_told_of_where_it_has_figures)
{
    begin_with_reports(set_stat);
    for (stat_to_set = SE_LOAD_SENT; stat_to_set <= SE_LOAD_NO_DESCRIPTOR; stat_to_set++) {
        reports = 0;
        run_once();
        ck_assert_int_eq(reports, 1);
    }
    script_end();
}
END_TEST

/** How long a thread was busy is no news without a message. */
START_TEST(an_interval_in_which_nothing_happened_is_not_told_of)
{
    static const int others[] = {SE_LOAD_CONNECTED, SE_LOAD_ELAPSED_NS, SE_LOAD_BUSY_PERMILLE};
    begin_with_reports(set_stat);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        stat_to_set = others[i];
        run_once();
    }
    ck_assert_int_eq(reports, 0);
    script_end();
}
END_TEST

START_TEST(without_a_callback_the_figures_are_there_all_the_same)
{
    script_load(1);
    stat_to_set = SE_LOAD_SENT;
    script.meanwhile = set_stat;
    run_once();
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_SENT), 1);
    script_end();
}
END_TEST

static void tell_own_figures(struct se__run *run)
{
    run->elapsed_ns = 7;
    run->busy_permille = 8;
    run->memory_bytes = 9;
}

START_TEST(what_is_the_whole_runs_own_is_not_added_up)
{
    script_load(1);
    script.meanwhile = tell_own_figures;
    run_once();
    run_once();
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_ELAPSED_NS), 7);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_BUSY_PERMILLE), 8);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_MEMORY_BYTES), 9);
    script_end();
}
END_TEST

static void run_in_a_run(struct se__run *run)
{
    (void)run;
    ck_assert_int_eq(se_load_run(load, "host", SCRIPT_PORT), -EBUSY);
    ck_assert_int_eq(se_load_set_count(load, 1), -EBUSY);
}

START_TEST(a_load_that_runs_is_busy_until_it_has_ended)
{
    script_load(1);
    script.meanwhile = run_in_a_run;
    run_once();
    run_once();
    ck_assert_int_eq(se_load_set_count(load, 1), 0);
    script_end();
}
END_TEST

static void expect_no_stop_and_stop_twice(struct se__run *run)
{
    ck_assert_int_eq(atomic_load(run->stops), 0);
    ck_assert_int_eq(se_load_stop(load), 0);
    ck_assert_int_eq(se_load_stop(load), 0);
    ck_assert_int_eq(atomic_load(run->stops), 2);
}

START_TEST(a_stop_is_over_with_its_run)
{
    script_load(1);
    script.meanwhile = expect_no_stop_and_stop_twice;
    for (int i = 0; i < 2; i++)
        script_run(0, "gate(1) new(0) run(0) others(0) signal signal free(0) end destroy ");
    ck_assert_int_eq(se_load_stop(NULL), -EINVAL);
    script_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("what a load tells of itself");
    TCase *tcase = fixture_add_tcase(suite, "reports");
    tcase_add_test(tcase, the_intervals_add_up_to_the_whole);
    tcase_add_test(tcase, the_last_interval_is_told_of_where_it_has_figures);
    tcase_add_test(tcase, an_interval_in_which_nothing_happened_is_not_told_of);
    tcase_add_test(tcase, without_a_callback_the_figures_are_there_all_the_same);
    tcase_add_test(tcase, what_is_the_whole_runs_own_is_not_added_up);
    tcase_add_test(tcase, a_load_that_runs_is_busy_until_it_has_ended);
    tcase_add_test(tcase, a_stop_is_over_with_its_run);
    return fixture_run(suite);
}
