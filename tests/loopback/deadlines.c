/* One deadline a call, whatever interrupts it: timeouts of client and server under a signal every millisecond, with and
 * without SA_RESTART, and against a peer whose progress must not put the deadline off. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "drag.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"
#include "peer.h"
#include "raw.h"
#include "stalled.h"
#include "storm.h"

enum { LENGTH = 1000, TIMEOUT_MS = 200, STORMS = 2 };

static const int storm_flags[STORMS] = {0, SA_RESTART};

static int64_t start_ns;

static void storm_and_clock_begin(int storm)
{
    storm_begin(storm_flags[storm]);
    start_ns = clock_now_ns();
}

/** Without signals the test would have shown nothing. */
static void storm_and_clock_end(void)
{
    assert_took_about(start_ns, TIMEOUT_MS);
    ck_assert_int_gt(storm_end(), 0);
}

START_TEST(connect_keeps_its_deadline_under_a_signal_storm)
{
    struct stalled_listener listener;
    if (!stalled_begin(&listener))
        return;
    struct se_client *client = client_new(TIMEOUT_MS);
    storm_and_clock_begin(_i);
    int result = se_client_connect(client, NULL, listener.port);
    storm_and_clock_end();
    ck_assert_int_eq(result, -ETIMEDOUT);
    se_client_free(client);
    stalled_end(&listener);
}
END_TEST

START_TEST(echo_keeps_its_deadline_under_a_signal_storm)
{
    const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_READ}, {0}};
    uint8_t *message = pattern_new(LENGTH, 1);
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), TIMEOUT_MS);
    storm_and_clock_begin(_i);
    int result = se_client_echo(client, message, LENGTH, NULL);
    storm_and_clock_end();
    ck_assert_int_eq(result, -ETIMEDOUT);
    se_client_free(client);
    peer_end(peer);
    free(message);
}
END_TEST

/** The peer reads nothing, so that the deadline falls due while the client still sends. */
START_TEST(echo_keeps_its_deadline_while_it_sends)
{
    enum { LONG = 32 << 20 };
    const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_AWAIT}, {0}};
    if (!environment_allows_length(LONG))
        return;
    uint8_t *message = pattern_new(LONG, 1);
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), TIMEOUT_MS);
    storm_and_clock_begin(_i);
    int result = se_client_echo(client, message, LONG, NULL);
    storm_and_clock_end();
    ck_assert_int_eq(result, -ETIMEDOUT);
    se_client_free(client);
    peer_tell(peer);
    peer_end(peer);
    free(message);
}
END_TEST

START_TEST(finish_keeps_its_deadline_under_a_signal_storm)
{
    const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_AWAIT}, {0}};
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), TIMEOUT_MS);
    storm_and_clock_begin(_i);
    int result = se_client_finish(client);
    storm_and_clock_end();
    ck_assert_int_eq(result, -ETIMEDOUT);
    se_client_free(client);
    peer_tell(peer);
    peer_end(peer);
}
END_TEST

START_TEST(progress_does_not_put_the_deadline_off)
{
    enum { PAUSE_MS = 20 };
    uint8_t *message = pattern_new(LENGTH, 1);
    const struct peer_step script[] = {
        {.act = PEER_ACCEPT},
        {.act = PEER_READ, .count = LENGTH},
        {.act = PEER_WRITE, .count = LENGTH, .bytes = message, .chunk = 1, .pause_ms = PAUSE_MS, .may_fail = true},
        {0},
    };
    struct peer *peer = peer_start(script);
    struct se_client *client = client_connected(peer_port(peer), TIMEOUT_MS);
    start_ns = clock_now_ns();
    ck_assert_int_eq(se_client_echo(client, message, LENGTH, NULL), -ETIMEDOUT);
    assert_took_about(start_ns, TIMEOUT_MS);
    se_client_free(client);
    peer_end(peer);
    free(message);
}
END_TEST

/** A client slower than its peer always finds bytes to take and room to send, so that it never has to wait. */
START_TEST(echo_keeps_its_deadline_while_the_peer_is_faster)
{
    enum { LONG = 256 << 20, SHORT_MS = 50 };
    if (!environment_allows_length(LONG))
        return;
    uint8_t *message = bytes_new(LONG);
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_connected(se_server_port(server), SHORT_MS);
    drag_begin();
    start_ns = clock_now_ns();
    int result = se_client_echo(client, message, LONG, NULL);
    assert_took_about(start_ns, SHORT_MS);
    ck_assert_int_gt(drag_end(), 0);
    ck_assert_int_eq(result, -ETIMEDOUT);
    se_client_free(client);
    server_end(server);
    free(message);
}
END_TEST

