/* The connections of a load in a world where each call can go wrong at a given time: what becomes of them and of their
 * messages, when each is tried again, and that nobody waits for what will not come. */
#include <errno.h>

#include "fixture.h"
#include "load-in-world.h"

struct loss {
    int error, stat;
};

/* ---- no memory ---- */

/** It is tried again after 10 ms; the other connection is served meanwhile. */
START_TEST(a_receive_without_memory_is_made_again)
{
    begin_count(2, 1, 0, 4);
    world_peer(0)->receives[0] = -ENOMEM;
    world_peer(1)->echo_ns = 9 * WORLD_MS;
    run();
    assert_at(WORLD_RECEIVE, 0, WORLD_ECHO_NS);
    ck_assert_int_eq(world_nth(WORLD_RECEIVE, 1)->peer, 1);
    assert_at(WORLD_RECEIVE, 2, 11 * WORLD_MS);
    assert_whole(2, 4);
    end();
}
END_TEST

static const int64_t wants[] = {-ENOMEM, -ENOBUFS};

/** What had left before comes back; nothing is received or sent meanwhile. */
START_TEST(a_send_without_memory_is_made_again)
{
    begin_count(1, 1, 0, 2);
    world_peer(0)->sends[0] = wants[_i];
    run();
    assert_at(WORLD_SEND, 0, 0);
    assert_at(WORLD_SEND, 1, 11 * WORLD_MS);
    ck_assert_int_eq(world_count(WORLD_SEND), 3);
    assert_whole(1, 2);
    end();
}
END_TEST

/** The second one to starve does not keep the first waiting. */
START_TEST(each_is_tried_again_when_the_first_is)
{
    begin_count(2, 1, 0, 2);
    world_peer(0)->sends[0] = -ENOMEM;
    world_peer(1)->receives[0] = -ENOMEM;
    world_peer(1)->echo_ns = 5 * WORLD_MS;
    run();
    assert_at(WORLD_RECEIVE, 0, 5 * WORLD_MS);
    ck_assert_int_eq(world_nth(WORLD_RECEIVE, 2)->peer, 1);
    assert_at(WORLD_RECEIVE, 2, 11 * WORLD_MS);
    assert_whole(2, 2);
    end();
}
END_TEST

/** A message that becomes due on a connection that starves waits for it. */
START_TEST(a_message_that_is_due_waits_for_the_memory)
{
    begin_count(1, 8, 0, 3);
    ck_assert_int_eq(se_load_set_rate(load, 1000), 0);
    world_peer(0)->sends[0] = -ENOBUFS;
    run();
    ck_assert_int_eq(world_count(WORLD_SEND), 2);
    ck_assert_int_ge(world_nth(WORLD_SEND, 1)->at_ns, 10 * WORLD_MS);
    ck_assert_int_lt(world_nth(WORLD_SEND, 1)->at_ns, 12 * WORLD_MS);
    assert_whole(1, 3);
    end();
}
END_TEST

/** In the very nanosecond in which the silent one falls due the other one has sent, which took its time: one look later
 * the silent one is given up, and not a millisecond. */
START_TEST(a_connection_that_falls_due_while_another_sends_is_given_up)
{
    begin_count(2, 1, 0, 4);
    ck_assert_int_eq(se_load_set_timeout(load, 100), 0);
    world_set_send_ns(500 * WORLD_US);
    world_peer(0)->echo_ns = WORLD_NEVER;
    world_peer(1)->echo_ns = 100 * WORLD_MS;
    run();
    assert_at(WORLD_HANG_UP, 0, 101 * WORLD_MS + WORLD_LOOK_NS);
    assert_only_loss(SE_LOAD_TIMED_OUT, 1);
    assert_load_stat(load, SE_LOAD_RETURNED, 2);
    end();
}
END_TEST

/** Another event comes in the very nanosecond in which it may be tried again. */
START_TEST(a_send_is_made_again_in_the_very_nanosecond)
{
    begin_count(2, 1, 0, 2);
    world_peer(0)->sends[0] = -ENOMEM;
    world_peer(1)->echo_ns = 10 * WORLD_MS;
    run();
    ck_assert_int_eq(world_nth(WORLD_SEND, 2)->peer, 0);
    assert_at(WORLD_SEND, 2, 10 * WORLD_MS);
    assert_whole(2, 2);
    end();
}
END_TEST

