/* What a load tells of its time, to the nanosecond: how much of it was work, how long each interval was, and what is in
 * it; and how much memory it took. Time is that of load-world.h. */
#include <errno.h>

#include "fixture.h"
#include "load-in-world.h"

static int64_t sum_of_latencies_ns(void)
{
    return se_load_latency_mean_ns(load) * se_load_stat(load, SE_LOAD_RETURNED);
}

/** Three at a time on each of two: each was due two or three messages before its echo came. */
START_TEST(messages_in_flight_have_each_their_own_time)
{
    const int64_t echo_ns = 5 * WORLD_MS + 500 * WORLD_US;
    begin_count(2, 3, 1000, 18);
    world_peer(0)->echo_ns = world_peer(1)->echo_ns = echo_ns;
    run();
    assert_whole(2, 18);
    ck_assert_int_eq(se_load_latency_ns(load, 0), echo_ns);
    ck_assert_int_eq(se_load_latency_ns(load, 100), echo_ns + WORLD_US);
    end();
}
END_TEST

START_TEST(echoes_that_come_together_have_each_their_own_time)
{
    begin_count(1, 4, 1000, 4);
    world_peer(0)->silent_ns = 10 * WORLD_MS;
    run();
    assert_whole(1, 4);
    ck_assert_int_eq(se_load_latency_ns(load, 0), 7 * WORLD_MS);
    ck_assert_int_eq(se_load_latency_ns(load, 100), 10 * WORLD_MS);
    ck_assert_int_eq(sum_of_latencies_ns(), (10 + 9 + 8 + 7) * WORLD_MS);
    ck_assert_int_eq(world_count(WORLD_RECEIVE), 2);
    end();
}
END_TEST

/** Four leave together; two and a half come back, and then the rest. */
START_TEST(messages_that_left_together_may_come_back_in_parts)
{
    begin_count(1, 4, 0, 4);
    world_peer(0)->receives[0] = 2 * SIZE + SIZE / 2;
    world_peer(0)->receives[1] = SIZE;
    run();
    assert_whole(1, 4);
    assert_load_stat(load, SE_LOAD_RETURNED, 4);
    ck_assert_int_eq(se_load_latency_ns(load, 0), WORLD_ECHO_NS);
    ck_assert_int_eq(se_load_latency_ns(load, 100), WORLD_ECHO_NS);
    ck_assert_int_eq(world_count(WORLD_RECEIVE), 4);
    end();
}
END_TEST

/** The connection counts; the messages that were lost with it are none of the measurement. */
START_TEST(what_is_lost_in_the_warm_up_is_not_measured)
{
    begin_duration(1, 4, 0, 100);
    ck_assert_int_eq(se_load_set_warmup(load, 50), 0);
    world_peer(0)->receives[1] = -ECONNRESET;
    run();
    assert_only_loss(SE_LOAD_RESET, 1);
    assert_load_stat(load, SE_LOAD_WARMUP, 4);
    assert_load_stat(load, SE_LOAD_SENT, 0);
    assert_load_stat(load, SE_LOAD_LOST, 0);
    end();
}
END_TEST

/** Each send takes 950 us of the millisecond that a message has; all else is waiting. */
START_TEST(busy_share_is_the_time_that_was_not_waited)
{
    begin_count(1, 1, 1000, 20);
    world_set_send_ns(950 * WORLD_US);
    run();
    assert_whole(1, 20);
    assert_load_stat(load, SE_LOAD_BUSY_PERMILLE, 950);
    end();
}
END_TEST

enum { CALLS_MAX = 16 };

struct heard {
    int calls;
    int64_t at_ns[CALLS_MAX], elapsed_ns[CALLS_MAX], busy[CALLS_MAX], sent[CALLS_MAX];
};

static void hear(const struct se_load *interval, void *user_data)
{
    struct heard *heard = user_data;
    ck_assert_int_lt(heard->calls, CALLS_MAX);
    heard->at_ns[heard->calls] = world_now_ns();
    heard->elapsed_ns[heard->calls] = se_load_stat(interval, SE_LOAD_ELAPSED_NS);
    heard->busy[heard->calls] = se_load_stat(interval, SE_LOAD_BUSY_PERMILLE);
    heard->sent[heard->calls++] = se_load_stat(interval, SE_LOAD_SENT);
}

enum { SEND_US = 100 };

/** What was heard of one interval, where each send takes 100 us and everything else is waiting. */
static void assert_heard(const struct heard *heard, int nth, int64_t at_us, int64_t elapsed_us, int64_t sent)
{
    ck_assert_int_lt(nth, heard->calls);
    ck_assert_int_eq(heard->at_ns[nth], at_us * WORLD_US);
    ck_assert_int_eq(heard->elapsed_ns[nth], elapsed_us * WORLD_US);
    ck_assert_int_eq(heard->sent[nth], sent);
    ck_assert_int_eq(heard->busy[nth], sent * SEND_US * 1000 / elapsed_us);
}

/** The message of the 15th millisecond is a microsecond late and takes 100; so the first interval is longer. The last
 * one ends with the measurement, at 30 ms, though all is back before. */
