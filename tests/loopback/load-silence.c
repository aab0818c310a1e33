/* Loads against peers that say nothing: a connect or an echo that does not come is given up at the timeout, and what
 * else is under way goes on. */
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "damage.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "loads.h"
#include "peer.h"
#include "stalled.h"

enum { SIZE = 64, TIMEOUT_MS = 300, SOON_MS = 3000 };

static void run(struct se_load *load, const struct peer_step *script)
{
    struct peer *peer = peer_start(script);
    load_run(load, peer_port(peer));
    peer_end(peer);
}

static void assert_timed_out(const struct se_load *load, int connections)
{
    for (int stat = SE_LOAD_REFUSED; stat <= SE_LOAD_NO_DESCRIPTOR; stat++)
        assert_load_stat(load, stat, stat == SE_LOAD_TIMED_OUT ? connections : 0);
}

static void assert_returned_and_lost(const struct se_load *load, int64_t returned, int64_t lost)
{
    assert_load_stat(load, SE_LOAD_RETURNED, returned);
    assert_load_stat(load, SE_LOAD_LOST, lost);
    ck_assert_int_eq(se_load_count_up_to(load, INT64_MAX), returned);
}

static void assert_took_the_timeout(int64_t start_ns, int times)
{
    ck_assert_int_ge(clock_ms_since(start_ns), times * TIMEOUT_MS);
    assert_took_less_than(start_ns, times * TIMEOUT_MS + SOON_MS);
}

START_TEST(a_peer_that_never_answers_is_given_up)
{
    static const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_READ}, {0}};
    struct se_load *load = load_of_count(1, SIZE, 5, 5);
    ck_assert_int_eq(se_load_set_timeout(load, TIMEOUT_MS), 0);
    int64_t start_ns = clock_now_ns();
    run(load, script);
    assert_took_the_timeout(start_ns, 1);
    assert_timed_out(load, 1);
    assert_returned_and_lost(load, 0, 5);
    se_load_free(load);
}
END_TEST

/** Each byte comes in time, the message as a whole takes longer than the timeout. */
START_TEST(a_slow_peer_is_not_given_up)
{
    enum { BYTES = 10, LONG_MS = 1000, PAUSE_MS = LONG_MS / (BYTES - 2) };
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .chunk = 1, .pause_ms = PAUSE_MS}, {0}};
    struct se_load *load = load_of_count(1, BYTES, 1, 1);
    ck_assert_int_eq(se_load_set_timeout(load, LONG_MS), 0);
    run(load, script);
    assert_load_is_whole(load, 1, 1, BYTES);
    ck_assert_int_ge(se_load_latency_ns(load, 50), INT64_C(1000000) * LONG_MS);
    se_load_free(load);
}
END_TEST

START_TEST(a_peer_that_does_not_end_is_given_up_and_no_message_is_lost)
{
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = 10 * SIZE}, {.act = PEER_AWAIT}, {0}};
    struct se_load *load = load_of_count(1, SIZE, 2, 10);
    ck_assert_int_eq(se_load_set_timeout(load, TIMEOUT_MS), 0);
    struct peer *peer = peer_start(script);
    int64_t start_ns = clock_now_ns();
    load_run(load, peer_port(peer));
    assert_took_the_timeout(start_ns, 1);
    peer_tell(peer);
    peer_end(peer);
    assert_timed_out(load, 1);
    assert_returned_and_lost(load, 10, 0);
    se_load_free(load);
}
END_TEST

START_TEST(a_peer_that_is_silent_for_some_keeps_the_others_from_nothing)
{
    static const struct damage silence = {.kind = DAMAGE_SILENCE, .connection = 2, .offset = 3 * SIZE + 5};
    int port = 0;
    int fd = io_listen(8, 0, &port);
    ck_assert_int_ge(fd, 0);
    struct se_load *load = load_of_count(4, SIZE, 10, 40);
    ck_assert_int_eq(se_load_set_timeout(load, TIMEOUT_MS), 0);
    struct damage_peer *peer = damage_peer_start(fd, 4, 10 * SIZE, &silence, NULL);
    int64_t start_ns = clock_now_ns();
    load_run(load, port);
    assert_took_the_timeout(start_ns, 1);
    damage_peer_join(peer);
    assert_timed_out(load, 1);
    assert_returned_and_lost(load, 33, 7);
    damage_peer_free(peer);
    se_load_free(load);
    close(fd);
}
END_TEST

START_TEST(connects_that_nobody_answers_are_given_up)
{
    struct stalled_listener stalled;
    if (!stalled_begin(&stalled))
        return;
    struct se_load *load = load_of_count(7, SIZE, 1, 10);
    ck_assert_int_eq(se_load_set_timeout(load, TIMEOUT_MS), 0);
    int64_t start_ns = clock_now_ns();
    load_run(load, stalled.port);
    assert_took_the_timeout(start_ns, 1);
    assert_timed_out(load, 7);
    assert_load_stat(load, SE_LOAD_CONNECTED, 0);
    stalled_end(&stalled);
    se_load_free(load);
}
END_TEST

/** A queue of one: the first connect is answered, and then nobody accepts it. */
START_TEST(further_connects_that_nobody_answers_are_given_up)
{
    int port = 0;
    int fd = io_listen(0, 0, &port);
    ck_assert_int_ge(fd, 0);
    struct se_load *load = load_of_count(3, SIZE, 1, 3);
    ck_assert_int_eq(se_load_set_timeout(load, TIMEOUT_MS), 0);
    ck_assert_int_eq(se_load_set_threads(load, 1 + _i), 0);
    int64_t start_ns = clock_now_ns();
    load_run(load, port);
    assert_took_the_timeout(start_ns, 2);
    assert_timed_out(load, 3);
    assert_load_stat(load, SE_LOAD_CONNECTED, 1);
    assert_returned_and_lost(load, 0, 1);
    assert_load_stat(load, SE_LOAD_UNSENT, 2);
    se_load_free(load);
    close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("silent peers of a load");
    TCase *tcase = fixture_add_tcase(suite, "silence");
    tcase_add_test(tcase, a_peer_that_never_answers_is_given_up);
    tcase_add_test(tcase, a_slow_peer_is_not_given_up);
    tcase_add_test(tcase, a_peer_that_does_not_end_is_given_up_and_no_message_is_lost);
    tcase_add_test(tcase, a_peer_that_is_silent_for_some_keeps_the_others_from_nothing);
    tcase_add_test(tcase, connects_that_nobody_answers_are_given_up);
    tcase_add_loop_test(tcase, further_connects_that_nobody_answers_are_given_up, 0, 2);
    return fixture_run(suite);
}
