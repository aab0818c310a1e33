/* Loads against peers that reset, end early, say too much, or answer before they were asked: what is lost, and what it
 * counts as. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "damage.h"
#include "endpoints.h"
#include "fixture.h"
#include "io.h"
#include "loads.h"
#include "peer.h"

enum { SIZE = 64, SOON_MS = 3000, RECORDED = 20 * SIZE };

/** What a load of messages of SIZE bytes sends on its first connection, with the default seed. */
static uint8_t recorded[RECORDED];

static void run(struct se_load *load, const struct peer_step *script)
{
    struct peer *peer = peer_start(script);
    load_run(load, peer_port(peer));
    peer_end(peer);
}

/** Asserts that one connection was lost, and of which kind. */
static void assert_one_lost(const struct se_load *load, int kind)
{
    for (int stat = SE_LOAD_REFUSED; stat <= SE_LOAD_NO_DESCRIPTOR; stat++)
        assert_load_stat(load, stat, stat == kind);
}

static void assert_returned_and_lost(const struct se_load *load, int64_t returned, int64_t lost)
{
    assert_load_stat(load, SE_LOAD_RETURNED, returned);
    assert_load_stat(load, SE_LOAD_LOST, lost);
    ck_assert_int_eq(se_load_count_up_to(load, INT64_MAX), returned);
}

/* ---- recorded streams ---- */

static struct damage_peer *record(uint64_t seed, int64_t size_bytes, int64_t messages)
{
    static const struct damage none = {.kind = DAMAGE_NONE};
    int port = 0;
    int fd = io_listen(4, 0, &port);
    ck_assert_int_ge(fd, 0);
    struct se_load *load = load_of_count(1, size_bytes, 4, messages);
    ck_assert_int_eq(se_load_set_seed(load, seed), 0);
    struct damage_peer *peer = damage_peer_start(fd, 1, (size_t)(size_bytes * messages), &none, NULL);
    load_run(load, port);
    damage_peer_join(peer);
    assert_load_is_whole(load, 1, messages, size_bytes);
    se_load_free(load);
    close(fd);
    return peer;
}

static void record_the_default_seed(void)
{
    size_t length = 0;
    struct damage_peer *peer = record(1, SIZE, RECORDED / SIZE);
    const uint8_t *bytes = damage_peer_received(peer, 0, &length);
    ck_assert_uint_eq(length, RECORDED);
    memcpy(recorded, bytes, RECORDED);
    damage_peer_free(peer);
}

static int compare_recorded(uint64_t seed, int64_t size_bytes, int64_t messages)
{
    size_t length = 0;
    struct damage_peer *peer = record(seed, size_bytes, messages);
    const uint8_t *bytes = damage_peer_received(peer, 0, &length);
    ck_assert_uint_eq(length, RECORDED);
    int difference = memcmp(bytes, recorded, RECORDED);
    damage_peer_free(peer);
    return difference;
}

START_TEST(the_same_seed_sends_the_same_bytes_in_messages_of_any_size)
{
    record_the_default_seed();
    ck_assert_int_eq(compare_recorded(1, SIZE, RECORDED / SIZE), 0);
    ck_assert_int_eq(compare_recorded(1, 10, RECORDED / 10), 0);
    ck_assert_int_ne(compare_recorded(2, SIZE, RECORDED / SIZE), 0);
}
END_TEST

/* ---- resets ---- */

START_TEST(a_reset_before_the_answer_is_told)
{
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_READ, .count = SIZE}, {.act = PEER_RESET}, {0}};
    struct se_load *load = load_of_count(1, SIZE, 4, 4);
    run(load, script);
    assert_one_lost(load, SE_LOAD_RESET);
    assert_load_stat(load, SE_LOAD_SENT, 4);
    assert_returned_and_lost(load, 0, 4);
    se_load_free(load);
}
END_TEST

/** The reset arrives while the load sends, waits or receives: whichever call hears of it, it is a reset. */
START_TEST(a_reset_at_any_time_is_told_as_a_reset)
{
    enum { ROUNDS = 30, MESSAGES = 100000, ECHOED = 31 };
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = ECHOED * SIZE}, {.act = PEER_RESET}, {0}};
    struct se_load *load = load_of_count(1, SIZE, _i % 2 ? 16 : 1, MESSAGES);
    ck_assert_int_eq(se_load_set_rate(load, _i < 2 ? 0 : 50000), 0);
    for (int round = 0; round < ROUNDS; round++) {
        run(load, script);
        assert_one_lost(load, SE_LOAD_RESET);
        assert_load_stat_between(load, SE_LOAD_RETURNED, 0, ECHOED);
        assert_load_stat(load, SE_LOAD_LOST, se_load_stat(load, SE_LOAD_SENT) - se_load_stat(load, SE_LOAD_RETURNED));
    }
    se_load_free(load);
}
END_TEST

