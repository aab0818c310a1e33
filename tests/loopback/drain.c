/* What a stop does for the peers that are connected: all that had arrived comes back, then FIN; a second stop cuts. */
#include <errno.h>
#include <poll.h>
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

enum { MIB = 1 << 20, RECEIVE_BUFFER = 4096, SOON_MS = 2000, LIMIT_MS = 5000 };

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct se_server *server;

static bool serve_with(int poller)
{
    if (!poller_available(poller))
        return false;
    server = server_started(poller);
    return true;
}

static void join_soon(void)
{
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_join(server), 0);
    assert_took_less_than(start_ns, SOON_MS);
    se_server_free(server);
}

START_TEST(idle_peers_get_fin_and_the_server_ends_when_they_close)
{
    enum { PEERS = 20 };
    if (!serve_with(pollers[_i]))
        return;
    static const uint8_t message[] = "idle from here on";
    int fds[PEERS];
    for (int i = 0; i < PEERS; i++) {
        fds[i] = raw_connect(se_server_port(server));
        raw_send(fds[i], message, sizeof(message));
        raw_expect_bytes(fds[i], message, sizeof(message));
    }
    ck_assert_int_eq(se_server_stop(server), 0);
    for (int i = 0; i < PEERS; i++) {
        raw_expect_fin(fds[i]);
        close(fds[i]);
    }
    join_soon();
}
END_TEST

