/* Peers whose echo is wrong: other bytes, too few, too many, too early. The client must find every one of them. */
#include <errno.h>
#include <stdlib.h>

#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "pattern.h"
#include "peer.h"

enum { LENGTH = 65536, RECEIVE_BUFFER = 4096 };

static const size_t wrong_offsets[] = {0, 1, LENGTH / 2, LENGTH - 1};
static const size_t short_lengths[] = {0, 1, LENGTH / 2, LENGTH - 1};

static uint8_t *message;
static uint8_t *reply;

static void make_messages(void)
{
    message = pattern_new(LENGTH, 1);
    reply = bytes_new(LENGTH);
}

static void free_messages(void)
{
    free(message);
    free(reply);
}

START_TEST(echo_finds_the_first_wrong_byte)
{
    size_t offset = wrong_offsets[_i];
    uint8_t *wrong = copy_with_wrong_byte(message, LENGTH, offset);
    wrong[LENGTH - 1] = (uint8_t)~message[LENGTH - 1];
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_READ, .count = LENGTH},
        {.act = PEER_WRITE, .count = LENGTH, .bytes = wrong, .may_fail = true},
        {.act = PEER_ACCEPT},
        {.act = PEER_ECHO},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_mismatch_at(client), -1);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, _i % 2 ? reply : NULL), SE_EMISMATCH);
    ck_assert_int_eq(se_client_mismatch_at(client), (int64_t)offset);
    assert_client_disconnected(client);
    ck_assert_int_eq(se_client_connect(client, NULL, peer_port(peer)), 0);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), 0);
    ck_assert_int_eq(se_client_mismatch_at(client), -1);
    ck_assert_int_eq(se_client_finish(client), 0);
    se_client_free(client);
    peer_end(peer);
    free(wrong);
}
END_TEST

START_TEST(wrong_byte_is_counted_from_the_start_of_its_own_message)
{
    uint8_t *wrong = copy_with_wrong_byte(message, LENGTH, 5);
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_ECHO, .count = 100},
        {.act = PEER_READ, .count = 10},
        {.act = PEER_WRITE, .count = 10, .bytes = wrong, .chunk = 1, .may_fail = true},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), environment_patience_ms());
    ck_assert_int_eq(se_client_echo(client, message, 100, reply), 0);
    ck_assert_int_eq(se_client_echo(client, message, 10, reply), SE_EMISMATCH);
    ck_assert_int_eq(se_client_mismatch_at(client), 5);
    se_client_free(client);
    peer_end(peer);
    free(wrong);
}
END_TEST

START_TEST(echo_fails_when_peer_closes_before_the_whole_is_back)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_READ, .count = LENGTH},
        {.act = PEER_WRITE, .count = short_lengths[_i], .bytes = message},
        {.act = PEER_CLOSE},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), SE_ECLOSED);
    ck_assert_int_eq(se_client_mismatch_at(client), -1);
    ck_assert_int_eq(se_client_rtt_ns(client), -ENODATA);
    assert_same_bytes(reply, message, short_lengths[_i]);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(finish_finds_one_byte_too_many)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_READ, .count = LENGTH / 2},
        {.act = PEER_WRITE, .count = LENGTH / 2 + 1, .bytes = message},
        {.act = PEER_READ, .may_fail = true},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), environment_patience_ms());
    ck_assert_int_eq(se_client_echo(client, message, LENGTH / 2, reply), 0);
    ck_assert_int_eq(se_client_finish(client), SE_EMISMATCH);
    ck_assert_int_eq(se_client_mismatch_at(client), LENGTH / 2);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(finish_finds_a_byte_that_comes_after_it_began)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_ECHO, .count = LENGTH},
        {.act = PEER_READ},
        {.act = PEER_WRITE, .count = 1, .bytes = message},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), environment_patience_ms());
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), 0);
    ck_assert_int_eq(se_client_finish(client), SE_EMISMATCH);
    ck_assert_int_eq(se_client_mismatch_at(client), LENGTH);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(next_echo_finds_a_byte_too_many_of_the_one_before)
{
    const uint8_t surplus = (uint8_t)~message[0];
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_ECHO, .count = 100},
        {.act = PEER_AWAIT},
        {.act = PEER_WRITE, .count = 1, .bytes = &surplus},
        {.act = PEER_READ, .may_fail = true},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), environment_patience_ms());
    ck_assert_int_eq(se_client_echo(client, message, 100, reply), 0);
    peer_tell(peer);
    client_wait_for_arrival(client);
    ck_assert_int_eq(se_client_echo(client, message, 100, reply), SE_EMISMATCH);
    ck_assert_int_eq(se_client_mismatch_at(client), 0);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

/** The message is longer than the two socket buffers together hold, and the peer reads nothing: what it writes back is
 * right, yet it cannot have received it. */
START_TEST(echo_finds_the_right_bytes_sent_before_they_were_received)
{
    enum { LONG = 32 << 20 };
    uint8_t *long_message = pattern_new(LONG, 1);
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_WRITE, .count = LONG, .bytes = long_message, .may_fail = true},
        {0},
    };
    struct peer *peer = peer_start_narrow(script, RECEIVE_BUFFER);
    struct se_client *client = client_connected(peer_port(peer), environment_patience_ms());
    ck_assert_int_eq(se_client_echo(client, long_message, LONG, NULL), SE_EMISMATCH);
    ck_assert_int_ge(se_client_mismatch_at(client), 0);
    ck_assert_int_lt(se_client_mismatch_at(client), LONG);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
    free(long_message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a client that checks every byte");
    TCase *tcase = fixture_add_tcase(suite, "wrong echoes");
    tcase_add_checked_fixture(tcase, make_messages, free_messages);
    tcase_add_loop_test(tcase, echo_finds_the_first_wrong_byte, 0, 4);
    tcase_add_test(tcase, wrong_byte_is_counted_from_the_start_of_its_own_message);
    tcase_add_loop_test(tcase, echo_fails_when_peer_closes_before_the_whole_is_back, 0, 4);
    tcase_add_test(tcase, finish_finds_one_byte_too_many);
    tcase_add_test(tcase, finish_finds_a_byte_that_comes_after_it_began);
    tcase_add_test(tcase, next_echo_finds_a_byte_too_many_of_the_one_before);
    tcase_add_test(tcase, echo_finds_the_right_bytes_sent_before_they_were_received);
    return fixture_run(suite);
}
