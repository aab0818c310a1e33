/* The life of a load and of its threads, call by call: who is made, started, told of a failure, joined and freed. */
#include <errno.h>
#include <sockecho/error.h>

#include "fixture.h"
#include "load-script.h"

enum { SEED = 12345 };

#define MADE "gate(3) new(0) new(1) new(2) "
#define GONE "free(0) free(1) free(2) end destroy "

START_TEST(all_threads_work_and_are_joined)
{
    script_load(SCRIPT_THREADS);
    script_run(0, MADE "start(1) run(1) others(2) start(2) run(2) others(1) run(0) others(0) join(1) join(2) " GONE);
    script_end();
}
END_TEST

START_TEST(nobody_waits_for_threads_that_cannot_be_started)
{
    script_load(SCRIPT_THREADS);
    script.start_fails_at = 1;
    script_run(-EAGAIN, MADE "start(1) fewer fewer signal run(0) others(0) " GONE);
    script.start_fails_at = 2;
    script_run(-EAGAIN, MADE "start(1) run(1) others(2) start(2) fewer signal run(0) others(0) join(1) " GONE);
    script_end();
}
END_TEST

START_TEST(the_first_thread_that_fails_gives_the_result)
{
    script_load(SCRIPT_THREADS);
    script.run_errors[2] = -EMFILE;
    script.run_errors[0] = -ENOMEM;
    script_run(-EMFILE, MADE "start(1) run(1) others(2) start(2) run(2) others(1) signal run(0) others(0) signal "
                             "join(1) join(2) " GONE);
    script.run_errors[2] = 0;
    script_run(-ENOMEM, MADE
               "start(1) run(1) others(2) start(2) run(2) others(1) run(0) others(0) signal join(1) join(2) " GONE);
    script_end();
}
END_TEST

START_TEST(drivers_that_were_made_are_freed_where_the_next_cannot_be)
{
    script_load(SCRIPT_THREADS);
    script.new_fails_at = 2;
    script_run(-ENOMEM, MADE "free(0) free(1) end destroy ");
    script_end();
}
END_TEST

START_TEST(a_connection_that_nobody_took_over_is_closed)
{
    script_load(1);
    script.has_first = true;
    script_run(0, "gate(1) new(0) run(0) others(0) free(0) end destroy hang-up(0) ");
    script_end();
}
END_TEST

START_TEST(without_a_lock_or_a_gate_nothing_begins)
{
    script_load(1);
    script.lock_error = ENOMEM;
    script_run(-ENOMEM, "");
    script.lock_error = 0;
    script.gate_error = -EAGAIN;
    script_run(-EAGAIN, "gate(1) destroy ");
    script_end();
}
END_TEST

/** To find nobody is what the load came to; that it could not look for anybody is a failure. */
START_TEST(a_server_that_is_not_found_is_counted_or_told)
{
    static const int failures[] = {-ENOMEM, -EMFILE, -ENFILE, SE_ERESOLVE};
    script_load(1);
    script.find_error = -ECONNREFUSED;
    script_run(0, "");
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_REFUSED), SCRIPT_CONNECTIONS);
    script.find_error = -ECANCELED;
    script_run(0, "");
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_REFUSED), 0);
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        script.find_error = failures[i];
        script_run(failures[i], "");
    }
    script_end();
}
END_TEST

START_TEST(a_load_without_memory_can_be_run_again)
{
    enum { ALLOCATIONS = 3 };
    script_load(1);
    for (int i = 0; i < ALLOCATIONS; i++) {
        script.allocations_until_failure = i;
        script_run(-ENOMEM, i < 2 ? "" : "gate(1) end destroy ");
        ck_assert_int_eq(script_allocated(), 1);
    }
    script.allocations_until_failure = ALLOCATIONS;
    script_run(0, "gate(1) new(0) run(0) others(0) free(0) end destroy ");
    script.allocations_until_failure = NEVER;
    script_end();
}
END_TEST

START_TEST(a_load_that_cannot_be_made_leaves_nothing_behind)
{
    script_begin();
    script.wakeup_error = -EMFILE;
    ck_assert_int_eq(se_load_new(&load), -EMFILE);
    ck_assert_ptr_null(load);
    ck_assert_int_eq(script_allocated(), 0);
    script.allocations_until_failure = 0;
    ck_assert_int_eq(se_load_new(&load), -ENOMEM);
    ck_assert_ptr_null(load);
}
END_TEST

START_TEST(a_load_has_seen_nothing_wrong_before_it_runs)
{
    ck_assert_int_eq(se_load_new(NULL), -EINVAL);
    script_load(1);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_MISMATCH_CONNECTION), -1);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_MISMATCH_AT), -1);
    script_end();
}
END_TEST

static void expect_bytes_of_the_seed(struct se__run *run)
{
    static struct se__stream_pool expected;
    se__stream_pool_fill(&expected, SEED);
    ck_assert_mem_eq(run->pool.bytes, expected.bytes, sizeof(expected.bytes));
}

START_TEST(the_bytes_to_send_are_there_before_a_thread_begins)
{
    script_load(1);
    ck_assert_int_eq(se_load_set_seed(load, SEED), 0);
    script.meanwhile = expect_bytes_of_the_seed;
    script_run(0, "gate(1) new(0) run(0) others(0) free(0) end destroy ");
    script_end();
}
END_TEST

START_TEST(what_cannot_be_run_is_refused)
{
    script_load(1);
    ck_assert_int_eq(se_load_run(NULL, "host", SCRIPT_PORT), -EINVAL);
    ck_assert_int_eq(se_load_run(load, "host", 0), -EINVAL);
    ck_assert_int_eq(se_load_run(load, "host", 65536), -EINVAL);
    ck_assert_int_eq(se_load_set_duration(load, 0), 0);
    ck_assert_int_eq(se_load_run(load, "host", SCRIPT_PORT), -EINVAL);
    ck_assert_int_eq(se_load_set_count(load, 1), 0);
    ck_assert_int_eq(se_load_run(load, "host", 1), 0);
    ck_assert_int_eq(se_load_run(load, "host", 65535), 0);
    script_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the threads of a load");
    TCase *tcase = fixture_add_tcase(suite, "life");
    tcase_add_test(tcase, all_threads_work_and_are_joined);
    tcase_add_test(tcase, nobody_waits_for_threads_that_cannot_be_started);
    tcase_add_test(tcase, the_first_thread_that_fails_gives_the_result);
    tcase_add_test(tcase, drivers_that_were_made_are_freed_where_the_next_cannot_be);
    tcase_add_test(tcase, a_connection_that_nobody_took_over_is_closed);
    tcase_add_test(tcase, without_a_lock_or_a_gate_nothing_begins);
    tcase_add_test(tcase, a_server_that_is_not_found_is_counted_or_told);
    tcase_add_test(tcase, a_load_without_memory_can_be_run_again);
    tcase_add_test(tcase, a_load_that_cannot_be_made_leaves_nothing_behind);
    tcase_add_test(tcase, a_load_has_seen_nothing_wrong_before_it_runs);
    tcase_add_test(tcase, the_bytes_to_send_are_there_before_a_thread_begins);
    tcase_add_test(tcase, what_cannot_be_run_is_refused);
    return fixture_run(suite);
}
