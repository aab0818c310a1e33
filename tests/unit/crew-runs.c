/* The run of a crew: which of its workers runs where, who is woken when one cannot go on, and whose result counts. The
 * workers are a script. */
#include <errno.h>

#include "crew-script.h"
#include "fixture.h"
#include "server/crew.h"

static struct se__crew *crew;

static void begin(void)
{
    script_begin();
    ck_assert_int_eq(script_make(SCRIPT_WORKERS, &crew), 0);
    script_assert_calls("new 0, bell 1, new 1, bell 2, new 2, listen 0, ");
}

static void end(void)
{
    se__crew_free(crew);
}

static int run(const int *results)
{
    for (int worker = 0; worker < SCRIPT_WORKERS; worker++)
        script_workers[worker].result = results[worker];
    int result = se__crew_run(crew, SCRIPT_DEADLINE_MS);
    ck_assert_int_eq(atomic_load(&script_service.others_at_work), 0);
    return result;
}

/** What the runs of the workers come to, and that of the crew; the first worker runs last. Whoever has ended wakes the
 * first one. */
static const struct {
    int results[SCRIPT_WORKERS];
    int result;
    const char *calls;
} runs[] = {
    {{0, 0, 0}, 0, "start 1, run 1, wake 0, start 2, run 2, wake 0, run 0, join 1, join 2, "},
    {{-ETIMEDOUT, 0, 0}, -ETIMEDOUT, "start 1, run 1, wake 0, start 2, run 2, wake 0, run 0, join 1, join 2, "},
    {{0, -ETIMEDOUT, 0}, -ETIMEDOUT, "start 1, run 1, wake 0, start 2, run 2, wake 0, run 0, join 1, join 2, "},
    {{0, 0, -ETIMEDOUT}, -ETIMEDOUT, "start 1, run 1, wake 0, start 2, run 2, wake 0, run 0, join 1, join 2, "},
    {{-EIO, 0, 0},
     -EIO,
     "start 1, run 1, wake 0, start 2, run 2, wake 0, run 0, wake 0, wake 1, wake 2, join 1, join 2, "},
    {{0, -EIO, 0},
     -EIO,
     "start 1, run 1, wake 0, wake 1, wake 2, wake 0, start 2, run 2, wake 0, run 0, join 1, join 2, "},
    {{-ETIMEDOUT, 0, -EIO},
     -EIO,
     "start 1, run 1, wake 0, start 2, run 2, wake 0, wake 1, wake 2, wake 0, run 0, join 1, join 2, "},
    {{-EFAULT, -EIO, -EBADF},
     -EIO,
     "start 1, run 1, wake 0, wake 1, wake 2, wake 0, start 2, run 2, wake 0, wake 1, wake 2, wake 0, "
     "run 0, wake 0, wake 1, wake 2, join 1, join 2, "},
};

START_TEST(first_failure_ends_all_and_is_told_and_a_deadline_is_none)
{
    ck_assert_int_eq(run(runs[_i].results), runs[_i].result);
    script_assert_calls(runs[_i].calls);
}
END_TEST

START_TEST(failure_is_forgotten_by_the_next_run)
{
    ck_assert_int_eq(run((int[]){0, -EIO, 0}), -EIO);
    ck_assert_int_eq(run((int[]){0, 0, 0}), 0);
}
END_TEST

START_TEST(crew_of_one_runs_in_the_thread_of_the_caller)
{
    se__crew_free(crew);
    ck_assert_int_eq(script_make(1, &crew), 0);
    script_assert_calls("end 0, end 1, end 2, free 0, free 1, no bell 1, free 2, no bell 2, new 0, listen 0, ");
    ck_assert_int_eq(run((int[]){-ETIMEDOUT, 0, 0}), -ETIMEDOUT);
    script_assert_calls("run 0, ");
}
END_TEST

static const struct {
    const char *missing;
    const char *calls;
} starts[] = {
    {"start 1, ", "start 1, wake 0, wake 1, wake 2, "},
    {"start 2, ", "start 1, run 1, wake 0, start 2, wake 0, wake 1, wake 2, join 1, "},
};

START_TEST(whoever_was_started_is_waited_for_where_the_next_one_cannot_be)
{
    script_missing = starts[_i].missing;
    ck_assert_int_eq(run((int[]){0, 0, 0}), -EIO);
    script_assert_calls(starts[_i].calls);
}
END_TEST

static const struct {
    int results[SCRIPT_WORKERS];
    int result;
} ready_runs[] = {
    {{0, 0, 0}, 0},
    {{-EAGAIN, 0, 0}, -EAGAIN},
    {{0, -EAGAIN, 0}, -EAGAIN},
    {{0, 0, -EAGAIN}, -EAGAIN},
    {{-EAGAIN, -EIO, -EAGAIN}, -EIO},
    {{0, -EIO, 0}, -EIO},
    {{-EIO, -EAGAIN, -EFAULT}, -EIO},
};

START_TEST(all_run_without_waiting_and_the_first_error_is_told_or_that_somebody_goes_on)
{
    for (int worker = 0; worker < SCRIPT_WORKERS; worker++)
        script_workers[worker].result = ready_runs[_i].results[worker];
    ck_assert_int_eq(se__crew_run_ready(crew), ready_runs[_i].result);
    script_assert_calls("run 0, run 1, run 2, ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the run of a crew");
    TCase *tcase = fixture_add_tcase(suite, "runs");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_loop_test(tcase, first_failure_ends_all_and_is_told_and_a_deadline_is_none, 0,
                        sizeof(runs) / sizeof(runs[0]));
    tcase_add_test(tcase, failure_is_forgotten_by_the_next_run);
    tcase_add_test(tcase, crew_of_one_runs_in_the_thread_of_the_caller);
    tcase_add_loop_test(tcase, whoever_was_started_is_waited_for_where_the_next_one_cannot_be, 0,
                        sizeof(starts) / sizeof(starts[0]));
    tcase_add_loop_test(tcase, all_run_without_waiting_and_the_first_error_is_told_or_that_somebody_goes_on, 0,
                        sizeof(ready_runs) / sizeof(ready_runs[0]));
    return fixture_run(suite);
}