/** Without a rate or a count nothing was due: what time would have been left for is not missed. */
START_TEST(a_reset_leaves_nothing_unsent_of_a_load_that_only_time_ends)
{
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = SIZE}, {.act = PEER_RESET}, {0}};
    struct se_load *load = load_new(1, SIZE, 1);
    ck_assert_int_eq(se_load_set_duration(load, 10 * SOON_MS), 0);
    int64_t start_ns = clock_now_ns();
    run(load, script);
    assert_took_less_than(start_ns, SOON_MS);
    assert_one_lost(load, SE_LOAD_RESET);
    assert_load_stat_between(load, SE_LOAD_RETURNED, 0, 1); /* the reset may overtake the echo */
    assert_load_stat(load, SE_LOAD_LOST, se_load_stat(load, SE_LOAD_SENT) - se_load_stat(load, SE_LOAD_RETURNED));
    assert_load_stat(load, SE_LOAD_UNSENT, 0);
    se_load_free(load);
}
END_TEST

START_TEST(a_reset_between_two_messages_loses_a_connection_and_no_message)
{
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = SIZE}, {.act = PEER_RESET}, {0}};
    struct se_load *load = load_at_rate(1, SIZE, 1, 1, 10000);
    int64_t start_ns = clock_now_ns();
    run(load, script);
    assert_took_less_than(start_ns, SOON_MS);
    assert_one_lost(load, SE_LOAD_RESET);
    assert_returned_and_lost(load, 1, 0);
    se_load_free(load);
}
END_TEST

/* ---- ends that come early ---- */

START_TEST(an_end_before_the_answer_is_told)
{
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_READ, .count = 4 * SIZE}, {.act = PEER_HALF_CLOSE}, {.act = PEER_READ}, {0}};
    struct se_load *load = load_of_count(1, SIZE, 4, 4);
    run(load, script);
    assert_one_lost(load, SE_LOAD_SHORT);
    assert_returned_and_lost(load, 0, 4);
    se_load_free(load);
}
END_TEST

START_TEST(an_end_within_a_message_is_told)
{
    static const struct peer_step script[] = {{.act = PEER_ACCEPT},
                                              {.act = PEER_READ, .count = 4 * SIZE},
                                              {.act = PEER_WRITE, .count = 2 * SIZE - 1, .bytes = recorded},
                                              {.act = PEER_HALF_CLOSE},
                                              {.act = PEER_READ},
                                              {0}};
    struct se_load *load = load_of_count(1, SIZE, 4, 4);
    record_the_default_seed();
    run(load, script);
    assert_one_lost(load, SE_LOAD_SHORT);
    assert_returned_and_lost(load, 1, 3);
    se_load_free(load);
}
END_TEST

START_TEST(an_end_between_two_messages_loses_a_connection_and_no_message)
{
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = SIZE}, {.act = PEER_HALF_CLOSE}, {.act = PEER_READ}, {0}};
    struct se_load *load = load_at_rate(1, SIZE, 1, 1, 10000);
    int64_t start_ns = clock_now_ns();
    run(load, script);
    assert_took_less_than(start_ns, SOON_MS);
    assert_one_lost(load, SE_LOAD_SHORT);
    assert_returned_and_lost(load, 1, 0);
    se_load_free(load);
}
END_TEST

START_TEST(a_peer_that_ends_first_once_all_is_back_loses_nothing)
{
    static const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = 10 * SIZE}, {0}};
    struct se_load *load = load_of_count(1, SIZE, 3, 10);
    for (int round = 0; round < 20; round++) {
        run(load, script);
        assert_load_is_whole(load, 1, 10, SIZE);
    }
    se_load_free(load);
}
END_TEST

/** The first of two connections is closed before anything was sent; every second message is due on it. */
START_TEST(messages_that_are_due_on_a_lost_connection_are_told)
{
    static const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_ACCEPT}, {.act = PEER_ECHO}, {0}};
    struct se_load *load = load_at_rate(2, SIZE, 8, 400, 250);
    run(load, script);
    assert_load_stat(load, SE_LOAD_CONNECTED, 2);
    assert_load_stat(load, SE_LOAD_RETURNED, 50);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_LOST) + se_load_stat(load, SE_LOAD_UNSENT), 50);
    se_load_free(load);
}
END_TEST

