/* What a server's callback hears of its connections: when they come and go, who they are, what they moved and why they
 * ended. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoints.h"
#include "environment.h"
#include "event-log.h"
#include "families.h"
#include "fixture.h"
#include "pattern.h"
#include "raw.h"

static const uint8_t message[] = "somebody listens";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct se_server *server;
static struct event_log *event_log;

static bool log_with(int poller)
{
    if (!poller_available(poller))
        return false;
    server = server_new(poller);
    event_log = event_log_new();
    event_log_attach(event_log, server);
    return true;
}

static bool serve_with(int poller)
{
    if (!log_with(poller))
        return false;
    ck_assert_int_eq(se_server_start(server), 0);
    return true;
}

static void end(void)
{
    server_end(server);
    event_log_free(event_log);
}

static int count_with_id(int event, int64_t id)
{
    int count = 0;
    for (size_t i = 0; i < event_log_total(event_log); i++) {
        struct event_record record = event_log_at(event_log, i);
        count += record.event == event && record.id == id;
    }
    return count;
}

/** Of each connection the log has OPENED once and, later, CLOSED once, with the same number and the same peer. */
static void assert_paired(size_t connections)
{
    ck_assert_uint_eq(event_log_total(event_log), 2 * connections);
    for (size_t i = 0; i < connections; i++) {
        struct event_record opened = event_log_nth(event_log, SE_EVENT_OPENED, i);
        ck_assert_int_eq(count_with_id(SE_EVENT_OPENED, opened.id), 1);
        ck_assert_int_eq(count_with_id(SE_EVENT_CLOSED, opened.id), 1);
    }
}

static void assert_opened_before_closed(void)
{
    for (size_t i = 0; i < event_log_total(event_log); i++) {
        struct event_record closed = event_log_at(event_log, i);
        bool opened = closed.event == SE_EVENT_OPENED;
        for (size_t j = 0; j < i && !opened; j++) {
            struct event_record earlier = event_log_at(event_log, j);
            opened =
                earlier.event == SE_EVENT_OPENED && earlier.id == closed.id && strcmp(earlier.peer, closed.peer) == 0;
        }
        ck_assert(opened);
    }
}

START_TEST(every_connection_is_opened_once_and_later_closed_once)
{
    enum { PEERS = 20 };
    if (!serve_with(pollers[_i]))
        return;
    int fds[PEERS];
    for (int i = 0; i < PEERS; i++)
        fds[i] = raw_connect(se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, PEERS);
    ck_assert_uint_eq(event_log_count(event_log, SE_EVENT_CLOSED), 0);
    for (int i = 0; i < PEERS; i++)
        raw_exchange(fds[i], message, sizeof(message), sizeof(message));
    event_log_await(event_log, SE_EVENT_CLOSED, PEERS);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    assert_paired(PEERS);
    assert_opened_before_closed();
    se_server_free(server);
    event_log_free(event_log);
}
END_TEST

START_TEST(callback_gets_the_server_and_the_connection)
{
    if (!serve_with(pollers[_i]))
        return;
    raw_assert_served(se_server_port(server));
    event_log_await(event_log, SE_EVENT_CLOSED, 1);
    for (size_t i = 0; i < event_log_total(event_log); i++) {
        struct event_record record = event_log_at(event_log, i);
        ck_assert_ptr_eq(record.server, server);
        ck_assert(record.has_connection);
    }
    end();
}
END_TEST

START_TEST(peer_is_the_address_that_the_client_has)
{
    enum { PEERS = 3 };
    if (!serve_with(pollers[_i]))
        return;
    for (size_t i = 0; i < PEERS; i++) {
        char own[EVENT_PEER_SIZE];
        int fd = raw_connect(se_server_port(server));
        raw_own_address(fd, own, sizeof(own));
        event_log_await(event_log, SE_EVENT_OPENED, i + 1);
        ck_assert_str_eq(event_log_nth(event_log, SE_EVENT_OPENED, i).peer, own);
        close(fd);
        event_log_await(event_log, SE_EVENT_CLOSED, i + 1);
        ck_assert_str_eq(event_log_nth(event_log, SE_EVENT_CLOSED, i).peer, own);
    }
    end();
}
END_TEST

/** Each connection gets the place in memory that the one before had. */
START_TEST(no_number_of_a_connection_comes_twice)
{
    enum { PEERS = 60 };
    if (!serve_with(pollers[_i]))
        return;
    for (size_t i = 0; i < PEERS; i++) {
        close(raw_connect(se_server_port(server)));
        event_log_await(event_log, SE_EVENT_CLOSED, i + 1);
        ck_assert_int_ge(event_log_nth(event_log, SE_EVENT_OPENED, i).id, 0);
    }
    assert_paired(PEERS);
    end();
}
END_TEST

START_TEST(refused_peer_is_reset_and_nothing_more_is_heard_of_it)
{
    const int refusals[] = {1, -1};
    if (!serve_with(pollers[_i % POLLERS]))
        return;
    event_log_answer(event_log, refusals[_i / POLLERS]);
    int fd = raw_connect(se_server_port(server));
    ck_assert_uint_eq(raw_expect_reset(fd), 0);
    event_log_answer(event_log, 0);
    raw_assert_served(se_server_port(server));
    event_log_await(event_log, SE_EVENT_CLOSED, 1);
    ck_assert_uint_eq(event_log_total(event_log), 3);
    ck_assert_int_eq(event_log_at(event_log, 2).id, event_log_at(event_log, 1).id);
    ck_assert_int_ne(event_log_at(event_log, 1).id, event_log_at(event_log, 0).id);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_REFUSED), 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPTED), 1);
    close(fd);
    end();
}
END_TEST