START_TEST(client_of_the_library_finishes_in_order_after_a_stop)
{
    if (!serve_with(pollers[_i]))
        return;
    struct se_client *client = client_connected(se_server_port(server), environment_patience_ms());
    ck_assert_int_eq(se_client_echo(client, "x", 1, NULL), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    client_wait_for_arrival(client);
    ck_assert_int_eq(se_client_finish(client), 0);
    se_client_free(client);
    join_soon();
}
END_TEST

START_TEST(peers_in_the_listen_queue_are_accepted_and_served)
{
    enum { PEERS = 5 };
    if (!poller_available(pollers[_i]))
        return;
    static const uint8_t message[] = "sent before the stop";
    int fds[PEERS];
    server = server_new(pollers[_i]);
    for (int i = 0; i < PEERS; i++) {
        fds[i] = raw_connect(se_server_port(server));
        raw_send(fds[i], message, sizeof(message));
    }
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    for (int i = 0; i < PEERS; i++) {
        raw_expect_bytes(fds[i], message, sizeof(message));
        raw_expect_fin(fds[i]);
        close(fds[i]);
    }
    join_soon();
}
END_TEST

/** A peer that never stops sending. What it has sent when the server is told to stop is in part still on its way. */
struct sender {
    int fd;
    const uint8_t *message;
    uint8_t *reply;
    size_t sent;
    size_t received;
    bool fin_came;
};

static void sender_send(struct sender *sender, size_t most)
{
    ssize_t count = send(sender->fd, sender->message + sender->sent, most, MSG_NOSIGNAL | MSG_DONTWAIT);
    ck_assert_msg(count >= 0 || errno == EAGAIN, "send: errno %d", errno);
    sender->sent += count > 0 ? (size_t)count : 0;
}

static void sender_receive(struct sender *sender)
{
    ssize_t count = recv(sender->fd, sender->reply + sender->received, MIB, MSG_DONTWAIT);
    ck_assert_msg(count >= 0 || errno == EAGAIN, "recv: errno %d after %zu bytes", errno, sender->received);
    sender->received += count > 0 ? (size_t)count : 0;
    sender->fin_came = count == 0;
}

/** One turn of sending and receiving, whichever is possible. */
static void sender_turn(struct sender *sender)
{
    int ready = io_wait(sender->fd, POLLIN | POLLOUT, environment_patience_ms());
    ck_assert_int_gt(ready, 0);
    if (ready & POLLOUT)
        sender_send(sender, RECEIVE_BUFFER);
    if (ready & ~POLLOUT)
        sender_receive(sender);
}

/** After FIN the peer still sends, for it does not have to stop at once: that must not turn the tail into a reset. */
static void send_on_after_fin(struct sender *sender)
{
    for (int turn = 0; turn < 50; turn++) {
        int ready = io_wait(sender->fd, POLLOUT, environment_patience_ms());
        ck_assert_int_eq(ready & (POLLOUT | POLLERR), POLLOUT);
        sender_send(sender, RECEIVE_BUFFER);
    }
}

START_TEST(peer_that_goes_on_sending_gets_all_that_had_arrived_and_then_fin)
{
    enum { BEFORE_STOP = 2 * MIB, MOST = 128 * MIB };
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *message = pattern_new(MOST, 1);
    struct sender sender = {.message = message, .reply = bytes_new(MOST + MIB)};
    sender.fd = raw_connect(se_server_port(server));
    while (sender.received < BEFORE_STOP)
        sender_turn(&sender);
    size_t arrived = raw_count_arrived(sender.fd, sender.sent);
    ck_assert_int_eq(se_server_stop(server), 0);
    while (!sender.fin_came && sender.sent < MOST - MIB)
        sender_turn(&sender);
    ck_assert(sender.fin_came);
    ck_assert_uint_ge(sender.received, arrived);
    assert_same_bytes(sender.reply, message, sender.received);
    send_on_after_fin(&sender);
    raw_expect_fin(sender.fd);
    close(sender.fd);
    join_soon();
    free(sender.reply);
    free(message);
}
END_TEST

/** The peer has sent all that the server and the kernel take, so that part of it waits on its own side when the stop
 * comes. It reads only then. */
START_TEST(late_reader_gets_all_that_had_arrived_and_then_fin)
{
    enum { MOST = 64 * MIB };
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *message = pattern_new(MOST, 2);
    uint8_t *reply = bytes_new(MOST);
    int fd = raw_connect_narrow(se_server_port(server), MIB / 16);
    size_t sent = raw_send_until_full(fd, message, MOST);
    size_t arrived = raw_count_arrived(fd, sent);
    raw_half_close(fd);
    ck_assert_int_eq(se_server_stop(server), 0);
    size_t received = raw_receive_to_fin(fd, reply, MOST);
    ck_assert_uint_ge(received, arrived);
    ck_assert_uint_le(received, sent);
    assert_same_bytes(reply, message, received);
    close(fd);
    join_soon();
    free(reply);
    free(message);
}
END_TEST

START_TEST(second_stop_cuts_a_peer_that_has_not_got_everything)
{
    enum { MOST = 64 * MIB };
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *message = pattern_new(MOST, 3);
    int idle_fd = raw_connect(se_server_port(server));
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(fd, message, MOST);
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(idle_fd);
    ck_assert_int_eq(se_server_stop(server), 0);
    join_soon();
    ck_assert_uint_lt(raw_expect_reset(fd), sent);
    close(idle_fd);
    close(fd);
    free(message);
}
END_TEST

START_TEST(free_cuts_a_peer_that_has_not_got_everything)
{
    enum { MOST = 64 * MIB };
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *message = pattern_new(MOST, 4);
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(fd, message, MOST);
    se_server_free(server);
    ck_assert_uint_lt(raw_expect_reset(fd), sent);
    close(fd);
    free(message);
}
END_TEST

/** One peer does not read, the other got its FIN and stays: the server waits for both until the limit, not longer. */
START_TEST(drain_has_a_limit)
{
    enum { MOST = 64 * MIB, MARGIN_MS = 2000 };
    if (!serve_with(pollers[_i]))
        return;
    uint8_t *message = pattern_new(MOST, 5);
    int idle_fd = raw_connect(se_server_port(server));
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    size_t sent = raw_send_until_full(fd, message, MOST);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(idle_fd);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_ge(clock_ms_since(start_ns), LIMIT_MS - 1);
    assert_took_less_than(start_ns, LIMIT_MS + MARGIN_MS);
    ck_assert_uint_lt(raw_expect_reset(fd), sent);
    close(idle_fd);
    close(fd);
    se_server_free(server);
    free(message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stop with peers connected");
    TCase *tcase = fixture_add_tcase(suite, "drain and cut");
    tcase_add_loop_test(tcase, idle_peers_get_fin_and_the_server_ends_when_they_close, 0, POLLERS);
    tcase_add_loop_test(tcase, client_of_the_library_finishes_in_order_after_a_stop, 0, POLLERS);
    tcase_add_loop_test(tcase, peers_in_the_listen_queue_are_accepted_and_served, 0, POLLERS);
    tcase_add_loop_test(tcase, peer_that_goes_on_sending_gets_all_that_had_arrived_and_then_fin, 0, POLLERS);
    tcase_add_loop_test(tcase, late_reader_gets_all_that_had_arrived_and_then_fin, 0, POLLERS);
    tcase_add_loop_test(tcase, second_stop_cuts_a_peer_that_has_not_got_everything, 0, POLLERS);
    tcase_add_loop_test(tcase, free_cuts_a_peer_that_has_not_got_everything, 0, POLLERS);
    tcase_add_loop_test(tcase, drain_has_a_limit, 0, POLLERS);
    return fixture_run(suite);
}
