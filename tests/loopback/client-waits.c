/* Peers that let the client wait: what it returns when its time is over, and how the same call goes on. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "pattern.h"
#include "peer.h"

enum { LENGTH = 1000, TIMEOUT_MS = 200 };

static uint8_t *message;
static uint8_t *other_message;
static uint8_t *reply;

static void make_messages(void)
{
    message = pattern_new(LENGTH, 1);
    other_message = pattern_new(LENGTH, 2);
    reply = bytes_new(LENGTH);
}

static void free_messages(void)
{
    free(message);
    free(other_message);
    free(reply);
}

/** Whatever else the client is asked for, an open echo stays the only one that goes on. */
static void assert_busy_with_echo(struct se_client *client)
{
    ck_assert_int_eq(se_client_events(client), POLLIN);
    ck_assert_int_eq(se_client_echo(client, other_message, LENGTH, reply), -EBUSY);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH - 1, reply), -EBUSY);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, NULL), -EBUSY);
    ck_assert_int_eq(se_client_finish(client), -EBUSY);
    ck_assert_int_eq(se_client_events(client), POLLIN);
}

START_TEST(echo_times_out_when_peer_stalls_and_goes_on_when_it_answers)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_READ, .count = LENGTH},
        {.act = PEER_AWAIT},
        {.act = PEER_WRITE, .count = LENGTH, .bytes = message},
        {.act = PEER_ECHO, .count = LENGTH},
        {.act = PEER_READ},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), TIMEOUT_MS);
    for (int attempt = 0; attempt < 2; attempt++) {
        int64_t start_ns = clock_now_ns();
        ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), -ETIMEDOUT);
        assert_took_about(start_ns, TIMEOUT_MS);
        assert_busy_with_echo(client);
    }
    peer_tell(peer);
    ck_assert_int_eq(se_client_set_timeout(client, environment_patience_ms()), 0);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), 0);
    assert_same_bytes(reply, message, LENGTH);
    ck_assert_int_eq(se_client_echo(client, other_message, LENGTH, reply), 0);
    assert_same_bytes(reply, other_message, LENGTH);
    ck_assert_int_eq(se_client_finish(client), 0);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(echo_keeps_the_part_that_came_before_it_timed_out)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_READ, .count = LENGTH},
        {.act = PEER_WRITE, .count = LENGTH / 2, .bytes = message},
        {.act = PEER_AWAIT},
        {.act = PEER_WRITE, .count = LENGTH / 2, .bytes = message + LENGTH / 2},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), TIMEOUT_MS);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), -ETIMEDOUT);
    peer_tell(peer);
    ck_assert_int_eq(se_client_set_timeout(client, SE_TIMEOUT_NONE), 0);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), 0);
    assert_same_bytes(reply, message, LENGTH);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(non_blocking_echo_returns_at_once_while_peer_is_silent)
{
    enum { CALLS = 100, MOST_MS = 2000 };
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_READ, .count = LENGTH},
        {.act = PEER_AWAIT},
        {.act = PEER_WRITE, .count = LENGTH, .bytes = message},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), 0);
    int64_t start_ns = clock_now_ns();
    for (int call = 0; call < CALLS; call++)
        ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), -EAGAIN);
    assert_took_less_than(start_ns, MOST_MS);
    assert_busy_with_echo(client);
    peer_tell(peer);
    ck_assert_int_eq(client_echo(client, message, LENGTH, reply), 0);
    ck_assert_int_eq(se_client_events(client), 0);
    assert_same_bytes(reply, message, LENGTH);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(close_gives_up_an_open_echo_and_its_late_reply)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_READ, .count = LENGTH},
        {.act = PEER_AWAIT},  {.act = PEER_WRITE, .count = LENGTH, .bytes = message, .may_fail = true},
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = LENGTH},
        {.act = PEER_READ},   {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), TIMEOUT_MS);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), -ETIMEDOUT);
    ck_assert_int_eq(se_client_close(client), 0);
    assert_client_disconnected(client);
    ck_assert_int_eq(se_client_close(client), 0);
    peer_tell(peer);
    ck_assert_int_eq(se_client_set_timeout(client, environment_patience_ms()), 0);
    ck_assert_int_eq(se_client_connect(client, NULL, peer_port(peer)), 0);
    ck_assert_int_eq(se_client_echo(client, other_message, LENGTH, reply), 0);
    assert_same_bytes(reply, other_message, LENGTH);
    ck_assert_int_eq(se_client_finish(client), 0);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(finish_times_out_while_peer_stays_open_and_goes_on_when_it_closes)
{
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT}, {.act = PEER_ECHO, .count = LENGTH},
        {.act = PEER_READ},   {.act = PEER_AWAIT},
        {.act = PEER_CLOSE},  {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), TIMEOUT_MS);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), 0);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_client_finish(client), -ETIMEDOUT);
    assert_took_about(start_ns, TIMEOUT_MS);
    ck_assert_int_eq(se_client_events(client), POLLIN);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), -EBUSY);
    peer_tell(peer);
    ck_assert_int_eq(se_client_set_blocking(client, 0), 0);
    ck_assert_int_eq(client_finish(client), 0);
    assert_client_disconnected(client);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

START_TEST(the_longest_timeout_does_not_overflow)
{
    const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_ECHO}, {0}};
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), INT64_MAX);
    ck_assert_int_eq(se_client_get_timeout(client), INT64_MAX);
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, reply), 0);
    ck_assert_int_eq(se_client_finish(client), 0);
    se_client_free(client);
    peer_end(peer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a client that has to wait");
    TCase *tcase = fixture_add_tcase(suite, "silent and late peers");
    tcase_add_checked_fixture(tcase, make_messages, free_messages);
    tcase_add_test(tcase, echo_times_out_when_peer_stalls_and_goes_on_when_it_answers);
    tcase_add_test(tcase, echo_keeps_the_part_that_came_before_it_timed_out);
    tcase_add_test(tcase, non_blocking_echo_returns_at_once_while_peer_is_silent);
    tcase_add_test(tcase, close_gives_up_an_open_echo_and_its_late_reply);
    tcase_add_test(tcase, finish_times_out_while_peer_stays_open_and_goes_on_when_it_closes);
    tcase_add_test(tcase, the_longest_timeout_does_not_overflow);
    return fixture_run(suite);
}
