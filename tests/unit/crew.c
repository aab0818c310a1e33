/* How a crew is made and ends, also where something is missing, and what it tells of its workers, which are a script.
 */
#include "server/crew.h"

#include <errno.h>

#include "crew-script.h"
#include "fixture.h"
#include "system/deadline.h"

static struct se__crew *crew;

static void make(void)
{
    ck_assert_int_eq(script_make(SCRIPT_WORKERS, &crew), 0);
}

START_TEST(all_workers_are_made_before_the_first_one_listens)
{
    make();
    script_assert_calls("new 0, bell 1, new 1, bell 2, new 2, listen 0, ");
    ck_assert_int_eq(se__crew_listen_fd(crew), SCRIPT_LISTEN_FD);
    ck_assert_int_eq(se__crew_fd(crew), SCRIPT_POLLER_FD);
    se__crew_free(crew);
}
END_TEST

START_TEST(all_workers_end_before_the_first_one_is_freed)
{
    make();
    script_assert_calls("new 0, bell 1, new 1, bell 2, new 2, listen 0, ");
    se__crew_free(crew);
    script_assert_calls("end 0, end 1, end 2, free 0, free 1, no bell 1, free 2, no bell 2, ");
}
END_TEST

static const struct {
    const char *missing;
    const char *calls;
} shortages[] = {
    {"new 0, ", "new 0, "},
    {"bell 1, ", "new 0, bell 1, end 0, free 0, "},
    {"new 1, ", "new 0, bell 1, new 1, no bell 1, end 0, free 0, "},
    {"bell 2, ", "new 0, bell 1, new 1, bell 2, end 0, end 1, free 0, free 1, no bell 1, "},
    {"new 2, ", "new 0, bell 1, new 1, bell 2, new 2, no bell 2, end 0, end 1, free 0, free 1, no bell 1, "},
    {"listen 0, ", "new 0, bell 1, new 1, bell 2, new 2, listen 0, "
                   "end 0, end 1, end 2, free 0, free 1, no bell 1, free 2, no bell 2, "},
};

START_TEST(crew_that_lacks_something_gives_back_what_it_had)
{
    struct se__crew *made = NULL;
    script_missing = shortages[_i].missing;
    ck_assert_int_eq(script_make(SCRIPT_WORKERS, &made), -EIO);
    script_assert_calls(shortages[_i].calls);
    ck_assert_ptr_null(made);
}
END_TEST

START_TEST(crew_without_memory_is_not_made)
{
    script_lacks_memory = true;
    int error = script_make(SCRIPT_WORKERS, &crew);
    script_lacks_memory = false;
    ck_assert_int_eq(error, -ENOMEM);
    script_assert_calls("");
}
END_TEST

START_TEST(crew_is_due_when_the_first_of_its_workers_is)
{
    static const int64_t due_ms[][SCRIPT_WORKERS] = {
        {7, 8, 9}, {9, 7, 8}, {8, SE__NEVER, 7}, {SE__NEVER, 7, SE__NEVER}};
    make();
    for (size_t i = 0; i < sizeof(due_ms) / sizeof(due_ms[0]); i++) {
        for (int worker = 0; worker < SCRIPT_WORKERS; worker++)
            script_workers[worker].due_ms = due_ms[i][worker];
        ck_assert_int_eq(se__crew_due_ms(crew), 7);
    }
    for (int worker = 0; worker < SCRIPT_WORKERS; worker++)
        script_workers[worker].due_ms = SE__NEVER;
    ck_assert_int_eq(se__crew_due_ms(crew), SE__NEVER);
    se__crew_free(crew);
}
END_TEST

START_TEST(figure_of_a_crew_is_the_sum_of_its_workers)
{
    make();
    ck_assert_int_eq(se__crew_stat(crew, SE_STAT_ACCEPTED), 0);
    for (int worker = 0; worker < SCRIPT_WORKERS; worker++)
        se__tally_add(&script_workers[worker].tally, SE_STAT_ACCEPTED, UINT64_C(1) << worker);
    ck_assert_int_eq(se__crew_stat(crew, SE_STAT_ACCEPTED), 7);
    ck_assert_int_eq(se__crew_stat(crew, SE_STAT_REFUSED), 0);
    se__crew_free(crew);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a crew of workers");
    TCase *tcase = fixture_add_tcase(suite, "life");
    tcase_add_checked_fixture(tcase, script_begin, NULL);
    tcase_add_test(tcase, all_workers_are_made_before_the_first_one_listens);
    tcase_add_test(tcase, all_workers_end_before_the_first_one_is_freed);
    tcase_add_loop_test(tcase, crew_that_lacks_something_gives_back_what_it_had, 0,
                        sizeof(shortages) / sizeof(shortages[0]));
    tcase_add_test(tcase, crew_without_memory_is_not_made);
    tcase_add_test(tcase, crew_is_due_when_the_first_of_its_workers_is);
    tcase_add_test(tcase, figure_of_a_crew_is_the_sum_of_its_workers);
    return fixture_run(suite);
}