/** In each run the next memory is missing, until there is enough. */
START_TEST(a_load_without_memory_says_so_and_leaves_nothing)
{
    int missing = 0;
    int result = -ENOMEM;
    while (result == -ENOMEM) {
        begin_count(1, 1, 0, 1);
        world_fail_memory(missing++);
        result = se_load_run(load, NULL, 7);
        world_fail_memory(-1);
        end();
        world_begin();
    }
    ck_assert_int_eq(result, 0);
    ck_assert_int_gt(missing, 5);
    world_end();
}
END_TEST

/* ---- no room ---- */

/** 60 bytes leave, and the rest when there is room again. It is also tried when the echo of the first has come. */
START_TEST(a_message_leaves_as_there_is_room)
{
    begin_count(1, 1, 0, 1);
    world_peer(0)->sends[0] = 60;
    world_peer(0)->sends[1] = -EAGAIN;
    world_peer(0)->jam_ns = 5 * WORLD_MS;
    run();
    ck_assert_int_eq(world_count(WORLD_SEND), 4);
    assert_at(WORLD_SEND, 2, WORLD_ECHO_NS);
    assert_at(WORLD_SEND, 3, 5 * WORLD_MS);
    ck_assert_int_eq(world_nth(WORLD_SEND, 3)->number, SIZE - 60);
    ck_assert_int_eq(world_count(WORLD_WAIT), 4);
    ck_assert_int_eq(se_load_latency_ns(load, 100), 5 * WORLD_MS + WORLD_ECHO_NS);
    assert_whole(1, 1);
    end();
}
END_TEST

START_TEST(a_connection_that_cannot_be_watched_for_room_is_lost)
{
    begin_count(1, 1, 0, 1);
    world_peer(0)->sends[0] = -EAGAIN;
    world_peer(0)->watch_error = -ENOMEM;
    run();
    assert_only_loss(SE_LOAD_NO_DESCRIPTOR, 1);
    assert_load_stat(load, SE_LOAD_UNSENT, 1);
    end();
}
END_TEST

/** The smallest step is one, and is neither an end nor a failure. */
START_TEST(a_single_byte_is_progress)
{
    begin_count(1, 1, 0, 1);
    world_peer(0)->receives[0] = 1;
    world_peer(0)->sends[0] = 1;
    run();
    assert_whole(1, 1);
    end();
}
END_TEST

/* ---- failing ---- */

static const struct loss send_losses[] = {
    {-EPIPE, SE_LOAD_SHORT},
    {-ECONNRESET, SE_LOAD_RESET},
    {-EACCES, SE_LOAD_RESET},
    {-EIO, SE_LOAD_RESET},
};

enum { SEND_LOSSES = sizeof(send_losses) / sizeof(send_losses[0]) };

/** The first message is on its way and is waited for. The second was not begun. */
START_TEST(what_is_out_comes_back_although_a_send_failed)
{
    begin_count(1, 2, 0, 2);
    ck_assert_int_eq(se_load_set_rate(load, 10000), 0);
    world_peer(0)->sends[1] = send_losses[_i].error;
    run();
    assert_only_loss(send_losses[_i].stat, 1);
    assert_load_stat(load, SE_LOAD_SENT, 1);
    assert_load_stat(load, SE_LOAD_RETURNED, 1);
    assert_load_stat(load, SE_LOAD_UNSENT, 1);
    ck_assert_int_eq(world_count(WORLD_SEND), 2);
    ck_assert_int_eq(world_count(WORLD_FINISH), 0);
    assert_at(WORLD_HANG_UP, 0, WORLD_ECHO_NS);
    end();
}
END_TEST

/** Nothing is out: there is nothing to wait for. */
START_TEST(a_first_send_that_fails_loses_the_connection_at_once)
{
    begin_count(1, 1, 0, 2);
    world_peer(0)->sends[0] = send_losses[_i].error;
    run();
    assert_only_loss(send_losses[_i].stat, 1);
    assert_load_stat(load, SE_LOAD_SENT, 0);
    assert_load_stat(load, SE_LOAD_UNSENT, 2);
    assert_at(WORLD_HANG_UP, 0, 0);
    end();
}
END_TEST

/** What the kernel said of the send says more than the end that follows. */
START_TEST(an_end_after_a_send_that_failed_is_told_as_the_failure)
{
    begin_count(1, 2, 0, 2);
    ck_assert_int_eq(se_load_set_rate(load, 10000), 0);
    world_peer(0)->sends[1] = -EACCES;
    world_peer(0)->echo_ns = WORLD_NEVER;
    world_peer(0)->close_ns = 5 * WORLD_MS;
    run();
    assert_only_loss(SE_LOAD_RESET, 1);
    assert_load_stat(load, SE_LOAD_LOST, 1);
    assert_at(WORLD_HANG_UP, 0, 5 * WORLD_MS);
    end();
}
END_TEST

