/* Raw clients that stream, half-close, read slowly or send urgent bytes: the server sends every byte back, then FIN. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"
#include "raw.h"

enum { RECEIVE_BUFFER = 4096, MIB = 1 << 20 };

static struct se_server *server;

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

/** Returns whether there is such a poller; the test ends the server. */
static bool serve_with(int poller)
{
    if (!poller_available(poller))
        return false;
    server = server_started(poller);
    return true;
}

START_TEST(long_stream_comes_back_whole_to_a_slow_reader_that_half_closed)
{
    enum { CHUNK = 3000 };
    if (!serve_with(pollers[_i]))
        return;
    size_t length = environment_length(64 * MIB);
    uint8_t *message = pattern_new(length, 1);
    raw_exchange(raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER), message, length, CHUNK);
    free(message);
    server_end(server);
}
END_TEST

/** Everything is sent and half-closed before the first byte is read: the server holds what does not fit. */
START_TEST(what_was_sent_before_the_half_close_is_still_there_for_a_late_reader)
{
    enum { MOST = 64 * MIB };
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *message = pattern_new(MOST, 2);
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(fd, message, MOST);
    ck_assert_uint_lt(sent, MOST);
    raw_half_close(fd);
    raw_expect_bytes(fd, message, sent);
    raw_expect_fin(fd);
    close(fd);
    free(message);
    server_end(server);
}
END_TEST

/** TCP_CORK holds the bytes back until the half-close, so that they share a segment with FIN. */
static void send_burst(int fd, const uint8_t *message, size_t length, int corked)
{
    ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &corked, sizeof(corked)), 0);
    raw_send(fd, message, length);
    raw_half_close(fd);
}

START_TEST(bursts_in_which_data_and_fin_arrive_together_come_back_whole)
{
    enum { BURSTS = 300, LONGEST = 65536 };
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *message = pattern_new(LONGEST + BURSTS, 3);
    for (size_t burst = 0; burst < BURSTS; burst++) {
        size_t length = 1 + burst * 7919 % LONGEST;
        int fd = raw_connect(se_server_port(server));
        send_burst(fd, message + burst, length, burst % 2);
        raw_expect_bytes(fd, message + burst, length);
        raw_expect_fin(fd);
        close(fd);
    }
    free(message);
    server_end(server);
}
END_TEST

START_TEST(peer_that_only_half_closes_gets_fin)
{
    if (!serve_with(pollers[_i]))
        return;
    int fd = raw_connect(se_server_port(server));
    raw_half_close(fd);
    raw_expect_fin(fd);
    close(fd);
    server_end(server);
}
END_TEST

START_TEST(urgent_byte_comes_back_in_its_place)
{
    enum { LENGTH = 1000 };
    static const size_t offsets[] = {0, 1, LENGTH / 2, LENGTH - 2, LENGTH - 1};
    size_t offset = offsets[_i];
    server = server_started(SE_POLLER_AUTO);
    uint8_t *message = pattern_new(LENGTH, 4);
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, offset);
    ck_assert_int_eq(io_send(fd, message + offset, 1, MSG_OOB), 0);
    raw_send(fd, message + offset + 1, LENGTH - offset - 1);
    raw_half_close(fd);
    raw_expect_bytes(fd, message, LENGTH);
    raw_expect_fin(fd);
    close(fd);
    free(message);
    server_end(server);
}
END_TEST

START_TEST(every_byte_may_be_urgent)
{
    enum { LENGTH = 64 };
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *message = pattern_new(LENGTH, 5);
    int fd = raw_connect(se_server_port(server));
    for (size_t offset = 0; offset < LENGTH; offset++) {
        ck_assert_int_eq(io_send(fd, message + offset, 1, MSG_OOB), 0);
        raw_expect_bytes(fd, message + offset, 1);
    }
    raw_half_close(fd);
    raw_expect_fin(fd);
    close(fd);
    free(message);
    server_end(server);
}
END_TEST

START_TEST(many_connections_are_served_at_once)
{
    enum { CONNECTIONS = 200, LENGTH = 5000 };
    if (!serve_with(pollers[_i]))
        return;
    int fds[CONNECTIONS];
    uint8_t *message = pattern_new(LENGTH + CONNECTIONS, 6);
    for (int i = 0; i < CONNECTIONS; i++)
        fds[i] = raw_connect(se_server_port(server));
    for (int i = 0; i < CONNECTIONS; i++)
        raw_send(fds[i], message + i, LENGTH);
    for (int i = CONNECTIONS - 1; i >= 0; i--) {
        raw_half_close(fds[i]);
        raw_expect_bytes(fds[i], message + i, LENGTH);
        raw_expect_fin(fds[i]);
        close(fds[i]);
    }
    free(message);
    server_end(server);
}
END_TEST

START_TEST(others_are_served_beside_a_peer_that_does_not_read)
{
    enum { MOST = 64 * MIB };
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *message = pattern_new(MOST, 7);
    int stalled_fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(stalled_fd, message, MOST);
    for (int other = 0; other < 10; other++)
        raw_exchange(raw_connect(se_server_port(server)), message, MIB, MIB);
    raw_half_close(stalled_fd);
    raw_expect_bytes(stalled_fd, message, sent);
    raw_expect_fin(stalled_fd);
    close(stalled_fd);
    free(message);
    server_end(server);
}
END_TEST

/** Linux goes on taking in what comes after SHUT_RD; poll(2) cannot tell when, because the socket counts as ended. */
static void expect_bytes_after_shut_rd(int fd, const uint8_t *expected, size_t length)
{
    uint8_t *actual = bytes_new(length);
    size_t received = 0;
    int64_t start_ns = clock_now_ns();
    while (received < length && clock_ms_since(start_ns) < environment_patience_ms()) {
        int64_t count = io_receive(fd, actual + received, length - received);
        ck_assert_int_ge(count, 0);
        received += (size_t)count;
    }
    ck_assert_uint_eq(received, length);
    assert_same_bytes(actual, expected, length);
    free(actual);
}

START_TEST(peer_that_shut_its_receiving_side_is_served_like_others)
{
    enum { LENGTH = 10000 };
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *message = pattern_new(LENGTH, 8);
    int fd = raw_connect(se_server_port(server));
    ck_assert_int_eq(shutdown(fd, SHUT_RD), 0);
    raw_send(fd, message, LENGTH);
    expect_bytes_after_shut_rd(fd, message, LENGTH);
    raw_half_close(fd);
    raw_assert_served(se_server_port(server));
    close(fd);
    free(message);
    server_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("streams of raw clients");
    TCase *tcase = fixture_add_tcase(suite, "exact and whole");
    tcase_add_loop_test(tcase, long_stream_comes_back_whole_to_a_slow_reader_that_half_closed, 0, POLLERS);
    tcase_add_loop_test(tcase, what_was_sent_before_the_half_close_is_still_there_for_a_late_reader, 0, POLLERS);
    tcase_add_loop_test(tcase, bursts_in_which_data_and_fin_arrive_together_come_back_whole, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_only_half_closes_gets_fin, 0, POLLERS);
    tcase_add_loop_test(tcase, urgent_byte_comes_back_in_its_place, 0, 5);
    tcase_add_loop_test(tcase, every_byte_may_be_urgent, 0, POLLERS);
    tcase_add_loop_test(tcase, many_connections_are_served_at_once, 0, POLLERS);
    tcase_add_loop_test(tcase, others_are_served_beside_a_peer_that_does_not_read, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_shut_its_receiving_side_is_served_like_others, 0, POLLERS);
    return fixture_run(suite);
}
