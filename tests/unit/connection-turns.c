/* The turns of one connection, by the calls that they come to. The kernel is a script: each receive, send, half-close
 * and question has the result that the test gives it. */
#include <errno.h>
#include <sockecho/statistics.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "server/connection.h"
#include "system/socket.h"

enum { FD = 5, BUFFER_SIZE = 8, STEPS_MAX = 32, LOG_SIZE = 2000, DISCARDS_AT_ONCE = 16 };

static struct se_connection connection;
static unsigned char bytes[BUFFER_SIZE] = "abcdefgh";
static const struct se__buffer buffer = {.bytes = bytes, .size = BUFFER_SIZE};
static int64_t results[STEPS_MAX];
static int result_count;
static int results_given;
static char calls_made[LOG_SIZE];

int64_t __wrap_se__socket_receive(int fd, void *to, size_t size);
int64_t __wrap_se__socket_send(int fd, const void *from, size_t size);
int __wrap_se__socket_finish(int fd);
int64_t __wrap_se__socket_pending(int fd);
void __wrap_se__socket_hang_up(int fd);
void __wrap_se__socket_close(int fd);
void __wrap_se__socket_abort(int fd);

static void write_down(const char *call, int fd)
{
    ck_assert_int_eq(fd, FD);
    size_t used = strlen(calls_made);
    ck_assert_uint_lt(used + strlen(call) + 1, sizeof(calls_made));
    snprintf(calls_made + used, sizeof(calls_made) - used, "%s ", call);
}

static int64_t next_result(void)
{
    ck_assert_int_lt(results_given, result_count);
    return results[results_given++];
}

int64_t __wrap_se__socket_receive(int fd, void *to, size_t size)
{
    char call[32];
    ck_assert_ptr_eq(to, bytes);
    snprintf(call, sizeof(call), "receive(%zu)", size);
    write_down(call, fd);
    return next_result();
}

int64_t __wrap_se__socket_send(int fd, const void *from, size_t size)
{
    char call[32];
    snprintf(call, sizeof(call), "send(%.*s)", (int)size, (const char *)from);
    write_down(call, fd);
    return next_result();
}

int __wrap_se__socket_finish(int fd)
{
    write_down("finish", fd);
    return (int)next_result();
}

int64_t __wrap_se__socket_pending(int fd)
{
    write_down("pending", fd);
    return next_result();
}

void __wrap_se__socket_hang_up(int fd)
{
    write_down("hang-up", fd);
}

void __wrap_se__socket_close(int fd)
{
    write_down("close", fd);
}

void __wrap_se__socket_abort(int fd)
{
    write_down("abort", fd);
}

static void begin(void)
{
    se__connection_begin(&connection, FD);
    result_count = results_given = 0;
    calls_made[0] = '\0';
}

static void then(int64_t result)
{
    ck_assert_int_lt(result_count, STEPS_MAX);
    results[result_count++] = result;
}

static void assert_calls(const char *expected)
{
    ck_assert_str_eq(calls_made, expected);
    ck_assert_int_eq(results_given, result_count);
    result_count = results_given = 0;
    calls_made[0] = '\0';
}

static void pump(enum se__pump_result result, const char *expected)
{
    ck_assert_int_eq(se__connection_pump(&connection, &buffer), result);
    assert_calls(expected);
}

static void end(const char *expected)
{
    se__connection_end(&connection);
    assert_calls(expected);
    ck_assert_int_eq(connection.fd, -1);
}

/** Brings it to where our FIN is out, and the peer's is not there. */
static void finish(void)
{
    then(0);
    se__connection_drain(&connection);
    then(0);
    then(-EAGAIN);
    pump(SE__PUMP_LINGERS, "pending finish receive(8) ");
}

/* ---- the echo ---- */

START_TEST(what_came_is_sent_at_once)
{
    then(3);
    then(3);
    pump(SE__PUMP_INPUT, "receive(8) send(abc) ");
    then(-EAGAIN);
    pump(SE__PUMP_INPUT, "receive(8) ");
    then(0);
    then(0);
    pump(SE__PUMP_OVER, "receive(8) finish ");
    end("close ");
}
END_TEST