/** Somebody else has closed the descriptor: nobody asks it for anything more, nor closes it. */
START_TEST(a_descriptor_that_is_gone_is_left_alone)
{
    begin_count(1, 1, 0, 1);
    world_peer(0)->sends[0] = -EBADF;
    world_peer(0)->echo_ns = WORLD_NEVER;
    run();
    assert_only_loss(SE_LOAD_RESET, 1);
    ck_assert_int_eq(world_count(WORLD_HANG_UP), 0);
    ck_assert_int_eq(world_count(WORLD_RECEIVE), 0);
    world_forget(0);
    end();
}
END_TEST

START_TEST(an_end_before_all_is_back_is_told)
{
    begin_count(1, 2, 0, 4);
    world_peer(0)->echo_ns = WORLD_NEVER;
    world_peer(0)->close_ns = 2 * WORLD_MS;
    run();
    assert_only_loss(SE_LOAD_SHORT, 1);
    assert_load_stat(load, SE_LOAD_LOST, 2);
    assert_load_stat(load, SE_LOAD_UNSENT, 2);
    assert_at(WORLD_HANG_UP, 0, 2 * WORLD_MS);
    end();
}
END_TEST

START_TEST(a_receive_that_fails_loses_the_connection)
{
    begin_count(1, 2, 0, 4);
    world_peer(0)->receives[0] = -ECONNRESET;
    run();
    assert_only_loss(SE_LOAD_RESET, 1);
    assert_load_stat(load, SE_LOAD_LOST, 2);
    assert_at(WORLD_HANG_UP, 0, WORLD_ECHO_NS);
    end();
}
END_TEST

/** On the second connection, in its second message. */
START_TEST(a_wrong_byte_is_told_by_its_place)
{
    begin_count(2, 1, 0, 6);
    world_peer(1)->wrong_byte = SIZE + 42;
    run();
    assert_only_loss(SE_LOAD_MISMATCH, 1);
    assert_load_stat(load, SE_LOAD_MISMATCH_CONNECTION, 1);
    assert_load_stat(load, SE_LOAD_MISMATCH_AT, SIZE + 41);
    assert_load_stat(load, SE_LOAD_RETURNED, 3 + 1);
    assert_load_stat(load, SE_LOAD_LOST, 1);
    assert_load_stat(load, SE_LOAD_UNSENT, 1);
    end();
}
END_TEST

/* ---- ending ---- */

/** There is no connection any more; the end is there to be received. */
START_TEST(a_half_close_that_comes_too_late_is_none_the_worse)
{
    begin_count(1, 1, 0, 1);
    world_peer(0)->finish_error = -ENOTCONN;
    run();
    assert_whole(1, 1);
    assert_at(WORLD_HANG_UP, 0, WORLD_ECHO_NS + WORLD_END_NS);
    end();
}
END_TEST

START_TEST(a_half_close_that_fails_loses_the_connection)
{
    begin_count(1, 1, 0, 1);
    world_peer(0)->finish_error = -ENOBUFS;
    run();
    assert_only_loss(SE_LOAD_NO_DESCRIPTOR, 1);
    assert_load_stat(load, SE_LOAD_RETURNED, 1);
    assert_at(WORLD_HANG_UP, 0, WORLD_ECHO_NS);
    end();
}
END_TEST

/** Its time counts from the half-close: 800 ms after the beginning, and 1005 ms later. */
START_TEST(a_peer_without_an_end_is_given_up_in_time)
{
    begin_count(1, 1, 0, 1);
    world_peer(0)->echo_ns = 800 * WORLD_MS;
    world_peer(0)->end_ns = WORLD_NEVER;
    run();
    assert_only_loss(SE_LOAD_TIMED_OUT, 1);
    assert_load_stat(load, SE_LOAD_RETURNED, 1);
    assert_load_stat(load, SE_LOAD_LOST, 0);
    assert_at(WORLD_HANG_UP, 0, INT64_C(1805) * WORLD_MS + WORLD_LOOK_NS);
    end();
}
END_TEST

