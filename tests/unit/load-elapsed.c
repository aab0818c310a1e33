/* How long a measurement took, to the nanosecond: until the last return, or until the time to send was over where that
 * is later. Time is that of load-world.h. */
#include <errno.h>

#include "fixture.h"
#include "load-in-world.h"

static void assert_elapsed(int64_t elapsed_ns)
{
    run();
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, elapsed_ns);
    end();
}

/* ---- the time that was asked for ---- */

/** The last of three is back 2 ms and a bit after the first was due. */
START_TEST(duration_at_a_rate_counts_in_full)
{
    begin_duration(1, 1, 1000, 3);
    assert_elapsed(3 * WORLD_MS);
}
END_TEST

START_TEST(number_at_a_rate_takes_the_time_of_so_many)
{
    begin_count(1, 1, 10, 1 + _i);
    assert_elapsed((1 + _i) * 100 * WORLD_MS);
}
END_TEST

START_TEST(sooner_one_of_number_and_duration_ends_the_measurement)
{
    begin_count(1, 1, 1000, 5);
    ck_assert_int_eq(se_load_set_duration(load, _i ? 3 : 8), 0);
    assert_elapsed((_i ? 3 : 5) * WORLD_MS);
}
END_TEST

START_TEST(return_after_the_time_is_waited_for)
{
    begin_duration(1, 1, 1000, 3);
    world_peer(0)->echo_ns = 10 * WORLD_MS;
    assert_elapsed(30 * WORLD_MS);
}
END_TEST

START_TEST(number_alone_ends_with_its_last_return)
{
    begin_count(2, 1, 0, 6);
    world_peer(1)->end_ns = 500 * WORLD_MS;
    assert_elapsed(3 * WORLD_ECHO_NS);
}
END_TEST

/** Not with the duration, which it does not come to, nor where a peer is slow to end the connection. */
START_TEST(number_that_is_back_before_the_duration_ends_with_its_last_return)
{
    begin_count(1, 1, 0, 4);
    ck_assert_int_eq(se_load_set_duration(load, 100), 0);
    world_peer(0)->end_ns = 500 * WORLD_MS;
    assert_elapsed(4 * WORLD_ECHO_NS);
}
END_TEST

START_TEST(number_that_the_duration_cuts_ends_with_it_or_its_last_return)
{
    begin_count(1, 1, 0, 100);
    ck_assert_int_eq(se_load_set_duration(load, 10), 0);
    world_peer(0)->echo_ns = 4 * WORLD_MS;
    assert_elapsed(12 * WORLD_MS);
}
END_TEST

/** The socket has no memory for a second message until the duration is over. */
START_TEST(load_that_could_not_send_in_the_duration_takes_all_of_it)
{
    begin_count(1, 1, 0, 2 * _i);
    ck_assert_int_eq(se_load_set_duration(load, 15), 0);
    for (int i = 1; i < WORLD_SCRIPT; i++)
        world_peer(0)->sends[i] = -ENOBUFS;
    assert_elapsed(15 * WORLD_MS);
}
END_TEST

/** Far more than a clock can count: a stop has to end it. */
START_TEST(number_beyond_all_clocks_has_no_time)
{
    begin_count(1, 1, 1, INT64_MAX);
    stop_at(1500 * WORLD_MS);
    assert_elapsed(1500 * WORLD_MS);
}
END_TEST

/* ---- warm-up ---- */

START_TEST(warm_up_is_no_part_of_it)
{
    begin_duration(1, 1, 1000, 4);
    ck_assert_int_eq(se_load_set_warmup(load, 10), 0);
    assert_elapsed(4 * WORLD_MS);
}
END_TEST

/** The number includes it: 12 at a thousand a second take 12 ms, of which 10 are warm-up. */
START_TEST(number_at_a_rate_takes_what_its_warm_up_leaves)
{
    begin_count(1, 1, 1000, _i ? 12 : 8);
    ck_assert_int_eq(se_load_set_warmup(load, 10), 0);
    assert_elapsed(_i ? 2 * WORLD_MS : 0);
}
END_TEST

