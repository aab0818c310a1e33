/* How the connections of a load come to stand, in a world where each connect takes its time and can fail: how many are
 * under way, how each failure is told, and for how long one is waited for. */
#include <errno.h>

#include "fixture.h"
#include "load-in-world.h"

/* ---- connecting ---- */

START_TEST(so_many_connects_are_under_way_at_the_same_time)
{
    enum { CONNECTIONS = 300, AT_ONCE = 128 };
    begin_count(CONNECTIONS, 1, 0, CONNECTIONS);
    for (int i = 1; i < CONNECTIONS; i++)
        world_peer(i)->connect_ns = WORLD_MS;
    run();
    ck_assert_int_eq(world_connecting_max(), AT_ONCE);
    ck_assert_int_eq(world_count_before(WORLD_CONNECT, WORLD_WAIT, 0), 1 + AT_ONCE);
    assert_at(WORLD_SEND, 0, 3 * WORLD_MS);
    assert_whole(CONNECTIONS, CONNECTIONS);
    end();
}
END_TEST

struct loss {
    int error, stat;
};

static const struct loss connect_losses[] = {
    {-EAGAIN, SE_LOAD_NO_PORT},        {-EADDRNOTAVAIL, SE_LOAD_NO_PORT}, {-ECONNREFUSED, SE_LOAD_REFUSED},
    {-ENETUNREACH, SE_LOAD_REFUSED},   {-EMFILE, SE_LOAD_NO_DESCRIPTOR},  {-ENFILE, SE_LOAD_NO_DESCRIPTOR},
    {-ENOBUFS, SE_LOAD_NO_DESCRIPTOR}, {-ENOMEM, SE_LOAD_NO_DESCRIPTOR},  {-ENOSPC, SE_LOAD_NO_DESCRIPTOR},
    {-ETIMEDOUT, SE_LOAD_TIMED_OUT},   {-EINTR, SE_LOAD_REFUSED},         {-ECONNRESET, SE_LOAD_RESET},
};

enum { CONNECT_LOSSES = sizeof(connect_losses) / sizeof(connect_losses[0]) };

/** The messages of the other connections are made, and those of this one are told. */
START_TEST(a_connection_that_cannot_begin_is_told_by_its_kind)
{
    begin_count(3, 1, 0, 6);
    world_peer(1)->connect_error = connect_losses[_i].error;
    run();
    assert_only_loss(connect_losses[_i].stat, 1);
    assert_load_stat(load, SE_LOAD_CONNECTED, 2);
    assert_load_stat(load, SE_LOAD_RETURNED, 4);
    assert_load_stat(load, SE_LOAD_UNSENT, 2);
    end();
}
END_TEST

START_TEST(a_connect_that_fails_is_told_by_its_kind)
{
    begin_count(3, 1, 0, 6);
    world_peer(1)->connect_ns = WORLD_MS;
    world_peer(1)->connect_end = connect_losses[_i].error == -EAGAIN ? -ECONNREFUSED : connect_losses[_i].error;
    run();
    assert_only_loss(connect_losses[_i].error == -EAGAIN ? SE_LOAD_REFUSED : connect_losses[_i].stat, 1);
    assert_load_stat(load, SE_LOAD_CONNECTED, 2);
    assert_load_stat(load, SE_LOAD_RETURNED, 4);
    assert_at(WORLD_SEND, 0, WORLD_MS);
    end();
}
END_TEST

/** As if it could not be opened; the first one has been connected already. */
START_TEST(a_connection_that_cannot_be_watched_is_lost)
{
    begin_count(2, 1, 0, 4);
    world_peer(_i)->connect_ns = WORLD_MS;
    world_peer(_i)->first_watch_error = -ENOSPC;
    run();
    assert_only_loss(SE_LOAD_NO_DESCRIPTOR, 1);
    assert_load_stat(load, SE_LOAD_RETURNED, 2);
    assert_load_stat(load, SE_LOAD_UNSENT, 2);
    end();
}
END_TEST

/** 1000 ms, three of slack, one more for the list and the one that has begun. */
START_TEST(a_connect_without_an_end_is_given_up_in_time)
{
    begin_count(2, 1, 0, 2);
    world_peer(1)->connect_ns = WORLD_NEVER;
    run();
    assert_only_loss(SE_LOAD_TIMED_OUT, 1);
    assert_load_stat(load, SE_LOAD_RETURNED, 1);
    assert_at(WORLD_HANG_UP, 0, INT64_C(1005) * WORLD_MS + WORLD_LOOK_NS);
    ck_assert_int_eq(world_nth(WORLD_HANG_UP, 0)->peer, 1);
    end();
}
END_TEST

/** What connects has nothing in flight that could be waited for. */
START_TEST(a_stop_gives_up_what_still_connects)
{
    begin_count(2, 1, 0, 2);
    world_peer(1)->connect_ns = WORLD_NEVER;
    stop_at(20 * WORLD_MS);
    run();
    assert_only_loss(-1, 0);
    assert_load_stat(load, SE_LOAD_SENT, 0);
    assert_at(WORLD_HANG_UP, 0, 20 * WORLD_MS);
    end();
}
END_TEST

START_TEST(a_stop_lets_no_further_connect_begin)
{
    enum { CONNECTIONS = 300, AT_ONCE = 128 };
    begin_count(CONNECTIONS, 1, 0, CONNECTIONS);
    for (int i = 1; i < CONNECTIONS; i++)
        world_peer(i)->connect_ns = WORLD_NEVER;
    stop_at(20 * WORLD_MS);
    run();
    ck_assert_int_eq(world_count(WORLD_CONNECT), 1 + AT_ONCE);
    assert_only_loss(-1, 0);
    end();
}
END_TEST

