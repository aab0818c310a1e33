/* The acceptor of a worker and its listener: whom it takes in at a time, when it rests and for how long. Time is what
 * the test writes into peers.now_ms; the queue, the descriptors and the poller are real.
 *
 * A peer for whom there is no descriptor stays in the queue. (Under valgrind it is lost: so the tests let another one
 * come after the famine.) */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "environment.h"
#include "famine.h"
#include "fixture.h"
#include "io.h"
#include "pair.h"
#include "server/acceptor.h"
#include "system/socket.h"
#include "watch.h"

enum { TAG = 5, REST_MS = 100, START_MS = 1000000, CLIENTS_MAX = 100 };

static struct se__poller *poller;
static struct se__peers peers;
static struct se__service service;
static struct se__wakeup wakeup;
static struct se__mailbox mailbox;
static struct se__mailbox *mailboxes[] = {&mailbox};
static struct se__tally tally;
static struct se__acceptor acceptor;
static struct se__listener *const listener = &acceptor.listener;
static int clients[CLIENTS_MAX];
static int client_count;

static bool begin(int kind_index)
{
    poller = watch_open(kind_index);
    if (!poller)
        return false;
    client_count = 0;
    service = (struct se__service){.settings = {.idle_ms = -1, .stall_ms = -1, .linger_ms = -1}};
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
    ck_assert_int_eq(se__service_begin(&service, NULL, &wakeup), 0);
    service.census.limit = CLIENTS_MAX;
    ck_assert_int_eq(se__mailbox_begin(&mailbox, &wakeup), 0);
    peers = (struct se__peers){
        .poller = poller, .service = &service, .tally = &tally, .members = &mailbox.members, .now_ms = START_MS};
    ck_assert_int_eq(se__peers_begin(&peers, 0), 0);
    acceptor = (struct se__acceptor){
        .listener = {.poller = poller, .service = &service, .tally = &tally, .tag = TAG},
        .peers = &peers,
        .mailboxes = mailboxes,
        .count = 1,
    };
    ck_assert_int_eq(se__listener_begin(listener, pair_listen()), 0);
    return true;
}

static void end(void)
{
    for (int i = 0; i < client_count; i++)
        close(clients[i]);
    se__listener_close(listener);
    se__peers_end(&peers);
    se__poller_free(poller);
    se__mailbox_end(&mailbox);
    se__service_end(&service);
    se__wakeup_end(&wakeup);
}

/** Connects and waits until the listener has somebody in its queue. */
static int let_a_client_come(void)
{
    int fd = pair_connect(listener->fd);
    clients[client_count++] = fd;
    ck_assert_int_eq(io_wait(listener->fd, POLLIN, environment_patience_ms()), POLLIN);
    return fd;
}

static bool is_resting(void)
{
    return !listener->watched && se__listener_due_ms(listener) != SE__NEVER;
}

static void assert_listening(void)
{
    ck_assert(listener->watched);
    ck_assert_int_eq(se__listener_due_ms(listener), SE__NEVER);
}

START_TEST(those_who_wait_are_taken_in_a_batch_at_a_time)
{
    enum { BATCH_MAX = 64 };
    if (!begin(_i))
        return;
    while (client_count < CLIENTS_MAX)
        let_a_client_come();
    while (peers.pool.active < CLIENTS_MAX) {
        uint32_t before = peers.pool.active;
        ck_assert_int_eq(io_wait(listener->fd, POLLIN, environment_patience_ms()), POLLIN);
        se__acceptor_accept(&acceptor);
        ck_assert_uint_gt(peers.pool.active, before);
        ck_assert_uint_le(peers.pool.active, before + BATCH_MAX);
    }
    assert_listening();
    end();
}
END_TEST

START_TEST(an_empty_queue_is_no_reason_to_rest)
{
    if (!begin(_i))
        return;
    se__acceptor_accept(&acceptor);
    assert_listening();
    let_a_client_come();
    se__acceptor_accept(&acceptor);
    ck_assert_uint_eq(peers.pool.active, 1);
    assert_listening();
    end();
}
END_TEST

START_TEST(without_descriptors_it_rests_and_is_not_watched)
{
    if (!begin(_i))
        return;
    let_a_client_come();
    watch_expect(poller, TAG);
    famine_begin();
    se__acceptor_accept(&acceptor);
    ck_assert(is_resting());
    ck_assert_int_eq(se__listener_due_ms(listener), START_MS + REST_MS);
    watch_expect_none(poller);
    famine_end();
    se__acceptor_accept(&acceptor);
    ck_assert_uint_eq(peers.pool.active, 0);
    ck_assert(is_resting());
    end();
}
END_TEST

