/* How long a peer may keep us: after our FIN each time that it sends its time begins anew, but not without end. And who
 * has to go where there is room for fewer. Time is what the test writes into peers.now_ms; the sockets and the poller
 * are real. */
#include <errno.h>
#include <poll.h>
#include <sockecho/server.h>

#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pair.h"
#include "server/peers.h"
#include "system/deadline.h"

enum { START_MS = 1000000, LINGER_MS = 100, STALL_MS = 70, TIMES_IN_ALL = 6, SLACK_MS = 1 };

int64_t __wrap_se__progress_age_ms(int fd);

struct se_connection *__real_se__pool_take(struct se__pool *pool);
struct se_connection *__wrap_se__pool_take(struct se__pool *pool);

static int64_t progress_age_ms;
static bool lacks_memory;

int64_t __wrap_se__progress_age_ms(int fd)
{
    (void)fd;
    return progress_age_ms;
}

struct se_connection *__wrap_se__pool_take(struct se__pool *pool)
{
    return lacks_memory ? NULL : __real_se__pool_take(pool);
}

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
    tally = (struct se__tally){.figures = {0}};
    service = (struct se__service){.settings = {.idle_ms = -1, .stall_ms = STALL_MS, .linger_ms = LINGER_MS}};
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
    se__peers_keep_deadlines(&peers, peers.now_ms);
    ck_assert_uint_eq(peers.pool.active, 0);
    end();
}
END_TEST

START_TEST(without_a_limit_a_peer_may_send_for_ever)
{
    begin();
    service.settings.linger_ms = -1;
    service.settings.idle_ms = 50; /* which is no matter any more */
    se__peers_set_times(&peers);
    se__peers_drain(&peers);
    ck_assert_int_eq(se__peers_due_ms(&peers), SE__NEVER);
    connection->finished_ms = START_MS;
    ck_assert_int_eq(due_after_a_byte_at(START_MS + 1000000), SE__NEVER);
    se__peers_keep_deadlines(&peers, peers.now_ms);
    ck_assert_uint_eq(peers.pool.active, 1);
    end();
}
END_TEST

/** Where the time of the peer is over now: returns whether it is still there. */
static bool stays_with_progress_before_ms(int64_t age_ms)
{
    peers.now_ms = START_MS + STALL_MS + SLACK_MS;
    progress_age_ms = age_ms;
    se__deadline_move(&connection->deadline, &peers.stalled, START_MS);
    se__peers_keep_deadlines(&peers, peers.now_ms);
    return peers.pool.active == 1;
}

/** It never reads: at START_MS nothing more of its echo goes out. */
static void stall(void)
{
    enum { PIECE = 65536 };
    static const unsigned char piece[PIECE];
    while (connection->deadline.list != &peers.stalled) {
        ck_assert_int_gt(send(pair.near, piece, PIECE, MSG_NOSIGNAL | MSG_DONTWAIT), 0);
        ck_assert_int_eq(io_wait(connection->fd, POLLIN, environment_patience_ms()), POLLIN);
        se__peers_serve(&peers, se__pool_tag(connection));
    }
    ck_assert_int_eq(se__peers_due_ms(&peers), START_MS + STALL_MS + SLACK_MS);
}

START_TEST(stop_does_not_begin_the_time_of_a_stalled_peer_anew)
{
    begin();
    stall();
    peers.now_ms = START_MS + STALL_MS / 2;
    se__peers_drain(&peers);
    ck_assert_int_eq(se__peers_due_ms(&peers), START_MS + STALL_MS + SLACK_MS);
    end();
}
END_TEST

START_TEST(stop_does_not_begin_the_time_of_a_lingering_peer_anew)
{
    begin();
    finish();
    peers.now_ms = START_MS + LINGER_MS / 2;
    se__peers_drain(&peers);
    ck_assert_int_eq(se__peers_due_ms(&peers), START_MS + LINGER_MS + SLACK_MS);
    end();
}
END_TEST

START_TEST(peer_that_takes_bytes_slowly_has_its_time_from_then_on)
{
    static const int64_t ages_ms[] = {0, 1, STALL_MS - 1};
    begin();
    for (size_t i = 0; i < sizeof(ages_ms) / sizeof(ages_ms[0]); i++) {
        ck_assert(stays_with_progress_before_ms(ages_ms[i]));
        ck_assert_int_eq(se__peers_due_ms(&peers), peers.now_ms - ages_ms[i] + STALL_MS + SLACK_MS);
    }
    end();
}
END_TEST

START_TEST(peer_that_took_nothing_or_of_which_nobody_knows_is_cut)
{
    static const int64_t ages_ms[] = {-ENOTSUP, STALL_MS, STALL_MS + 1};
    for (size_t i = 0; i < sizeof(ages_ms) / sizeof(ages_ms[0]); i++) {
        begin();
        ck_assert(!stays_with_progress_before_ms(ages_ms[i]));
        ck_assert_int_eq(se__tally_get(&tally, SE_STAT_STALLED), 1);
        end();
    }
}
END_TEST

