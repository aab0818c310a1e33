/* The turns of a load, to the nanosecond: when each message leaves, for how long the load waits, and when it ends. Time
 * is that of load-world.h. */
#include <errno.h>

#include "fixture.h"
#include "load-in-world.h"

/* ---- the schedule ---- */

/** The first message is due at once. Before each other one the load naps until 80 us are left and looks until it is
 * due: 27 looks later, which is a microsecond late. */
START_TEST(messages_at_a_rate_leave_when_they_are_due)
{
    begin_count(1, 1, 1000, 4);
    run();
    for (int i = 0; i < 4; i++)
        assert_at(WORLD_SEND, i, i * WORLD_MS + (i > 0) * WORLD_US);
    ck_assert_int_eq(world_count(WORLD_SEND), 4);
    ck_assert_int_eq(world_count(WORLD_NAP), 6);
    ck_assert_int_eq(se_load_latency_ns(load, 0), WORLD_ECHO_NS);
    ck_assert_int_eq(se_load_latency_ns(load, 100), WORLD_ECHO_NS + WORLD_US);
    ck_assert_int_eq(se_load_latency_mean_ns(load), WORLD_ECHO_NS + WORLD_US * 3 / 4);
    assert_load_stat(load, SE_LOAD_LATE_MAX_NS, WORLD_US);
    assert_load_stat(load, SE_LOAD_LATE_MEAN_NS, WORLD_US * 3 / 4);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, 4 * WORLD_MS);
    assert_whole(1, 4);
    end();
}
END_TEST

START_TEST(lanes_get_their_turn_among_messages_that_are_all_due)
{
    enum { BATCH = 256, MESSAGES = BATCH + 44 };
    begin_count(1, MESSAGES, 1000000000, MESSAGES);
    world_set_send_ns(WORLD_US);
    run();
    ck_assert_int_eq(world_count_before(WORLD_SEND, WORLD_WAIT, 0), BATCH);
    ck_assert_int_eq(world_count_before(WORLD_SEND, WORLD_WAIT, 1), MESSAGES);
    assert_whole(1, MESSAGES);
    end();
}
END_TEST

/** Ten are due in ten milliseconds; a tenth of a message later none is. */
START_TEST(nothing_is_due_at_the_end_any_more)
{
    begin_duration(2, 1, 1000, 10);
    run();
    assert_whole(2, 10);
    assert_at(WORLD_SEND, 9, 9 * WORLD_MS + WORLD_US);
    end();
}
END_TEST

START_TEST(one_message_at_a_rate_is_one)
{
    begin_count(1, 1, 1, 1);
    run();
    assert_whole(1, 1);
    assert_load_stat(load, SE_LOAD_LATE_MAX_NS, 0);
    ck_assert_int_eq(se_load_latency_mean_ns(load), WORLD_ECHO_NS);
    assert_at(WORLD_FINISH, 0, WORLD_ECHO_NS);
    end();
}
END_TEST

/** No message is due before all have connected, and nobody looks for one. */
START_TEST(schedule_begins_when_all_are_connected)
{
    begin_count(2, 1, 1000, 2);
    world_peer(1)->connect_ns = 10 * WORLD_MS;
    run();
    assert_at(WORLD_SEND, 0, 10 * WORLD_MS);
    assert_at(WORLD_SEND, 1, 11 * WORLD_MS + WORLD_US);
    ck_assert_int_eq(world_count_before(WORLD_WAIT, WORLD_SEND, 0), 1);
    assert_load_stat(load, SE_LOAD_LATE_MAX_NS, WORLD_US);
    end();
}
END_TEST

START_TEST(nothing_is_due_before_all_are_connected)
{
    begin_count(2, 1, 1000, 2);
    world_peer(1)->connect_ns = WORLD_NEVER;
    stop_at(20 * WORLD_MS);
    run();
    assert_load_stat(load, SE_LOAD_UNSENT, 0);
    assert_load_stat(load, SE_LOAD_SENT, 0);
    end();
}
END_TEST

/** Others come to the gate 5 ms later, and as long again it takes until all have heard when the load begins. */
START_TEST(load_begins_when_all_threads_are_there)
{
    begin_count(1, 1, 1000, 1);
    world_set_gate_ns(5 * WORLD_MS);
    run();
    assert_at(WORLD_SEND, 0, 10 * WORLD_MS);
    assert_load_stat(load, SE_LOAD_LATE_MAX_NS, 5 * WORLD_MS);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, 5 * WORLD_MS + WORLD_ECHO_NS);
    end();
}
END_TEST

