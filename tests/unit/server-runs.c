/* How a server runs, is stopped and asked, in the caller's thread and in one of its own: what its crew is told, who is
 * refused meanwhile, and which result counts. The server is made up, and its crew is a script. */
#include <errno.h>

#include "fixture.h"
#include "server-script.h"
#include "system/deadline.h"

static void assert_runs(const char *expected)
{
    ck_assert_int_eq(se_server_run(script_server), SCRIPT_RUN_RESULT);
    script_assert_calls(expected);
}

START_TEST(a_server_makes_its_crew_for_the_first_run_and_keeps_it)
{
    assert_runs("crew 0, run 0, ");
    assert_runs("run 0, ");
    script_server->service.settings.timeout_ms = 0;
    assert_runs("run ready 0, ");
    script_server->service.settings.timeout_ms = 1;
    assert_runs("run 0, ");
}
END_TEST

START_TEST(a_server_without_a_crew_may_try_again)
{
    script_missing = "crew 0, ";
    ck_assert_int_eq(se_server_run(script_server), -EIO);
    ck_assert_int_eq(se_server_start(script_server), -EIO);
    ck_assert_int_eq(se_server_fd(script_server), -EIO);
    script_assert_calls("crew 0, crew 0, crew 0, ");
    script_missing = NULL;
    assert_runs("crew 0, run 0, ");
}
END_TEST

/** Of 100 descriptors 10 were open before, and one is for whoever is refused. */
static const struct {
    int max_connections;
    int limit;
} limits[] = {{0, 89}, {1, 1}, {88, 88}, {89, 89}, {90, 89}, {1000000, 89}};

START_TEST(connections_are_as_many_as_are_allowed_and_as_there_are_descriptors)
{
    script_server->service.settings.max_connections = limits[_i].max_connections;
    script_server->service.settings.max_per_address = 5;
    assert_runs("crew 0, run 0, ");
    ck_assert_int_eq(script_server->service.census.limit, limits[_i].limit);
    ck_assert_int_eq(script_server->service.census.limit_per_address, 5);
}
END_TEST

START_TEST(each_run_asks_anew_how_many_descriptors_there_may_be_but_not_how_many_were_open)
{
    assert_runs("crew 0, run 0, ");
    script_descriptors_limit = 200;
    script_descriptors_open = 150;
    assert_runs("run 0, ");
    ck_assert_int_eq(script_server->service.census.limit, 189);
}
END_TEST

START_TEST(the_first_stop_drains_and_every_further_one_cuts)
{
    for (int times = 0; times < 3; times++)
        ck_assert_int_eq(se_server_stop(script_server), 0);
    script_assert_calls("wake 1, wake 2, wake 2, ");
}
END_TEST

START_TEST(a_server_that_was_started_is_busy_until_it_is_joined)
{
    ck_assert_int_eq(se_server_start(script_server), 0);
    ck_assert_int_eq(se_server_run(script_server), -EBUSY);
    script_missing = "join 0, ";
    ck_assert_int_eq(se_server_join(script_server), -EIO);
    script_missing = NULL;
    ck_assert_int_eq(se_server_run(script_server), -EBUSY);
    ck_assert_int_eq(se_server_join(script_server), SCRIPT_RUN_RESULT);
    ck_assert_int_eq(se_server_join(script_server), -EINVAL);
    script_assert_calls("crew 0, start 0, run 0, join 0, join 0, ");
    assert_runs("run 0, ");
}
END_TEST

START_TEST(a_server_that_cannot_be_started_may_run)
{
    script_missing = "start 0, ";
    ck_assert_int_eq(se_server_start(script_server), -EIO);
    ck_assert_int_eq(se_server_join(script_server), -EINVAL);
    script_assert_calls("crew 0, start 0, ");
    assert_runs("run 0, ");
}
END_TEST

START_TEST(the_callback_neither_waits_for_the_server_nor_frees_it)
{
    ck_assert_int_eq(se_server_start(script_server), 0);
    script_assert_calls("crew 0, start 0, run 0, ");
    script_is_in_callback = true;
    ck_assert_int_eq(se_server_join(script_server), -EDEADLK);
    se_server_free(script_server);
    script_assert_calls("");
}
END_TEST