START_TEST(stop_in_the_warm_up_leaves_nothing)
{
    begin_duration(1, 1, 1000, 4);
    ck_assert_int_eq(se_load_set_warmup(load, 10), 0);
    stop_at(5 * WORLD_MS);
    assert_elapsed(0);
}
END_TEST

/* ---- ends before the time ---- */

START_TEST(stop_ends_it)
{
    begin_duration(1, 1, 100, 3600000);
    stop_at(25 * WORLD_MS);
    assert_elapsed(25 * WORLD_MS);
}
END_TEST

START_TEST(return_after_a_stop_is_waited_for)
{
    begin_duration(1, 1, 0, 3600000);
    world_peer(0)->echo_ns = 30 * WORLD_MS;
    stop_at(20 * WORLD_MS);
    assert_elapsed(30 * WORLD_MS);
}
END_TEST

/** A second stop is heeded 50 ms later, and moves nothing. */
START_TEST(second_stop_does_not_make_it_longer)
{
    begin_duration(1, 4, 0, 3600000);
    world_peer(0)->echo_ns = WORLD_NEVER;
    stop_at(20 * WORLD_MS);
    stop_at(100 * WORLD_MS);
    assert_elapsed(20 * WORLD_MS);
}
END_TEST

START_TEST(stop_after_the_time_moves_nothing)
{
    begin_duration(1, 1, 1000, 10);
    world_peer(0)->silent_ns = 100 * WORLD_MS;
    world_peer(0)->echo_ns = WORLD_NEVER;
    stop_at(20 * WORLD_MS);
    stop_at(30 * WORLD_MS);
    assert_elapsed(10 * WORLD_MS);
}
END_TEST

/** With and without a rate. */
START_TEST(it_ends_when_the_last_connection_is_given_up)
{
    begin_duration(2, 1, _i ? 1000 : 0, 3600000);
    ck_assert_int_eq(se_load_set_timeout(load, 100), 0);
    world_peer(0)->echo_ns = WORLD_NEVER;
    world_peer(1)->receives[0] = -ECONNRESET;
    run();
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, world_nth(WORLD_HANG_UP, 1)->at_ns);
    ck_assert_int_ge(world_nth(WORLD_HANG_UP, 1)->at_ns, 100 * WORLD_MS);
    end();
}
END_TEST

START_TEST(number_of_which_a_part_is_given_up_ends_with_that)
{
    begin_count(2, 1, 0, 4);
    ck_assert_int_eq(se_load_set_timeout(load, 100), 0);
    world_peer(0)->echo_ns = WORLD_NEVER;
    run();
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, world_nth(WORLD_HANG_UP, 1)->at_ns);
    end();
}
END_TEST

START_TEST(connection_that_is_given_up_after_the_time_moves_nothing)
{
    begin_duration(1, 1, _i ? 1000 : 0, 50);
    ck_assert_int_eq(se_load_set_timeout(load, 100), 0);
    world_peer(0)->echo_ns = WORLD_NEVER;
    assert_elapsed(50 * WORLD_MS);
}
END_TEST

START_TEST(one_that_is_left_keeps_it_going)
{
    begin_duration(2, 1, 1000, 10);
    world_peer(1)->receives[0] = -ECONNRESET;
    assert_elapsed(10 * WORLD_MS);
}
END_TEST

/** Everything is back; that the peer does not end its stream in time is a loss of its own. */
START_TEST(connection_that_is_lost_at_its_end_was_not_given_up)
{
    begin_count(1, 1, _i ? 1000 : 0, 5);
    ck_assert_int_eq(se_load_set_timeout(load, 100), 0);
    world_peer(0)->end_ns = WORLD_NEVER;
    assert_elapsed(_i ? 5 * WORLD_MS : 5 * WORLD_ECHO_NS);
}
END_TEST

