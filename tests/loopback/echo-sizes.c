/* Echoes of every size through a live server: each poller with each mode of the client, with the reply in a buffer of
 * its own, in none, and in the message itself. */
#include <stdlib.h>

#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "pattern.h"

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};
static const size_t lengths[] = {0, 1, 2, 511, 4096, 65536, 1 << 20, 64 << 20};

enum mode { BLOCKING, NON_BLOCKING, TIMEOUT, MODES };

enum {
    POLLERS = sizeof(pollers) / sizeof(pollers[0]),
    LENGTHS = sizeof(lengths) / sizeof(lengths[0]),
    COMBINATIONS = POLLERS * MODES * LENGTHS,
};

/** One turn of a looped test: a running server, a connected client and the message. */
struct turn {
    struct se_server *server;
    struct se_client *client;
    size_t length;
    uint8_t *message;
};

static int64_t timeout_of(int mode)
{
    if (mode == TIMEOUT)
        return environment_patience_ms();
    return mode == BLOCKING ? SE_TIMEOUT_NONE : 0;
}

static bool turn_begin(struct turn *turn, int number)
{
    int poller = pollers[number % POLLERS];
    int mode = number / POLLERS % MODES;
    if (!poller_available(poller))
        return false;
    turn->length = environment_length(lengths[number / POLLERS / MODES]);
    turn->message = pattern_new(turn->length, (uint64_t)number);
    turn->server = server_started(poller);
    turn->client = client_connected(se_server_port(turn->server), timeout_of(mode));
    return true;
}

static void turn_end(struct turn *turn)
{
    ck_assert_int_eq(se_client_mismatch_at(turn->client), -1);
    ck_assert_int_eq(client_finish(turn->client), 0);
    se_client_free(turn->client);
    server_end(turn->server);
    free(turn->message);
}

START_TEST(echo_fills_the_reply_and_nothing_beyond)
{
    struct turn turn;
    if (!turn_begin(&turn, _i))
        return;
    uint8_t *reply = bytes_new(turn.length + 1);
    reply[turn.length] = 0xa5;
    ck_assert_int_eq(client_echo(turn.client, turn.message, turn.length, reply), 0);
    assert_same_bytes(reply, turn.message, turn.length);
    ck_assert_uint_eq(reply[turn.length], 0xa5);
    free(reply);
    turn_end(&turn);
}
END_TEST

START_TEST(echo_needs_no_reply)
{
    struct turn turn;
    if (!turn_begin(&turn, _i))
        return;
    ck_assert_int_eq(client_echo(turn.client, turn.message, turn.length, NULL), 0);
    turn_end(&turn);
}
END_TEST

START_TEST(echo_may_reply_into_the_message)
{
    struct turn turn;
    if (!turn_begin(&turn, _i))
        return;
    uint8_t *original = pattern_new(turn.length, (uint64_t)_i);
    ck_assert_int_eq(client_echo(turn.client, turn.message, turn.length, turn.message), 0);
    assert_same_bytes(turn.message, original, turn.length);
    free(original);
    turn_end(&turn);
}
END_TEST

START_TEST(many_echoes_follow_each_other_on_one_connection)
{
    enum { ECHOES = 1000, LONGEST = 3000 };
    if (!poller_available(pollers[_i % POLLERS]))
        return;
    uint8_t *bytes = pattern_new(ECHOES + LONGEST, 1);
    uint8_t *reply = bytes_new(LONGEST);
    struct se_server *server = server_started(pollers[_i % POLLERS]);
    struct se_client *client = client_connected(se_server_port(server), timeout_of(_i / POLLERS));
    for (size_t i = 0; i < ECHOES; i++) {
        size_t length = i * 7 % LONGEST;
        ck_assert_int_eq(client_echo(client, bytes + i, length, reply), 0);
        assert_same_bytes(reply, bytes + i, length);
    }
    ck_assert_int_eq(client_finish(client), 0);
    se_client_free(client);
    server_end(server);
    free(reply);
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("echoes of every size");
    TCase *tcase = fixture_add_tcase(suite, "poller, mode and length");
    tcase_add_loop_test(tcase, echo_fills_the_reply_and_nothing_beyond, 0, COMBINATIONS);
    tcase_add_loop_test(tcase, echo_needs_no_reply, 0, COMBINATIONS);
    tcase_add_loop_test(tcase, echo_may_reply_into_the_message, 0, COMBINATIONS);
    tcase_add_loop_test(tcase, many_echoes_follow_each_other_on_one_connection, 0, POLLERS * MODES);
    return fixture_run(suite);
}