START_TEST(peer_that_is_sent_away_is_counted_once)
{
    struct se__address peer = pair_loopback(1);
    begin();
    int fd = pair_connect(pair.listen_fd);
    atomic_store(&members, 5);
    service.census.limit = 2;
    ck_assert(se__census_enter(&service.census, se__address_key(&peer)));
    se__peers_send_away(&peers, fd, &peer);
    ck_assert_int_eq(atomic_load(&members), 4);
    ck_assert_int_eq(atomic_load(&service.census.active), 1);
    ck_assert_int_eq(se__tally_get(&tally, SE_STAT_REFUSED), 1);
    end();
}
END_TEST

static int welcome(void)
{
    struct se__address peer = pair_loopback(1);
    service.census.limit = 2;
    ck_assert(se__census_enter(&service.census, se__address_key(&peer)));
    atomic_fetch_add(&members, 1);
    return se__peers_welcome(&peers, pair_connect(pair.listen_fd), &peer);
}

/** Returns how many are there afterwards. */
static uint32_t welcome_another(void)
{
    ck_assert_int_eq(welcome(), 0);
    return peers.pool.active;
}

/** The fixture sees that its descriptor is closed. */
static void assert_only_the_first_is_there(void)
{
    ck_assert_uint_eq(peers.pool.active, 1);
    ck_assert_int_eq(atomic_load(&members), 1);
    ck_assert_int_eq(atomic_load(&service.census.active), 1);
    ck_assert_int_eq(se__tally_get(&tally, SE_STAT_REFUSED), 1);
    ck_assert_int_eq(se__tally_get(&tally, SE_STAT_ACCEPTED), 1);
}

START_TEST(peer_without_a_place_is_sent_away)
{
    begin();
    lacks_memory = true;
    int error = welcome();
    lacks_memory = false;
    ck_assert_int_eq(error, -ENOMEM);
    assert_only_the_first_is_there();
    end();
}
END_TEST

static int refuse(struct se_server *server, int event, const struct se_connection *those, void *user_data)
{
    (void)server, (void)those, (void)user_data;
    return event == SE_EVENT_OPENED;
}

START_TEST(peer_that_the_callback_refuses_is_turned_away)
{
    begin();
    service.settings.callback = refuse;
    ck_assert_uint_eq(welcome_another(), 1);
    assert_only_the_first_is_there();
    end();
}
END_TEST

START_TEST(the_later_of_two_is_shed_although_the_numbers_have_gone_round)
{
    begin();
    connection->number = UINT32_MAX;
    peers.welcomed = 0;
    ck_assert_uint_eq(welcome_another(), 2);
    ck_assert(se__peers_shed(&peers));
    uint32_t cursor = 0;
    ck_assert_ptr_eq(se__pool_next(&peers.pool, &cursor), connection);
    ck_assert_ptr_null(se__pool_next(&peers.pool, &cursor));
    ck_assert_int_eq(se__tally_get(&tally, SE_STAT_MEMORY), 1);
    end();
}
END_TEST

START_TEST(each_that_comes_has_a_number_of_its_own)
{
    begin();
    ck_assert_uint_eq(peers.welcomed, 1);
    ck_assert_uint_eq(welcome_another(), 2);
    ck_assert_uint_eq(peers.welcomed, 2);
    ck_assert(se__peers_shed(&peers));
    ck_assert_uint_eq(welcome_another(), 2);
    ck_assert_uint_eq(peers.welcomed, 3);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the peers of a worker");
    TCase *tcase = fixture_add_tcase(suite, "times");
    tcase_add_test(tcase, each_byte_begins_the_time_anew_until_it_is_over_in_all);
    tcase_add_test(tcase, without_a_limit_a_peer_may_send_for_ever);
    tcase_add_test(tcase, stop_does_not_begin_the_time_of_a_stalled_peer_anew);
    tcase_add_test(tcase, stop_does_not_begin_the_time_of_a_lingering_peer_anew);
    tcase_add_test(tcase, peer_that_takes_bytes_slowly_has_its_time_from_then_on);
    tcase_add_test(tcase, peer_that_took_nothing_or_of_which_nobody_knows_is_cut);
    tcase_add_test(tcase, peer_that_is_sent_away_is_counted_once);
    tcase_add_test(tcase, peer_without_a_place_is_sent_away);
    tcase_add_test(tcase, peer_that_the_callback_refuses_is_turned_away);
    tcase_add_test(tcase, the_later_of_two_is_shed_although_the_numbers_have_gone_round);
    tcase_add_test(tcase, each_that_comes_has_a_number_of_its_own);
    return fixture_run(suite);
}
