/* How long a peer may keep us after our FIN: each time that it sends, its time begins anew, but not without end. Time
 * is what the test writes into peers.now_ms; the sockets and the poller are real. */
#include <poll.h>
#include <sockecho/server.h>

#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pair.h"
#include "server/peers.h"
#include "system/deadline.h"

enum { START_MS = 1000000, LINGER_MS = 100, TIMES_IN_ALL = 6, SLACK_MS = 1 };

static struct se__poller *poller;
static struct se__peers peers;
static struct se__service service;
static struct se__wakeup wakeup;
static struct se__tally tally;
static atomic_int members;
static struct pair pair;
static struct se_connection *connection;

static void begin(void)
{
    service = (struct se__service){.settings = {.idle_ms = -1, .stall_ms = -1, .linger_ms = LINGER_MS}};
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
    ck_assert_int_eq(se__service_begin(&service, NULL, &wakeup), 0);
    ck_assert_int_eq(se__poller_new(SE_POLLER_AUTO, &poller), 0);
    atomic_store(&members, 1);
    peers = (struct se__peers){
        .poller = poller, .service = &service, .tally = &tally, .members = &members, .now_ms = START_MS};
    ck_assert_int_eq(se__peers_begin(&peers, 0), 0);
    se__peers_set_times(&peers);
    pair = pair_open();
    struct se__address peer = pair_loopback(1);
    service.census.limit = 1;
    ck_assert(se__census_enter(&service.census, se__address_key(&peer)));
    ck_assert_int_eq(se__peers_welcome(&peers, pair.far, &peer), 0);
    pair.far = -1;
    uint32_t cursor = 0;
    connection = se__pool_next(&peers.pool, &cursor);
    ck_assert_ptr_nonnull(connection);
}

static void end(void)
{
    pair_close(&pair);
    se__peers_end(&peers);
    se__poller_free(poller);
    se__service_end(&service);
    se__wakeup_end(&wakeup);
}

/** Our FIN is out at START_MS. */
static void finish(void)
{
    se__peers_drain(&peers);
    ck_assert(connection->session.finished);
    connection->finished_ms = START_MS;
    ck_assert_int_eq(se__peers_due_ms(&peers), START_MS + LINGER_MS + SLACK_MS);
}

/** Returns when the time of the peer is over now. */
static int64_t due_after_a_byte_at(int64_t now_ms)
{
    pair_send_text(pair.near, "x");
    ck_assert_int_eq(io_wait(connection->fd, POLLIN, environment_patience_ms()), POLLIN);
    peers.now_ms = now_ms;
    se__peers_serve(&peers, se__pool_tag(connection));
    ck_assert_uint_eq(peers.pool.active, 1);
    return se__peers_due_ms(&peers);
}

START_TEST(each_byte_begins_the_time_anew_until_it_is_over_in_all)
{
    const int64_t last_ms = START_MS + (TIMES_IN_ALL - 1) * LINGER_MS - 1;
    begin();
    finish();
    ck_assert_int_eq(due_after_a_byte_at(START_MS + 50), START_MS + 50 + LINGER_MS + SLACK_MS);
    ck_assert_int_eq(due_after_a_byte_at(last_ms), last_ms + LINGER_MS + SLACK_MS);
    ck_assert_int_eq(due_after_a_byte_at(last_ms + 1), last_ms + LINGER_MS + SLACK_MS);
    ck_assert_int_eq(due_after_a_byte_at(last_ms + 2), last_ms + LINGER_MS + SLACK_MS);
    peers.now_ms = last_ms + LINGER_MS + SLACK_MS;
    se__peers_keep_deadlines(&peers);
    ck_assert_uint_eq(peers.pool.active, 0);
    end();
}
END_TEST

START_TEST(without_a_limit_a_peer_may_send_for_ever)
{
    begin();
    service.settings.linger_ms = -1;
    se__peers_set_times(&peers);
    se__peers_drain(&peers);
    connection->finished_ms = START_MS;
    ck_assert_int_eq(due_after_a_byte_at(START_MS + 1000000), SE__NEVER);
    se__peers_keep_deadlines(&peers);
    ck_assert_uint_eq(peers.pool.active, 1);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("peers after our FIN");
    TCase *tcase = fixture_add_tcase(suite, "lingering");
    tcase_add_test(tcase, each_byte_begins_the_time_anew_until_it_is_over_in_all);
    tcase_add_test(tcase, without_a_limit_a_peer_may_send_for_ever);
    return fixture_run(suite);
}