/* ---- the first connection ---- */

/** It is looked at every 50 ms, because a stop wakes nobody up yet. */
START_TEST(the_first_connect_is_given_up_in_time)
{
    begin_count(3, 1, 0, 3);
    ck_assert_int_eq(se_load_set_timeout(load, 151), 0);
    world_peer(0)->connect_ns = WORLD_NEVER;
    run();
    assert_only_loss(SE_LOAD_TIMED_OUT, 3);
    assert_at(WORLD_ABORT, 0, 151 * WORLD_MS);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(world_nth(WORLD_WAIT, i)->number, i < 3 ? 50 : 1);
    ck_assert_int_eq(world_count(WORLD_WAIT), 4);
    end();
}
END_TEST

START_TEST(the_first_connect_may_take_for_ever)
{
    begin_count(1, 1, 0, 1);
    ck_assert_int_eq(se_load_set_timeout(load, SE_TIMEOUT_NONE), 0);
    world_peer(0)->connect_ns = 130 * WORLD_MS;
    run();
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(world_nth(WORLD_WAIT, i)->number, 50);
    assert_at(WORLD_SEND, 0, 130 * WORLD_MS);
    assert_whole(1, 1);
    end();
}
END_TEST

/** Nobody can be reached: then it is told of all of them. Want of descriptors and memory is a failure of the run. */
START_TEST(the_first_connect_tells_of_all)
{
    const struct loss *loss = &connect_losses[_i];
    bool is_failure = loss->error == -EMFILE || loss->error == -ENFILE || loss->error == -ENOMEM;
    begin_count(3, 1, 0, 3);
    world_peer(0)->connect_error = loss->error;
    ck_assert_int_eq(se_load_run(load, NULL, 7), is_failure ? loss->error : 0);
    assert_only_loss(loss->stat, is_failure ? 0 : 3);
    ck_assert_int_eq(world_count(WORLD_CONNECT), 1);
    end();
}
END_TEST

START_TEST(a_stop_gives_up_the_first_connect)
{
    begin_count(3, 1, 0, 3);
    world_peer(0)->connect_ns = WORLD_NEVER;
    stop_at(70 * WORLD_MS);
    run();
    assert_only_loss(-1, 0);
    assert_at(WORLD_ABORT, 0, 100 * WORLD_MS);
    ck_assert_int_eq(world_count(WORLD_SEND), 0);
    end();
}
END_TEST

struct wait_failure {
    int error;
    int64_t sent_at_ns; /**< of the one message; WORLD_NEVER: the connection is lost */
};

static const struct wait_failure wait_failures[] = {
    {-EINTR, 30 * WORLD_MS},
    {-ENOMEM, 50 * WORLD_MS},
    {-EBADF, WORLD_NEVER},
};

/** A signal is nothing, and want of memory passes: a while later it is looked at again. */
START_TEST(a_wait_for_the_first_connect_may_fail)
{
    const struct wait_failure *failure = &wait_failures[_i];
    begin_count(1, 1, 0, 1);
    world_peer(0)->connect_ns = 30 * WORLD_MS;
    world_peer(0)->connect_wait_error = failure->error;
    run();
    if (failure->sent_at_ns == WORLD_NEVER) {
        assert_only_loss(SE_LOAD_REFUSED, 1);
    } else {
        assert_at(WORLD_SEND, 0, failure->sent_at_ns);
        assert_whole(1, 1);
    }
    end();
}
END_TEST

START_TEST(the_first_connect_is_used_as_soon_as_it_stands)
{
    begin_count(1, 1, 0, 1);
    world_peer(0)->connect_ns = 30 * WORLD_MS;
    run();
    assert_at(WORLD_SEND, 0, 30 * WORLD_MS);
    ck_assert_int_eq(world_count(WORLD_CONNECT), 1);
    assert_whole(1, 1);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connects of a load");
    TCase *tcase = fixture_add_tcase(suite, "connects");
    tcase_add_checked_fixture(tcase, world_begin, NULL);
    tcase_add_test(tcase, so_many_connects_are_under_way_at_the_same_time);
    tcase_add_loop_test(tcase, a_connection_that_cannot_begin_is_told_by_its_kind, 0, CONNECT_LOSSES);
    tcase_add_loop_test(tcase, a_connect_that_fails_is_told_by_its_kind, 0, CONNECT_LOSSES);
    tcase_add_loop_test(tcase, a_connection_that_cannot_be_watched_is_lost, 0, 2);
    tcase_add_test(tcase, a_connect_without_an_end_is_given_up_in_time);
    tcase_add_test(tcase, a_stop_gives_up_what_still_connects);
    tcase_add_test(tcase, a_stop_lets_no_further_connect_begin);
    tcase_add_test(tcase, the_first_connect_is_given_up_in_time);
    tcase_add_test(tcase, the_first_connect_may_take_for_ever);
    tcase_add_loop_test(tcase, the_first_connect_tells_of_all, 0, CONNECT_LOSSES);
    tcase_add_test(tcase, a_stop_gives_up_the_first_connect);
    tcase_add_loop_test(tcase, a_wait_for_the_first_connect_may_fail, 0, 3);
    tcase_add_test(tcase, the_first_connect_is_used_as_soon_as_it_stands);
    return fixture_run(suite);
}