START_TEST(intervals_begin_where_the_former_ended)
{
    struct heard heard = {0};
    begin_duration(1, 1, 1000, 25);
    ck_assert_int_eq(se_load_set_callback(load, 10, hear, &heard), 0);
    ck_assert_int_eq(se_load_set_warmup(load, 5), 0);
    world_set_send_ns(SEND_US * WORLD_US);
    run();
    ck_assert_int_eq(heard.calls, 3);
    assert_heard(&heard, 0, 15101, 10101, 11);
    assert_heard(&heard, 1, 25101, 10000, 10);
    assert_heard(&heard, 2, 29311, 4899, 4);
    assert_load_stat(load, SE_LOAD_WARMUP, 5);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, 25 * WORLD_MS);
    assert_load_stat(load, SE_LOAD_BUSY_PERMILLE, 30 * SEND_US / 30);
    end();
}
END_TEST

/** Nothing else happens then: the load waits for the end of each, wakes up a millisecond later, and keeps its times. */
START_TEST(intervals_without_an_event_are_told_of)
{
    struct heard heard = {0};
    begin_count(1, 1, 0, 1);
    ck_assert_int_eq(se_load_set_callback(load, 10, hear, &heard), 0);
    world_set_send_ns(SEND_US * WORLD_US);
    world_peer(0)->echo_ns = 35 * WORLD_MS;
    run();
    ck_assert_int_eq(heard.calls, 4);
    assert_whole(1, 1);
    assert_heard(&heard, 0, 11000 + SEND_US, 11000 + SEND_US, 1);
    for (int i = 1; i < 3; i++)
        assert_heard(&heard, i, 11000 + SEND_US + i * 10000, 10000, 0);
    ck_assert_int_eq(world_count(WORLD_WAIT), 5);
    end();
}
END_TEST

/** In the very nanosecond in which the interval ends an echo comes: it belongs to it, and nobody looks once more. */
START_TEST(interval_ends_in_its_very_nanosecond)
{
    struct heard heard = {0};
    begin_count(1, 1, 0, 2);
    ck_assert_int_eq(se_load_set_callback(load, 10, hear, &heard), 0);
    world_peer(0)->echo_ns = 10 * WORLD_MS;
    run();
    ck_assert_int_eq(heard.calls, 2);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(heard.at_ns[i], (i + 1) * 10 * WORLD_MS);
        ck_assert_int_eq(heard.elapsed_ns[i], 10 * WORLD_MS);
        ck_assert_int_eq(heard.sent[i], 2 - 2 * i);
    }
    ck_assert_int_eq(world_count(WORLD_WAIT), 3);
    end();
}
END_TEST

/** The only connection is lost so soon that no time, or a nanosecond, has passed. */
START_TEST(interval_of_no_time_has_no_share_of_it)
{
    struct heard heard = {0};
    begin_count(1, 1, 0, 1);
    ck_assert_int_eq(se_load_set_callback(load, 10, hear, &heard), 0);
    world_peer(0)->sends[0] = _i ? -EPIPE : -EMFILE;
    world_set_send_ns(_i);
    run();
    ck_assert_int_eq(heard.calls, 1);
    ck_assert_int_eq(heard.elapsed_ns[0], 0);
    ck_assert_int_eq(heard.busy[0], 0);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, 0);
    assert_load_stat(load, SE_LOAD_BUSY_PERMILLE, 1000 * _i);
    end();
}
END_TEST

START_TEST(interval_of_a_nanosecond_is_one)
{
    struct heard heard = {0};
    begin_count(1, 1, 0, 1);
    ck_assert_int_eq(se_load_set_callback(load, 10, hear, &heard), 0);
    world_peer(0)->echo_ns = 1;
    world_peer(0)->end_ns = 0;
    run();
    ck_assert_int_eq(heard.calls, 1);
    ck_assert_int_eq(heard.elapsed_ns[0], 1);
    ck_assert_int_eq(heard.busy[0], 0);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, 1);
    end();
}
END_TEST

static int64_t memory_of(int connections, int depth)
{
    begin_count(connections, depth, 0, 1);
    run();
    int64_t bytes = se_load_stat(load, SE_LOAD_MEMORY_BYTES);
    end();
    world_begin();
    return bytes;
}

START_TEST(memory_is_that_of_each_connection_and_its_window)
{
    int64_t window = sizeof(int64_t);
    int64_t connection = memory_of(1, 1) - window;
    ck_assert_int_gt(connection, 0);
    ck_assert_int_eq(memory_of(3, 1), 3 * (connection + window));
    ck_assert_int_eq(memory_of(3, 5), 3 * (connection + 5 * window));
    world_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("what a load tells of its time");
    TCase *tcase = fixture_add_tcase(suite, "figures");
    tcase_add_checked_fixture(tcase, world_begin, NULL);
    tcase_add_test(tcase, messages_in_flight_have_each_their_own_time);
    tcase_add_test(tcase, echoes_that_come_together_have_each_their_own_time);
    tcase_add_test(tcase, messages_that_left_together_may_come_back_in_parts);
    tcase_add_test(tcase, what_is_lost_in_the_warm_up_is_not_measured);
    tcase_add_test(tcase, busy_share_is_the_time_that_was_not_waited);
    tcase_add_test(tcase, intervals_begin_where_the_former_ended);
    tcase_add_test(tcase, intervals_without_an_event_are_told_of);
    tcase_add_test(tcase, interval_ends_in_its_very_nanosecond);
    tcase_add_loop_test(tcase, interval_of_no_time_has_no_share_of_it, 0, 2);
    tcase_add_test(tcase, interval_of_a_nanosecond_is_one);
    tcase_add_test(tcase, memory_is_that_of_each_connection_and_its_window);
    return fixture_run(suite);
}