START_TEST(stop_at_the_gate_lets_nothing_be_sent)
{
    begin_count(1, 1, 0, 1);
    world_set_gate_ns(5 * WORLD_MS);
    stop_at(7 * WORLD_MS);
    run();
    assert_load_stat(load, SE_LOAD_SENT, 0);
    assert_at(WORLD_FINISH, 0, 10 * WORLD_MS);
    end();
}
END_TEST

/** A million of them are due, and in the time that there is the schedule comes to a part of them alone. */
START_TEST(messages_of_a_rate_beyond_all_means_are_told)
{
    begin_duration(1, 1, 1000000000, 1);
    ck_assert_int_eq(se_load_set_timeout(load, 1), 0);
    run();
    assert_only_loss(-1, 0);
    assert_load_stat(load, SE_LOAD_LOST, 0);
    assert_load_stat(load, SE_LOAD_UNSENT, 1000000 - se_load_stat(load, SE_LOAD_SENT));
    end();
}
END_TEST

static const int wait_errors[] = {-EBADF, -EMFILE};

/** The first wait is for a connect, the third one for an echo. */
START_TEST(wait_that_fails_ends_the_load)
{
    begin_count(2, 1, 0, 100);
    world_peer(1)->connect_ns = WORLD_MS;
    world_fail_wait(2 * _i, wait_errors[_i]);
    ck_assert_int_eq(se_load_run(load, NULL, 7), wait_errors[_i]);
    ck_assert_int_eq(world_count(WORLD_WAIT), 2 * _i);
    end();
}
END_TEST

/* ---- the ends ---- */

START_TEST(load_ends_with_its_duration)
{
    begin_duration(1, 1, 0, 10);
    world_peer(0)->echo_ns = 3 * WORLD_MS;
    run();
    assert_whole(1, 4);
    assert_at(WORLD_FINISH, 0, 12 * WORLD_MS);
    assert_at(WORLD_HANG_UP, 0, 12 * WORLD_MS + WORLD_END_NS);
    ck_assert_int_eq(world_count(WORLD_WAIT), 6);
    ck_assert_int_eq(world_nth(WORLD_WAIT, 3)->number, 2);
    ck_assert_int_eq(world_nth(WORLD_WAIT, 0)->number, 11);
    end();
}
END_TEST

/** It need not look at the clock once more. */
START_TEST(load_heeds_its_end_in_the_very_nanosecond)
{
    begin_duration(1, 1, 0, 10);
    world_peer(0)->echo_ns = 5 * WORLD_MS;
    run();
    assert_whole(1, 3);
    assert_at(WORLD_FINISH, 0, 15 * WORLD_MS);
    ck_assert_int_eq(world_count(WORLD_WAIT), 4);
    end();
}
END_TEST

/** What was due before the end may leave for as long as a message may take. */
START_TEST(messages_that_were_due_leave_after_the_end)
{
    begin_duration(1, 1, 1000, 10);
    world_peer(0)->echo_ns = 50 * WORLD_MS;
    run();
    assert_whole(1, 10);
    assert_at(WORLD_SEND, 9, 450 * WORLD_MS);
    end();
}
END_TEST

START_TEST(messages_that_were_due_leave_however_late_without_a_timeout)
{
    begin_duration(1, 1, 1000, 3);
    ck_assert_int_eq(se_load_set_timeout(load, SE_TIMEOUT_NONE), 0);
    world_peer(0)->echo_ns = INT64_C(5000) * WORLD_MS;
    run();
    assert_whole(1, 3);
    assert_at(WORLD_SEND, 2, INT64_C(10000) * WORLD_MS);
    ck_assert_int_eq(world_nth(WORLD_WAIT, world_count(WORLD_WAIT) - 1)->number, -1);
    end();
}
END_TEST

/** Only a count or a rate says how many there should have been. */
START_TEST(load_that_only_time_ends_has_nothing_unsent)
{
    begin_duration(1, 1, 0, 100);
    world_peer(0)->receives[0] = -ECONNRESET;
    run();
    assert_load_stat(load, SE_LOAD_LOST, 1);
    assert_load_stat(load, SE_LOAD_UNSENT, 0);
    end();
}
END_TEST