/* ---- words too many ---- */

START_TEST(one_byte_too_many_at_the_end_is_told)
{
    static uint8_t byte[1];
    static const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO}, {.act = PEER_WRITE, .count = 1, .bytes = byte}, {0}};
    record_the_default_seed();
    byte[0] = (uint8_t)(recorded[10 * SIZE] ^ _i); /* the first time it would be the right one */
    struct se_load *load = load_of_count(1, SIZE, 3, 10);
    run(load, script);
    assert_one_lost(load, SE_LOAD_MISMATCH);
    assert_returned_and_lost(load, 10, 0);
    assert_load_stat(load, SE_LOAD_MISMATCH_CONNECTION, 0);
    assert_load_stat(load, SE_LOAD_MISMATCH_AT, 10 * SIZE);
    se_load_free(load);
}
END_TEST

/** It guesses right what will be asked, a second early. */
START_TEST(a_right_answer_before_the_question_is_told)
{
    static const struct peer_step script[] = {{.act = PEER_ACCEPT},
                                              {.act = PEER_READ, .count = SIZE},
                                              {.act = PEER_WRITE, .count = 2 * SIZE, .bytes = recorded},
                                              {.act = PEER_READ, .may_fail = true},
                                              {0}};
    struct se_load *load = load_at_rate(1, SIZE, 8, 1, 10000);
    record_the_default_seed();
    run(load, script);
    assert_one_lost(load, SE_LOAD_MISMATCH);
    assert_returned_and_lost(load, 1, 0);
    assert_load_stat(load, SE_LOAD_MISMATCH_AT, SIZE);
    se_load_free(load);
}
END_TEST

START_TEST(a_greeting_is_no_echo)
{
    static uint8_t greeting[1];
    static const struct peer_step script[] = {{.act = PEER_ACCEPT},
                                              {.act = PEER_WRITE, .count = 1, .bytes = greeting},
                                              {.act = PEER_READ, .may_fail = true},
                                              {0}};
    record_the_default_seed();
    greeting[0] = (uint8_t)~recorded[0];
    struct se_load *load = load_of_count(1, SIZE, 1, 1);
    run(load, script);
    assert_one_lost(load, SE_LOAD_MISMATCH);
    assert_load_stat(load, SE_LOAD_RETURNED, 0);
    assert_load_stat(load, SE_LOAD_MISMATCH_AT, 0);
    se_load_free(load);
}
END_TEST

/** Both sides' buffers are full most of the time. */
START_TEST(long_messages_through_a_narrow_peer_lose_nothing)
{
    static const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_ECHO}, {0}};
    struct peer *peer = peer_start_narrow(script, 4096);
    struct se_load *load = load_of_count(1, 262144, 2, 4);
    load_run(load, peer_port(peer));
    peer_end(peer);
    assert_load_is_whole(load, 1, 4, 262144);
    se_load_free(load);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("peers of a load");
    TCase *tcase = fixture_add_tcase(suite, "resets and ends");
    tcase_add_test(tcase, a_reset_before_the_answer_is_told);
    tcase_add_loop_test(tcase, a_reset_at_any_time_is_told_as_a_reset, 0, 4);
    tcase_add_test(tcase, a_reset_leaves_nothing_unsent_of_a_load_that_only_time_ends);
    tcase_add_test(tcase, a_reset_between_two_messages_loses_a_connection_and_no_message);
    tcase_add_test(tcase, an_end_before_the_answer_is_told);
    tcase_add_test(tcase, an_end_within_a_message_is_told);
    tcase_add_test(tcase, an_end_between_two_messages_loses_a_connection_and_no_message);
    tcase_add_test(tcase, a_peer_that_ends_first_once_all_is_back_loses_nothing);
    tcase_add_test(tcase, messages_that_are_due_on_a_lost_connection_are_told);
    tcase = fixture_add_tcase(suite, "what is sent and what comes");
    tcase_add_test(tcase, the_same_seed_sends_the_same_bytes_in_messages_of_any_size);
    tcase_add_loop_test(tcase, one_byte_too_many_at_the_end_is_told, 0, 2);
    tcase_add_test(tcase, a_right_answer_before_the_question_is_told);
    tcase_add_test(tcase, a_greeting_is_no_echo);
    tcase_add_test(tcase, long_messages_through_a_narrow_peer_lose_nothing);
    return fixture_run(suite);
}