START_TEST(without_any_connection_there_is_none)
{
    begin_duration(1, 1, 1000, 10);
    world_peer(0)->connect_error = -ECONNREFUSED;
    assert_elapsed(0);
}
END_TEST

START_TEST(connections_lost_in_the_warm_up_leave_none)
{
    begin_duration(1, 1, 1000, 10);
    ck_assert_int_eq(se_load_set_warmup(load, 10), 0);
    world_peer(0)->receives[0] = -ECONNRESET;
    assert_elapsed(0);
}
END_TEST

/** After two echoes; the wait took its time. */
START_TEST(failure_ends_it)
{
    begin_duration(1, 1, 0, 10000);
    world_fail_wait(2, -EBADF);
    ck_assert_int_eq(se_load_run(load, NULL, 7), -EBADF);
    assert_load_stat(load, SE_LOAD_RETURNED, 2);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, world_now_ns());
    end();
}
END_TEST

/** Its only message is out, and the time of it not over. */
START_TEST(failure_ends_it_when_all_is_sent)
{
    begin_count(1, 1, 1, 1);
    ck_assert_int_eq(se_load_set_timeout(load, 100), 0);
    world_set_send_ns(WORLD_MS);
    world_fail_wait(0, -EBADF);
    ck_assert_int_eq(se_load_run(load, NULL, 7), -EBADF);
    assert_load_stat(load, SE_LOAD_SENT, 1);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, world_now_ns());
    ck_assert_int_lt(world_now_ns(), 1000 * WORLD_MS);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("how long a load measures");
    TCase *tcase = fixture_add_tcase(suite, "elapsed");
    tcase_add_checked_fixture(tcase, world_begin, NULL);
    tcase_add_test(tcase, duration_at_a_rate_counts_in_full);
    tcase_add_loop_test(tcase, number_at_a_rate_takes_the_time_of_so_many, 0, 2);
    tcase_add_loop_test(tcase, sooner_one_of_number_and_duration_ends_the_measurement, 0, 2);
    tcase_add_test(tcase, return_after_the_time_is_waited_for);
    tcase_add_test(tcase, number_alone_ends_with_its_last_return);
    tcase_add_test(tcase, number_that_is_back_before_the_duration_ends_with_its_last_return);
    tcase_add_test(tcase, number_that_the_duration_cuts_ends_with_it_or_its_last_return);
    tcase_add_loop_test(tcase, load_that_could_not_send_in_the_duration_takes_all_of_it, 0, 2);
    tcase_add_test(tcase, number_beyond_all_clocks_has_no_time);
    tcase_add_test(tcase, warm_up_is_no_part_of_it);
    tcase_add_loop_test(tcase, number_at_a_rate_takes_what_its_warm_up_leaves, 0, 2);
    tcase_add_test(tcase, stop_in_the_warm_up_leaves_nothing);
    tcase_add_test(tcase, stop_ends_it);
    tcase_add_test(tcase, return_after_a_stop_is_waited_for);
    tcase_add_test(tcase, second_stop_does_not_make_it_longer);
    tcase_add_test(tcase, stop_after_the_time_moves_nothing);
    tcase_add_loop_test(tcase, it_ends_when_the_last_connection_is_given_up, 0, 2);
    tcase_add_test(tcase, number_of_which_a_part_is_given_up_ends_with_that);
    tcase_add_loop_test(tcase, connection_that_is_given_up_after_the_time_moves_nothing, 0, 2);
    tcase_add_test(tcase, one_that_is_left_keeps_it_going);
    tcase_add_loop_test(tcase, connection_that_is_lost_at_its_end_was_not_given_up, 0, 2);
    tcase_add_test(tcase, without_any_connection_there_is_none);
    tcase_add_test(tcase, connections_lost_in_the_warm_up_leave_none);
    tcase_add_test(tcase, failure_ends_it);
    tcase_add_test(tcase, failure_ends_it_when_all_is_sent);
    return fixture_run(suite);
}