/** A refusal while the server ends must end as well, and the answers to other events decide nothing. */
START_TEST(refusal_of_everybody_does_not_hold_up_a_stop)
{
    enum { PEERS = 5 };
    if (!log_with(pollers[_i]))
        return;
    int fds[PEERS];
    for (int i = 0; i < PEERS; i++)
        fds[i] = raw_connect(se_server_port(server));
    event_log_answer(event_log, 1);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    for (int i = 0; i < PEERS; i++) {
        ck_assert_uint_eq(raw_expect_reset(fds[i]), 0);
        close(fds[i]);
    }
    ck_assert_uint_eq(event_log_total(event_log), PEERS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_REFUSED), PEERS);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), 0);
    se_server_free(server);
    event_log_free(event_log);
}
END_TEST

START_TEST(answer_to_closed_decides_nothing)
{
    if (!serve_with(pollers[_i]))
        return;
    int fd = raw_connect(se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, 1);
    event_log_answer(event_log, 1);
    raw_exchange(fd, message, sizeof(message), sizeof(message));
    event_log_await(event_log, SE_EVENT_CLOSED, 1);
    ck_assert_int_eq(event_log_nth(event_log, SE_EVENT_CLOSED, 0).reason, SE_STAT_ORDERLY);
    end();
}
END_TEST

START_TEST(closed_tells_the_bytes_that_came_and_went_back)
{
    static const size_t lengths[] = {0, 1, 4096, 300000, 3 << 20};
    if (!serve_with(pollers[_i]))
        return;
    int64_t all = 0;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t length = environment_length(lengths[i]);
        uint8_t *bytes = pattern_new(length, i);
        raw_exchange(raw_connect(se_server_port(server)), bytes, length, 65536);
        event_log_await(event_log, SE_EVENT_CLOSED, i + 1);
        struct event_record closed = event_log_nth(event_log, SE_EVENT_CLOSED, i);
        ck_assert_int_eq(closed.received, (int64_t)length);
        ck_assert_int_eq(closed.echoed, (int64_t)length);
        ck_assert_int_eq(closed.reason, SE_STAT_ORDERLY);
        ck_assert_int_eq(event_log_nth(event_log, SE_EVENT_OPENED, i).received, 0);
        all += (int64_t)length;
        free(bytes);
    }
    ck_assert_int_eq(se_server_stat(server, SE_STAT_RECEIVED_BYTES), all);
    end();
}
END_TEST

START_TEST(without_a_callback_nothing_is_called)
{
    if (!log_with(pollers[_i]))
        return;
    ck_assert_int_eq(se_server_set_callback(server, NULL, NULL), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(se_server_port(server));
    ck_assert_int_eq(se_server_set_callback(server, NULL, NULL), -EBUSY);
    ck_assert_int_eq(se_server_set_callback(NULL, NULL, NULL), -EINVAL);
    server_end(server);
    ck_assert_uint_eq(event_log_total(event_log), 0);
    event_log_free(event_log);
}
END_TEST

START_TEST(questions_about_no_connection_are_refused)
{
    char text[EVENT_PEER_SIZE] = "";
    ck_assert_int_eq(se_connection_peer(NULL, text, sizeof(text)), -EINVAL);
    ck_assert_int_eq(se_connection_id(NULL), -EINVAL);
    ck_assert_int_eq(se_connection_received(NULL), -EINVAL);
    ck_assert_int_eq(se_connection_echoed(NULL), -EINVAL);
    ck_assert_int_eq(se_connection_reason(NULL), -EINVAL);
}
END_TEST

int main(void)
{
    enum { REFUSALS = 2, REFUSAL_CASES = POLLERS * REFUSALS };
    Suite *suite = suite_create("what the callback hears of connections");
    TCase *tcase = fixture_add_tcase(suite, "opened and closed");
    tcase_add_loop_test(tcase, every_connection_is_opened_once_and_later_closed_once, 0, POLLERS);
    tcase_add_loop_test(tcase, callback_gets_the_server_and_the_connection, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_is_the_address_that_the_client_has, 0, POLLERS);
    tcase_add_loop_test(tcase, no_number_of_a_connection_comes_twice, 0, POLLERS);
    tcase_add_loop_test(tcase, refused_peer_is_reset_and_nothing_more_is_heard_of_it, 0, REFUSAL_CASES);
    tcase_add_loop_test(tcase, refusal_of_everybody_does_not_hold_up_a_stop, 0, POLLERS);
    tcase_add_loop_test(tcase, answer_to_closed_decides_nothing, 0, POLLERS);
    tcase_add_loop_test(tcase, closed_tells_the_bytes_that_came_and_went_back, 0, POLLERS);
    tcase_add_loop_test(tcase, without_a_callback_nothing_is_called, 0, POLLERS);
    tcase_add_test(tcase, questions_about_no_connection_are_refused);
    return fixture_run(suite);
}
