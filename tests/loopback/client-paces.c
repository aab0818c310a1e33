/* Peers that echo rightly at an odd pace or end in an odd way: they dribble, read slowly, half-close first, reset. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"
#include "peer.h"

enum { LENGTH = 65536, RECEIVE_BUFFER = 4096, MODES = 3 };

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

static int64_t timeout_of(int mode)
{
    const int64_t timeouts_ms[MODES] = {SE_TIMEOUT_NONE, 0, environment_patience_ms()};
    return timeouts_ms[mode];
}

START_TEST(echo_is_whole_when_peer_dribbles)
{
    enum { DRIBBLED = 300 };
    const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_ECHO, .chunk = 1}, {0}};
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), timeout_of(_i));
    ck_assert_int_eq(client_echo(client, message, DRIBBLED, reply), 0);
    assert_same_bytes(reply, message, DRIBBLED);
    ck_assert_int_eq(client_finish(client), 0);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(echo_is_whole_when_peer_reads_slowly)
{
    enum { LONG = 4 << 20, CHUNK = 1000 };
    uint8_t *long_message = pattern_new(LONG, 2);
    const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_ECHO, .chunk = CHUNK}, {0}};
    struct peer *peer = peer_start_narrow(script, RECEIVE_BUFFER);
    struct se_client *client = client_connected(peer_port(peer), timeout_of(_i));
    ck_assert_int_eq(client_echo(client, long_message, LONG, NULL), 0);
    ck_assert_int_eq(client_finish(client), 0);
    se_client_free(client);
    peer_end(peer);
    free(long_message);
}
END_TEST

START_TEST(echo_is_whole_when_a_byte_of_it_is_urgent)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_READ, .count = LENGTH},
        {.act = PEER_WRITE, .count = 10, .bytes = message},
        {.act = PEER_URGENT, .count = 1, .bytes = message + 10},
        {.act = PEER_WRITE, .count = LENGTH - 12, .bytes = message + 11},
        {.act = PEER_URGENT, .count = 1, .bytes = message + LENGTH - 1},
        {.act = PEER_READ},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), environment_patience_ms());
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), 0);
    assert_same_bytes(reply, message, LENGTH);
    ck_assert_int_eq(se_client_finish(client), 0);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(echo_fails_when_peer_has_half_closed_before)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_HALF_CLOSE},
        {.act = PEER_READ, .may_fail = true},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), timeout_of(_i));
    client_wait_for_arrival(client);
    ck_assert_int_eq(client_echo(client, message, LENGTH, reply), SE_ECLOSED);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(finish_succeeds_when_peer_half_closes_first)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = LENGTH}, {.act = PEER_HALF_CLOSE}, {.act = PEER_READ}, {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), timeout_of(_i));
    ck_assert_int_eq(client_echo(client, message, LENGTH, reply), 0);
    client_wait_for_arrival(client);
    ck_assert_int_eq(client_finish(client), 0);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(echo_fails_when_peer_resets_after_reading)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_READ, .count = LENGTH}, {.act = PEER_RESET}, {0}};
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), timeout_of(_i));
    ck_assert_int_eq(client_echo(client, message, LENGTH, reply), -ECONNRESET);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(echo_fails_when_peer_resets_amid_the_reply)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_READ, .count = LENGTH},
        {.act = PEER_WRITE, .count = LENGTH / 2, .bytes = message},
        {.act = PEER_RESET},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), timeout_of(_i));
    ck_assert_int_eq(client_echo(client, message, LENGTH, reply), -ECONNRESET);
    ck_assert_int_eq(se_client_mismatch_at(client), -1);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(echo_fails_when_peer_has_reset_before)
{
    const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_AWAIT}, {.act = PEER_RESET}, {0}};
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), timeout_of(_i));
    peer_tell(peer);
    client_wait_for_reset(client);
    ck_assert_int_eq(client_echo(client, message, LENGTH, reply), -ECONNRESET);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(finish_fails_when_peer_resets)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = LENGTH}, {.act = PEER_READ}, {.act = PEER_RESET}, {0}};
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), timeout_of(_i));
    ck_assert_int_eq(client_echo(client, message, LENGTH, reply), 0);
    ck_assert_int_eq(client_finish(client), -ECONNRESET);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(echo_fails_when_peer_resets_amid_the_message)
{
    enum { LONG = 32 << 20 };
    uint8_t *long_message = pattern_new(LONG, 3);
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_READ, .count = LENGTH}, {.act = PEER_RESET}, {0}};
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), timeout_of(_i));
    ck_assert_int_eq(client_echo(client, long_message, LONG, NULL), -ECONNRESET);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
    free(long_message);
}
END_TEST

/** After FIN the kernel calls a reset EPIPE, and sends SIGPIPE to a client that does not forbid it. */
START_TEST(echo_fails_without_a_signal_when_peer_has_closed_and_reset)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_HALF_CLOSE}, {.act = PEER_AWAIT}, {.act = PEER_RESET}, {0}};
    ck_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), timeout_of(_i));
    client_wait_for_arrival(client);
    peer_tell(peer);
    client_wait_for_reset(client);
    ck_assert_int_eq(client_echo(client, message, LENGTH, reply), SE_ECLOSED);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a client and peers of every pace");
    TCase *tcase = fixture_add_tcase(suite, "pace and end");
    tcase_add_checked_fixture(tcase, make_messages, free_messages);
    tcase_add_loop_test(tcase, echo_is_whole_when_peer_dribbles, 0, MODES);
    tcase_add_loop_test(tcase, echo_is_whole_when_peer_reads_slowly, 0, MODES);
    tcase_add_test(tcase, echo_is_whole_when_a_byte_of_it_is_urgent);
    tcase_add_loop_test(tcase, echo_fails_when_peer_has_half_closed_before, 0, MODES);
    tcase_add_loop_test(tcase, finish_succeeds_when_peer_half_closes_first, 0, MODES);
    tcase_add_loop_test(tcase, echo_fails_when_peer_resets_after_reading, 0, MODES);
    tcase_add_loop_test(tcase, echo_fails_when_peer_resets_amid_the_reply, 0, MODES);
    tcase_add_loop_test(tcase, echo_fails_when_peer_has_reset_before, 0, MODES);
    tcase_add_loop_test(tcase, finish_fails_when_peer_resets, 0, MODES);
    tcase_add_loop_test(tcase, echo_fails_when_peer_resets_amid_the_message, 0, MODES);
    tcase_add_loop_test(tcase, echo_fails_without_a_signal_when_peer_has_closed_and_reset, 0, MODES);
    return fixture_run(suite);
}