START_TEST(load_at_a_message_a_second_tells_what_is_unsent)
{
    begin_duration(1, 1, 1, 500);
    world_peer(0)->sends[0] = -EPIPE;
    run();
    assert_load_stat(load, SE_LOAD_SENT, 0);
    assert_load_stat(load, SE_LOAD_SHORT, 1);
    assert_load_stat(load, SE_LOAD_UNSENT, 1);
    end();
}
END_TEST

/** After the end they may leave for 40 ms: in that time two do, and seven do not. */
START_TEST(messages_that_could_not_leave_in_time_are_unsent)
{
    begin_duration(1, 1, 1000, 10);
    ck_assert_int_eq(se_load_set_timeout(load, 40), 0);
    world_peer(0)->echo_ns = 20 * WORLD_MS;
    run();
    assert_load_stat(load, SE_LOAD_SENT, 3);
    assert_load_stat(load, SE_LOAD_RETURNED, 3);
    assert_load_stat(load, SE_LOAD_UNSENT, 7);
    assert_load_stat(load, SE_LOAD_LOST, 0);
    assert_at(WORLD_FINISH, 0, 60 * WORLD_MS);
    end();
}
END_TEST

START_TEST(stop_ends_a_load_in_order)
{
    begin_duration(1, 4, 0, 3600000);
    world_peer(0)->echo_ns = 30 * WORLD_MS;
    stop_at(20 * WORLD_MS);
    run();
    assert_whole(1, 4);
    assert_at(WORLD_FINISH, 0, 30 * WORLD_MS);
    ck_assert_int_eq(world_count(WORLD_WAIT), 3);
    end();
}
END_TEST

START_TEST(stop_ends_one_run_alone)
{
    begin_count(1, 1, 0, 3);
    ck_assert_int_eq(se_load_stop(load), 0);
    run();
    assert_load_stat(load, SE_LOAD_SENT, 0);
    run();
    assert_whole(1, 3);
    end();
}
END_TEST

/** The second one had been allowed. */
START_TEST(stop_lets_no_further_message_leave)
{
    begin_count(1, 1, 0, 2);
    world_peer(0)->echo_ns = 30 * WORLD_MS;
    stop_at(20 * WORLD_MS);
    run();
    assert_whole(1, 1);
    assert_at(WORLD_FINISH, 0, 30 * WORLD_MS);
    end();
}
END_TEST

START_TEST(stop_at_a_message_a_second_tells_what_was_due)
{
    begin_duration(1, 1, 1, 3600000);
    ck_assert_int_eq(se_load_set_timeout(load, 10000), 0);
    world_peer(0)->silent_ns = INT64_C(5000) * WORLD_MS;
    stop_at(INT64_C(2500) * WORLD_MS);
    run();
    assert_load_stat(load, SE_LOAD_SENT, 1);
    assert_load_stat(load, SE_LOAD_RETURNED, 1);
    assert_load_stat(load, SE_LOAD_UNSENT, 2);
    end();
}
END_TEST

/** Of a second stop nobody is woken up: it is seen when the load looks around, every 50 ms. */
START_TEST(second_stop_is_seen_within_a_moment)
{
    begin_duration(1, 4, 0, 3600000);
    world_peer(0)->echo_ns = WORLD_NEVER;
    stop_at(20 * WORLD_MS);
    stop_at(100 * WORLD_MS);
    run();
    assert_load_stat(load, SE_LOAD_SENT, 4);
    assert_load_stat(load, SE_LOAD_LOST, 4);
    assert_only_loss(-1, 0);
    ck_assert_int_eq(world_count(WORLD_WAIT), 3);
    ck_assert_int_eq(world_nth(WORLD_WAIT, 1)->number, 51);
    ck_assert_int_eq(world_nth(WORLD_WAIT, 2)->number, 51);
    assert_at(WORLD_HANG_UP, 0, 122 * WORLD_MS);
    ck_assert_int_eq(world_count(WORLD_FINISH), 0);
    end();
}
END_TEST