START_TEST(server_run_keeps_its_deadline_under_a_signal_storm)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_timeout(server, TIMEOUT_MS), 0);
    storm_and_clock_begin(_i);
    int result = se_server_run(server);
    storm_and_clock_end();
    ck_assert_int_eq(result, -ETIMEDOUT);
    se_server_free(server);
}
END_TEST

START_TEST(server_run_with_poll_keeps_its_deadline_under_a_signal_storm)
{
    struct se_server *server = server_new(SE_POLLER_POLL);
    ck_assert_int_eq(se_server_set_timeout(server, TIMEOUT_MS), 0);
    storm_and_clock_begin(_i);
    int result = se_server_run(server);
    storm_and_clock_end();
    ck_assert_int_eq(result, -ETIMEDOUT);
    se_server_free(server);
}
END_TEST

/** Sends and receives in turn, as fast as it goes, until the connection ends. */
static void *talk(void *argument)
{
    const int *fd = argument;
    uint8_t word[] = "and on and on";
    while (io_send(*fd, word, sizeof(word), 0) == 0 && io_receive(*fd, word, sizeof(word)) == sizeof(word))
        continue;
    return NULL;
}

START_TEST(busy_server_keeps_the_deadline_of_its_run)
{
    struct se_server *server = server_new(_i == 0 ? SE_POLLER_AUTO : SE_POLLER_POLL);
    ck_assert_int_eq(se_server_set_timeout(server, TIMEOUT_MS), 0);
    int fd = raw_connect(se_server_port(server));
    pthread_t talker;
    ck_assert_int_eq(pthread_create(&talker, NULL, talk, &fd), 0);
    start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    assert_took_about(start_ns, TIMEOUT_MS);
    ck_assert_int_eq(shutdown(fd, SHUT_RDWR), 0);
    ck_assert_int_eq(pthread_join(talker, NULL), 0);
    close(fd);
    se_server_free(server);
}
END_TEST

START_TEST(no_byte_is_lost_under_a_signal_storm)
{
    enum { LENGTH_OF_ECHO = 1 << 20, ECHOES = 40 };
    uint8_t *message = pattern_new(LENGTH_OF_ECHO, 1);
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_connected(se_server_port(server), environment_patience_ms());
    storm_begin(storm_flags[_i]);
    for (int echo = 0; echo < ECHOES; echo++)
        ck_assert_int_eq(se_client_echo(client, message, LENGTH_OF_ECHO, NULL), 0);
    ck_assert_int_eq(se_client_finish(client), 0);
    ck_assert_int_gt(storm_end(), 0);
    se_client_free(client);
    server_end(server);
    free(message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deadlines");
    TCase *tcase = fixture_add_tcase(suite, "signal storm and dribbling peer");
    tcase_add_loop_test(tcase, connect_keeps_its_deadline_under_a_signal_storm, 0, STORMS);
    tcase_add_loop_test(tcase, echo_keeps_its_deadline_under_a_signal_storm, 0, STORMS);
    tcase_add_loop_test(tcase, echo_keeps_its_deadline_while_it_sends, 0, STORMS);
    tcase_add_loop_test(tcase, finish_keeps_its_deadline_under_a_signal_storm, 0, STORMS);
    tcase_add_test(tcase, progress_does_not_put_the_deadline_off);
    tcase_add_test(tcase, echo_keeps_its_deadline_while_the_peer_is_faster);
    tcase_add_loop_test(tcase, server_run_keeps_its_deadline_under_a_signal_storm, 0, STORMS);
    tcase_add_loop_test(tcase, server_run_with_poll_keeps_its_deadline_under_a_signal_storm, 0, STORMS);
    tcase_add_loop_test(tcase, busy_server_keeps_the_deadline_of_its_run, 0, 2);
    tcase_add_loop_test(tcase, no_byte_is_lost_under_a_signal_storm, 0, STORMS);
    return fixture_run(suite);
}