START_TEST(held_bytes_go_out_in_order_before_anything_is_received)
{
    then(8);
    then(3);
    pump(SE__PUMP_ROOM, "receive(8) send(abcdefgh) ");
    then(0);
    pump(SE__PUMP_ROOM, "send(defgh) ");
    then(-EAGAIN);
    pump(SE__PUMP_ROOM, "send(defgh) ");
    then(4);
    pump(SE__PUMP_ROOM, "send(defgh) ");
    then(1);
    then(-EAGAIN);
    pump(SE__PUMP_INPUT, "send(h) receive(8) ");
    ck_assert_uint_eq(se__connection_given_up(&connection), 0);
    end("hang-up ");
}
END_TEST

START_TEST(bytes_of_which_none_was_taken_are_held_as_well)
{
    static const int64_t refusals[] = {0, -EAGAIN};
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        begin();
        then(2);
        then(refusals[i]);
        pump(SE__PUMP_ROOM, "receive(8) send(ab) ");
        ck_assert_uint_eq(se__connection_given_up(&connection), 2);
        end("abort ");
    }
}
END_TEST

START_TEST(want_of_kernel_memory_is_tried_again_later)
{
    then(-ENOMEM);
    pump(SE__PUMP_RETRY, "receive(8) ");
    then(2);
    then(-ENOBUFS);
    pump(SE__PUMP_RETRY, "receive(8) send(ab) ");
    then(-ENOBUFS);
    pump(SE__PUMP_RETRY, "send(ab) ");
    then(2);
    then(-EAGAIN);
    pump(SE__PUMP_INPUT, "send(ab) receive(8) ");
    end("hang-up ");
}
END_TEST

START_TEST(error_of_the_kernel_ends_the_connection_and_says_why)
{
    static const struct {
        int error, reason;
        const char *ends;
    } errors[] = {
        {-ECONNRESET, SE_STAT_RESET, "abort "},
        {-EPIPE, SE_STAT_RESET, "abort "},
        {-ETIMEDOUT, SE_STAT_STALLED, "abort "},
        {-EBADF, SE_STAT_RESET, ""}, /* the number may be another's by now */
    };
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        begin();
        then(errors[i].error);
        pump(SE__PUMP_OVER, "receive(8) ");
        ck_assert_int_eq(connection.reason, errors[i].reason);
        end(errors[i].ends);
    }
}
END_TEST

/* ---- its end ---- */

START_TEST(drain_echoes_what_had_arrived_and_no_more)
{
    then(2);
    se__connection_drain(&connection);
    then(2);
    then(2);
    then(0);
    pump(SE__PUMP_LINGERS, "pending receive(2) send(ab) finish ");
    then(0);
    pump(SE__PUMP_OVER, "receive(8) ");
    end("close ");
}
END_TEST

START_TEST(drain_ends_where_less_is_there_than_was_said)
{
    static const int64_t said[] = {10, -EINVAL};
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        begin();
        then(said[i]);
        se__connection_drain(&connection);
        then(-EAGAIN);
        then(0);
        pump(SE__PUMP_LINGERS, "pending receive(8) finish ");
        end("close ");
    }
}
END_TEST

START_TEST(drain_of_who_has_sent_nothing_finishes_at_once)
{
    finish();
    end("close ");
}
END_TEST

START_TEST(peer_that_is_gone_when_our_fin_goes_out_is_heard_by_receiving)
{
    then(0);
    se__connection_drain(&connection);
    then(-ENOTCONN);
    then(-ECONNRESET);
    pump(SE__PUMP_OVER, "pending finish receive(8) ");
    ck_assert_int_eq(connection.reason, SE_STAT_RESET);
}
END_TEST

START_TEST(half_close_that_fails_cuts)
{
    then(0);
    se__connection_drain(&connection);
    then(-ENOBUFS);
    pump(SE__PUMP_OVER, "pending finish ");
    ck_assert_int_eq(connection.reason, SE_STAT_RESET);
    end("abort ");
}
END_TEST

START_TEST(late_bytes_are_read_one_buffer_a_turn_until_the_fin)
{
    finish();
    then(8);
    pump(SE__PUMP_LINGERS, "receive(8) ");
    then(-EAGAIN);
    pump(SE__PUMP_LINGERS, "receive(8) ");
    then(0);
    pump(SE__PUMP_OVER, "receive(8) ");
    ck_assert_uint_eq(se__session_unsent(&connection.session), 0);
    end("close ");
}
END_TEST