/** The same for one that had rested when a stop ended it. */
START_TEST(a_peer_without_an_end_has_its_whole_time)
{
    begin_duration(1, 1, 1, 3600000);
    world_peer(0)->end_ns = WORLD_NEVER;
    stop_at(600 * WORLD_MS);
    run();
    assert_only_loss(SE_LOAD_TIMED_OUT, 1);
    assert_at(WORLD_FINISH, 0, 600 * WORLD_MS);
    assert_at(WORLD_HANG_UP, 0, INT64_C(1605) * WORLD_MS + WORLD_LOOK_NS);
    end();
}
END_TEST

/** Whoever is owed nothing is not given up, however long it rests: its messages are 3 s apart. */
START_TEST(a_connection_that_is_owed_nothing_is_kept)
{
    begin_count(6, 1, 0, 12);
    ck_assert_int_eq(se_load_set_rate(load, 2), 0);
    run();
    assert_whole(6, 12);
    ck_assert_int_ge(world_nth(WORLD_SEND, 11)->at_ns, INT64_C(5500) * WORLD_MS);
    end();
}
END_TEST

/** A message's time counts from when it left: 1.5 s after the one before, on a connection that had rested. */
START_TEST(a_message_has_its_whole_time_after_a_rest)
{
    begin_count(1, 1, 0, 2);
    ck_assert_int_eq(se_load_set_timeout(load, 900), 0);
    ck_assert_int_eq(se_load_set_rate(load, 1), 0);
    world_peer(0)->echo_ns = 800 * WORLD_MS;
    run();
    assert_whole(1, 2);
    assert_load_stat(load, SE_LOAD_LATE_MAX_NS, WORLD_US);
    end();
}
END_TEST

/** Each byte of an echo gives the next one its whole time. */
START_TEST(a_connection_that_gets_some_of_its_echo_is_kept)
{
    begin_count(1, 1, 0, 1);
    for (int i = 0; i < 4; i++)
        world_peer(0)->sends[2 * i] = SIZE / 5, world_peer(0)->sends[2 * i + 1] = -EAGAIN;
    world_peer(0)->jam_ns = 700 * WORLD_MS;
    run();
    assert_whole(1, 1);
    ck_assert_int_eq(se_load_latency_ns(load, 100), INT64_C(2800) * WORLD_MS + WORLD_ECHO_NS);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connections of a load in their world");
    TCase *tcase = fixture_add_tcase(suite, "connections");
    tcase_add_checked_fixture(tcase, world_begin, NULL);
    tcase_add_test(tcase, a_receive_without_memory_is_made_again);
    tcase_add_loop_test(tcase, a_send_without_memory_is_made_again, 0, 2);
    tcase_add_test(tcase, each_is_tried_again_when_the_first_is);
    tcase_add_test(tcase, a_message_that_is_due_waits_for_the_memory);
    tcase_add_test(tcase, a_send_is_made_again_in_the_very_nanosecond);
    tcase_add_test(tcase, a_load_without_memory_says_so_and_leaves_nothing);
    tcase_add_test(tcase, a_connection_that_falls_due_while_another_sends_is_given_up);
    tcase_add_test(tcase, a_single_byte_is_progress);
    tcase_add_test(tcase, a_message_leaves_as_there_is_room);
    tcase_add_test(tcase, a_connection_that_cannot_be_watched_for_room_is_lost);
    tcase_add_loop_test(tcase, what_is_out_comes_back_although_a_send_failed, 0, SEND_LOSSES);
    tcase_add_loop_test(tcase, a_first_send_that_fails_loses_the_connection_at_once, 0, SEND_LOSSES);
    tcase_add_test(tcase, an_end_after_a_send_that_failed_is_told_as_the_failure);
    tcase_add_test(tcase, a_descriptor_that_is_gone_is_left_alone);
    tcase_add_test(tcase, an_end_before_all_is_back_is_told);
    tcase_add_test(tcase, a_receive_that_fails_loses_the_connection);
    tcase_add_test(tcase, a_wrong_byte_is_told_by_its_place);
    tcase_add_test(tcase, a_half_close_that_comes_too_late_is_none_the_worse);
    tcase_add_test(tcase, a_half_close_that_fails_loses_the_connection);
    tcase_add_test(tcase, a_peer_without_an_end_is_given_up_in_time);
    tcase_add_test(tcase, a_peer_without_an_end_has_its_whole_time);
    tcase_add_test(tcase, a_connection_that_is_owed_nothing_is_kept);
    tcase_add_test(tcase, a_message_has_its_whole_time_after_a_rest);
    tcase_add_test(tcase, a_connection_that_gets_some_of_its_echo_is_kept);
    return fixture_run(suite);
}