/** Due are the messages of 20 ms and the one of that moment; one has left on each connection. */
START_TEST(stop_at_a_rate_tells_what_was_due)
{
    begin_duration(2, 1, 1000, 3600000);
    world_peer(0)->echo_ns = world_peer(1)->echo_ns = 100 * WORLD_MS;
    stop_at(20 * WORLD_MS);
    run();
    assert_load_stat(load, SE_LOAD_SENT, 2);
    assert_load_stat(load, SE_LOAD_RETURNED, 2);
    assert_load_stat(load, SE_LOAD_UNSENT, 19);
    assert_load_stat(load, SE_LOAD_LOST, 0);
    end();
}
END_TEST

/* ---- waiting ---- */

/** 100 ms, one more for the list of deadlines, and the one that has begun; then a look whether it said something. */
START_TEST(silent_peer_is_given_up_when_its_time_is_over)
{
    begin_count(1, 1, 0, 1);
    ck_assert_int_eq(se_load_set_timeout(load, 100), 0);
    world_peer(0)->echo_ns = WORLD_NEVER;
    run();
    assert_load_stat(load, SE_LOAD_TIMED_OUT, 1);
    assert_load_stat(load, SE_LOAD_LOST, 1);
    ck_assert_int_eq(world_count(WORLD_WAIT), 2);
    assert_at(WORLD_HANG_UP, 0, 102 * WORLD_MS + WORLD_LOOK_NS);
    end();
}
END_TEST

/** It looks a thousand times after each event, and waits then. */
START_TEST(busy_load_does_not_sleep_until_its_time_since_an_event_is_over)
{
    enum { BUSY_US = 3000, LOOKS = BUSY_US * WORLD_US / WORLD_LOOK_NS };
    begin_count(1, 1, 0, 2);
    ck_assert_int_eq(se_load_set_busy_poll(load, BUSY_US), 0);
    world_peer(0)->echo_ns = 5 * WORLD_MS;
    run();
    ck_assert_int_gt(world_nth(WORLD_WAIT, 0)->number, TIMEOUT_MS);
    for (int i = 1; i <= LOOKS; i++)
        ck_assert_int_eq(world_nth(WORLD_WAIT, i)->number, 0);
    ck_assert_int_gt(world_nth(WORLD_WAIT, LOOKS + 1)->number, 0);
    assert_whole(1, 2);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("turns of a load");
    TCase *tcase = fixture_add_tcase(suite, "turns");
    tcase_add_checked_fixture(tcase, world_begin, NULL);
    tcase_add_test(tcase, messages_at_a_rate_leave_when_they_are_due);
    tcase_add_test(tcase, lanes_get_their_turn_among_messages_that_are_all_due);
    tcase_add_test(tcase, nothing_is_due_at_the_end_any_more);
    tcase_add_test(tcase, one_message_at_a_rate_is_one);
    tcase_add_test(tcase, schedule_begins_when_all_are_connected);
    tcase_add_test(tcase, nothing_is_due_before_all_are_connected);
    tcase_add_test(tcase, load_begins_when_all_threads_are_there);
    tcase_add_test(tcase, stop_at_the_gate_lets_nothing_be_sent);
    tcase_add_test(tcase, messages_of_a_rate_beyond_all_means_are_told);
    tcase_add_loop_test(tcase, wait_that_fails_ends_the_load, 0, 2);
    tcase_add_test(tcase, load_ends_with_its_duration);
    tcase_add_test(tcase, load_heeds_its_end_in_the_very_nanosecond);
    tcase_add_test(tcase, messages_that_were_due_leave_after_the_end);
    tcase_add_test(tcase, messages_that_were_due_leave_however_late_without_a_timeout);
    tcase_add_test(tcase, load_that_only_time_ends_has_nothing_unsent);
    tcase_add_test(tcase, load_at_a_message_a_second_tells_what_is_unsent);
    tcase_add_test(tcase, messages_that_could_not_leave_in_time_are_unsent);
    tcase_add_test(tcase, stop_ends_a_load_in_order);
    tcase_add_test(tcase, stop_ends_one_run_alone);
    tcase_add_test(tcase, stop_lets_no_further_message_leave);
    tcase_add_test(tcase, stop_at_a_message_a_second_tells_what_was_due);
    tcase_add_test(tcase, second_stop_is_seen_within_a_moment);
    tcase_add_test(tcase, stop_at_a_rate_tells_what_was_due);
    tcase_add_test(tcase, silent_peer_is_given_up_when_its_time_is_over);
    tcase_add_test(tcase, busy_load_does_not_sleep_until_its_time_since_an_event_is_over);
    return fixture_run(suite);
}