static void assert_complete(bool expected, const char *calls)
{
    ck_assert_int_eq(se__connection_is_complete(&connection, &buffer), expected);
    assert_calls(calls);
}

START_TEST(connection_is_complete_when_nothing_is_held_and_nothing_waits)
{
    then(0);
    assert_complete(true, "pending ");
    then(-EINVAL);
    assert_complete(true, "pending ");
    then(1);
    assert_complete(false, "pending ");
    then(2);
    then(1);
    pump(SE__PUMP_ROOM, "receive(8) send(ab) ");
    assert_complete(false, "");
    end("abort ");
}
END_TEST

/** Somebody else has closed it: the number may be another's by now. */
START_TEST(connection_whose_descriptor_is_gone_closes_none)
{
    then(-EBADF);
    assert_complete(true, "pending ");
    ck_assert_int_eq(connection.reason, SE_STAT_RESET);
    end("");
}
END_TEST

START_TEST(drain_of_a_connection_whose_descriptor_is_gone_ends_it)
{
    then(-EBADF);
    se__connection_drain(&connection);
    pump(SE__PUMP_OVER, "pending ");
    ck_assert_int_eq(connection.reason, SE_STAT_RESET);
    end("");
}
END_TEST

START_TEST(completeness_after_our_fin_discards_late_bytes_up_to_a_bound)
{
    char calls[LOG_SIZE] = "";
    finish();
    for (int i = 0; i < DISCARDS_AT_ONCE; i++) {
        then(8);
        strcat(calls, "receive(8) ");
    }
    then(3);
    strcat(calls, "pending ");
    assert_complete(false, calls);
    ck_assert_uint_eq(connection.session.received, DISCARDS_AT_ONCE * 8);
}
END_TEST

START_TEST(completeness_after_our_fin_stops_at_the_peers)
{
    finish();
    then(8);
    then(0);
    then(0);
    assert_complete(true, "receive(8) receive(8) pending ");
    then(-EAGAIN);
    then(0);
    assert_complete(true, "receive(8) pending ");
}
END_TEST

START_TEST(reset_after_our_fin_is_the_reason_of_the_end)
{
    finish();
    then(-ECONNRESET);
    assert_complete(true, "receive(8) ");
    ck_assert_int_eq(connection.reason, SE_STAT_RESET);
    end("abort ");
}
END_TEST

static void add_echo(Suite *suite)
{
    TCase *tcase = fixture_add_tcase(suite, "echo");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, what_came_is_sent_at_once);
    tcase_add_test(tcase, held_bytes_go_out_in_order_before_anything_is_received);
    tcase_add_test(tcase, bytes_of_which_none_was_taken_are_held_as_well);
    tcase_add_test(tcase, want_of_kernel_memory_is_tried_again_later);
    tcase_add_test(tcase, error_of_the_kernel_ends_the_connection_and_says_why);
}

static void add_end(Suite *suite)
{
    TCase *tcase = fixture_add_tcase(suite, "end");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, drain_echoes_what_had_arrived_and_no_more);
    tcase_add_test(tcase, drain_ends_where_less_is_there_than_was_said);
    tcase_add_test(tcase, drain_of_who_has_sent_nothing_finishes_at_once);
    tcase_add_test(tcase, peer_that_is_gone_when_our_fin_goes_out_is_heard_by_receiving);
    tcase_add_test(tcase, half_close_that_fails_cuts);
    tcase_add_test(tcase, late_bytes_are_read_one_buffer_a_turn_until_the_fin);
    tcase_add_test(tcase, connection_is_complete_when_nothing_is_held_and_nothing_waits);
    tcase_add_test(tcase, connection_whose_descriptor_is_gone_closes_none);
    tcase_add_test(tcase, drain_of_a_connection_whose_descriptor_is_gone_ends_it);
    tcase_add_test(tcase, completeness_after_our_fin_discards_late_bytes_up_to_a_bound);
    tcase_add_test(tcase, completeness_after_our_fin_stops_at_the_peers);
    tcase_add_test(tcase, reset_after_our_fin_is_the_reason_of_the_end);
}

int main(void)
{
    Suite *suite = suite_create("turns of a connection");
    add_echo(suite);
    add_end(suite);
    return fixture_run(suite);
}