START_TEST(a_descriptor_is_told_where_one_worker_has_one)
{
    static const struct {
        int workers, poller, result;
    } kinds[] = {{1, SE_POLLER_POLL, -ENOSYS}, {2, SE_POLLER_AUTO, -ENOSYS}, {1, SE_POLLER_AUTO, SCRIPT_POLLER_FD}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        script_server->service.settings.workers = kinds[i].workers;
        script_server->service.settings.poller = kinds[i].poller;
        ck_assert_int_eq(se_server_fd(script_server), kinds[i].result);
        script_assert_calls(kinds[i].result < 0 ? "" : "crew 0, ");
    }
    assert_runs("run 0, ");
}
END_TEST

START_TEST(the_next_timeout_is_what_is_left)
{
    static const struct {
        int64_t due_ms, left_ms;
    } times[] = {{SE__NEVER, SE_TIMEOUT_NONE},
                 {SCRIPT_NOW_MS - 1, 0},
                 {SCRIPT_NOW_MS, 0},
                 {SCRIPT_NOW_MS + 1, 1},
                 {SCRIPT_NOW_MS + 99, 99}};
    ck_assert_int_eq(se_server_next_timeout(script_server), SE_TIMEOUT_NONE);
    assert_runs("crew 0, run 0, ");
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        script_due_ms = times[i].due_ms;
        ck_assert_int_eq(se_server_next_timeout(script_server), times[i].left_ms);
    }
}
END_TEST

/** Twice: the second stop cuts. */
START_TEST(a_server_that_was_started_is_stopped_and_waited_for_before_it_is_freed)
{
    ck_assert_int_eq(se_server_start(script_server), 0);
    script_assert_calls("crew 0, start 0, run 0, ");
    se_server_free(script_server);
    script_server = NULL;
    script_assert_calls("wake 1, wake 2, join 2, no file 2, no crew 2, no wakeup 2, no service 2, ");
}
END_TEST

START_TEST(a_server_that_was_not_started_is_freed_at_once)
{
    assert_runs("crew 0, run 0, ");
    se_server_free(script_server);
    script_server = NULL;
    script_assert_calls("no file 0, no crew 0, no wakeup 0, no service 0, ");
}
END_TEST

START_TEST(no_server_does_nothing)
{
    ck_assert_int_eq(se_server_run(NULL), -EINVAL);
    ck_assert_int_eq(se_server_stop(NULL), -EINVAL);
    ck_assert_int_eq(se_server_start(NULL), -EINVAL);
    ck_assert_int_eq(se_server_join(NULL), -EINVAL);
    ck_assert_int_eq(se_server_fd(NULL), -EINVAL);
    ck_assert_int_eq(se_server_next_timeout(NULL), -EINVAL);
    se_server_free(NULL);
    script_assert_calls("");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the runs of a server");
    TCase *tcase = fixture_add_tcase(suite, "runs");
    tcase_add_checked_fixture(tcase, script_begin, script_end);
    tcase_add_test(tcase, a_server_makes_its_crew_for_the_first_run_and_keeps_it);
    tcase_add_test(tcase, a_server_without_a_crew_may_try_again);
    tcase_add_loop_test(tcase, connections_are_as_many_as_are_allowed_and_as_there_are_descriptors, 0,
                        sizeof(limits) / sizeof(limits[0]));
    tcase_add_test(tcase, each_run_asks_anew_how_many_descriptors_there_may_be_but_not_how_many_were_open);
    tcase_add_test(tcase, the_first_stop_drains_and_every_further_one_cuts);
    tcase_add_test(tcase, a_server_that_was_started_is_busy_until_it_is_joined);
    tcase_add_test(tcase, a_server_that_cannot_be_started_may_run);
    tcase_add_test(tcase, the_callback_neither_waits_for_the_server_nor_frees_it);
    tcase_add_test(tcase, a_descriptor_is_told_where_one_worker_has_one);
    tcase_add_test(tcase, the_next_timeout_is_what_is_left);
    tcase_add_test(tcase, a_server_that_was_started_is_stopped_and_waited_for_before_it_is_freed);
    tcase_add_test(tcase, a_server_that_was_not_started_is_freed_at_once);
    tcase_add_test(tcase, no_server_does_nothing);
    return fixture_run(suite);
}