START_TEST(a_rest_ends_when_its_time_is_over_and_not_before)
{
    if (!begin(_i))
        return;
    let_a_client_come();
    famine_begin();
    se__acceptor_accept(&acceptor);
    famine_end();
    peers.now_ms = START_MS + REST_MS - 1;
    se__listener_wake(listener, peers.now_ms);
    ck_assert(is_resting());
    peers.now_ms = START_MS + REST_MS;
    se__listener_wake(listener, peers.now_ms);
    assert_listening();
    let_a_client_come();
    watch_expect(poller, TAG);
    se__acceptor_accept(&acceptor);
    ck_assert_uint_ge(peers.pool.active, 1);
    end();
}
END_TEST

/** Lets the one connection that there is end, by its peer's FIN. */
static void let_the_connection_end(int client)
{
    uint32_t cursor = 0;
    struct se_connection *connection = se__pool_next(&peers.pool, &cursor);
    ck_assert_ptr_nonnull(connection);
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    ck_assert_int_eq(io_wait(connection->fd, POLLIN, environment_patience_ms()), POLLIN);
    se__peers_serve(&peers, se__pool_tag(connection));
    ck_assert_uint_eq(peers.pool.active, 0);
}

START_TEST(a_rest_ends_at_once_when_a_connection_ends)
{
    if (!begin(_i))
        return;
    int client = let_a_client_come();
    se__acceptor_accept(&acceptor);
    ck_assert_uint_eq(peers.pool.active, 1);
    let_a_client_come();
    famine_begin();
    se__acceptor_accept(&acceptor);
    famine_end();
    se__listener_wake(listener, peers.now_ms);
    ck_assert(is_resting());
    let_the_connection_end(client);
    se__listener_wake(listener, peers.now_ms);
    assert_listening();
    end();
}
END_TEST

START_TEST(a_famine_that_lasts_is_rest_after_rest)
{
    if (!begin(_i))
        return;
    let_a_client_come();
    famine_begin();
    do {
        se__acceptor_accept(&acceptor);
        ck_assert(is_resting());
        ck_assert_int_eq(se__listener_due_ms(listener), peers.now_ms + REST_MS);
        peers.now_ms += REST_MS;
        se__listener_wake(listener, peers.now_ms);
        assert_listening();
    } while (peers.now_ms < START_MS + 5 * REST_MS && io_wait(listener->fd, POLLIN, 0) == POLLIN);
    famine_end();
    end();
}
END_TEST

/** accept(2) says EINVAL then, which is no single peer's fault and no shortage either. */
START_TEST(a_listener_that_was_shut_down_rests_instead_of_spinning)
{
    if (!begin(_i))
        return;
    ck_assert_int_eq(shutdown(listener->fd, SHUT_RDWR), 0);
    for (int i = 0; i < 3; i++) {
        se__acceptor_accept(&acceptor);
        ck_assert(is_resting());
        watch_expect_none(poller);
        peers.now_ms += REST_MS;
        se__listener_wake(listener, peers.now_ms);
        assert_listening();
    }
    end();
}
END_TEST

START_TEST(while_peers_drain_those_who_wait_are_served_before_it_closes)
{
    char text[8] = "";
    if (!begin(_i))
        return;
    int client = let_a_client_come();
    pair_send_text(client, "hello");
    se__peers_drain(&peers);
    ck_assert_int_ge(listener->fd, 0);
    se__acceptor_accept(&acceptor);
    ck_assert_int_eq(listener->fd, -1);
    ck_assert_int_eq(se__listener_due_ms(listener), SE__NEVER);
    ck_assert_int_eq(io_receive(client, (uint8_t *)text, sizeof(text)), 5);
    ck_assert_str_eq(text, "hello");
    end();
}
END_TEST

START_TEST(a_closed_listener_stays_closed)
{
    struct se__address address;
    int fd = -1;
    if (!begin(_i))
        return;
    ck_assert_int_eq(se__socket_local_address(listener->fd, &address), 0);
    se__listener_close(listener);
    ck_assert_int_eq(listener->fd, -1);
    peers.now_ms += 10 * REST_MS;
    se__listener_close(listener);
    se__listener_wake(listener, peers.now_ms);
    se__acceptor_accept(&acceptor);
    ck_assert(!listener->watched);
    ck_assert_int_eq(se__listener_due_ms(listener), SE__NEVER);
    ck_assert_int_eq(se__socket_listen(&address, &fd), 0);
    se__socket_close(fd);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the acceptor and its listener");
    TCase *tcase = fixture_add_tcase(suite, "rests");
    tcase_add_loop_test(tcase, those_who_wait_are_taken_in_a_batch_at_a_time, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, an_empty_queue_is_no_reason_to_rest, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, without_descriptors_it_rests_and_is_not_watched, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_rest_ends_when_its_time_is_over_and_not_before, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_rest_ends_at_once_when_a_connection_ends, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_famine_that_lasts_is_rest_after_rest, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_listener_that_was_shut_down_rests_instead_of_spinning, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, while_peers_drain_those_who_wait_are_served_before_it_closes, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_closed_listener_stays_closed, 0, WATCH_KINDS);
    return fixture_run(suite);
}
