/* The figures of a server: each moves for its own reason and for no other, and any thread may read them at any time. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "figures.h"
#include "fixture.h"
#include "io.h"
#include "jam.h"
#include "pattern.h"
#include "raw.h"
#include "statistics.h"
#include "variants.h"

enum { SHORT_MS = 200, LENGTH = 1000, RECEIVE_BUFFER = 128 << 10 };

static struct se_server *server;
static struct figures before;
static uint8_t *message;

static void make_message(void)
{
    message = pattern_new(JAM_NARROW_MOST, 1);
}

static void free_message(void)
{
    free(message);
}

/** One connection has come and gone, so that the most at one time is one already. */
static void start_and_remember(void)
{
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(se_server_port(server));
    stat_await(server, SE_STAT_ACTIVE, 0);
    stat_await(server, SE_STAT_ORDERLY, 1);
    before = figures_now(server);
}

static bool serve(int variant)
{
    server = jam_narrow_server_new(variant);
    if (server)
        start_and_remember();
    return server != NULL;
}

static int connect_narrow(void)
{
    return raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
}

/** Once the last connection has gone, nothing else has changed since the beginning. */
static void assert_changed(const struct figure_change *changes, size_t count)
{
    stat_await(server, SE_STAT_ACTIVE, 0);
    figures_assert_changed(server, &before, changes, count);
    figures_end(server);
}

START_TEST(every_figure_begins_at_nothing_and_no_other_one_exists)
{
    static const int unknown[] = {-1, FIGURES, 1000, INT_MIN, INT_MAX};
    server = variant_new(_i);
    if (!server)
        return;
    for (int stat = 0; stat < FIGURES; stat++) {
        ck_assert_int_eq(se_server_stat(server, stat), 0);
        ck_assert_int_eq(se_server_stat(NULL, stat), -EINVAL);
    }
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        ck_assert_int_eq(se_server_stat(server, unknown[i]), -EINVAL);
    se_server_free(server);
}
END_TEST

START_TEST(a_connection_that_ends_in_order_is_counted)
{
    if (!serve(_i))
        return;
    raw_exchange(raw_connect(se_server_port(server)), message, LENGTH, LENGTH);
    const struct figure_change changes[] = {
        {SE_STAT_ACCEPTED, 1}, {SE_STAT_ORDERLY, 1}, {SE_STAT_RECEIVED_BYTES, LENGTH}, {SE_STAT_ECHOED_BYTES, LENGTH}};
    assert_changed(changes, 4);
}
END_TEST

START_TEST(a_connection_without_a_byte_is_counted)
{
    if (!serve(_i))
        return;
    close(raw_connect(se_server_port(server)));
    stat_await(server, SE_STAT_ACCEPTED, 2);
    const struct figure_change changes[] = {{SE_STAT_ACCEPTED, 1}, {SE_STAT_ORDERLY, 1}};
    assert_changed(changes, 2);
}
END_TEST

START_TEST(the_reset_of_an_idle_peer_is_counted)
{
    if (!serve(_i))
        return;
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, LENGTH);
    raw_expect_bytes(fd, message, LENGTH);
    stat_await(server, SE_STAT_ECHOED_BYTES, before.of[SE_STAT_ECHOED_BYTES] + LENGTH);
    io_reset(fd);
    const struct figure_change changes[] = {
        {SE_STAT_ACCEPTED, 1}, {SE_STAT_RESET, 1}, {SE_STAT_RECEIVED_BYTES, LENGTH}, {SE_STAT_ECHOED_BYTES, LENGTH}};
    assert_changed(changes, 4);
}
END_TEST

/** What a jammed connection has changed, when its end was counted there. */
static void assert_jammed_one_ended_as(int reason)
{
    stat_await(server, SE_STAT_ACTIVE, 0);
    int64_t received = se_server_stat(server, SE_STAT_RECEIVED_BYTES) - before.of[SE_STAT_RECEIVED_BYTES];
    int64_t echoed = se_server_stat(server, SE_STAT_ECHOED_BYTES) - before.of[SE_STAT_ECHOED_BYTES];
    ck_assert_int_gt(received, echoed);
    const struct figure_change changes[] = {{SE_STAT_ACCEPTED, 1},
                                            {reason, 1},
                                            {SE_STAT_RECEIVED_BYTES, received},
                                            {SE_STAT_ECHOED_BYTES, echoed},
                                            {SE_STAT_GIVEN_UP_BYTES, received - echoed}};
    figures_assert_changed(server, &before, changes, 5);
}

START_TEST(the_reset_of_a_peer_that_misses_bytes_is_counted_with_them)
{
    if (!serve(_i))
        return;
    int fd = connect_narrow();
    jam(server, fd, message);
    io_reset(fd);
    assert_jammed_one_ended_as(SE_STAT_RESET);
    figures_end(server);
}
END_TEST

START_TEST(a_stalled_peer_is_counted)
{
    server = jam_narrow_server_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_stall_timeout(server, SHORT_MS), 0);
    start_and_remember();
    int fd = connect_narrow();
    jam(server, fd, message);
    assert_jammed_one_ended_as(SE_STAT_STALLED);
    close(fd);
    figures_end(server);
}
END_TEST

START_TEST(a_peer_that_is_cut_by_the_drain_is_counted)
{
    if (!serve(_i))
        return;
    int fd = connect_narrow();
    jam(server, fd, message);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    assert_jammed_one_ended_as(SE_STAT_DRAIN);
    close(fd);
    se_server_free(server);
}
END_TEST

START_TEST(an_idle_peer_is_counted)
{
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_idle_timeout(server, SHORT_MS), 0);
    start_and_remember();
    int fd = raw_connect(se_server_port(server));
    raw_send(fd, message, LENGTH);
    raw_expect_bytes(fd, message, LENGTH);
    raw_expect_fin(fd);
    close(fd);
    const struct figure_change changes[] = {
        {SE_STAT_ACCEPTED, 1}, {SE_STAT_IDLE, 1}, {SE_STAT_RECEIVED_BYTES, LENGTH}, {SE_STAT_ECHOED_BYTES, LENGTH}};
    assert_changed(changes, 4);
}
END_TEST

START_TEST(the_most_at_one_time_is_remembered)
{
    enum { PEERS = 7 };
    int fds[PEERS];
    if (!serve(_i))
        return;
    for (int count = 1; count <= PEERS; count++) {
        crowd_connect(fds, (size_t)count, se_server_port(server));
        stat_await(server, SE_STAT_ACTIVE, count);
        stat_await(server, SE_STAT_ACTIVE_MAX, count);
        crowd_close(fds, (size_t)count);
        stat_await(server, SE_STAT_ACTIVE, 0);
        ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE_MAX), count);
    }
    figures_end(server);
}
END_TEST

START_TEST(figures_stay_when_the_server_has_stopped)
{
    if (!serve(_i))
        return;
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    figures_assert_changed(server, &before, NULL, 0);
    se_server_free(server);
}
END_TEST

/** A thread that reads all figures over and over, and notes when a counter has fallen. */
struct reader {
    pthread_t thread;
    atomic_bool is_over;
    atomic_int rounds;
    int fallen; /**< the figure that has, -1 as long as none */
};

static int fallen_since(const int64_t *earlier, const int64_t *now)
{
    for (int stat = 0; stat < FIGURES; stat++)
        if (stat != SE_STAT_ACTIVE && now[stat] < earlier[stat])
            return stat;
    return now[SE_STAT_ACTIVE] < 0 ? SE_STAT_ACTIVE : -1;
}

static void *read_on(void *argument)
{
    struct reader *reader = argument;
    int64_t earlier[FIGURES] = {0};
    int64_t now[FIGURES];
    while (!atomic_load(&reader->is_over) && reader->fallen < 0) {
        for (int stat = 0; stat < FIGURES; stat++)
            now[stat] = se_server_stat(server, stat);
        reader->fallen = fallen_since(earlier, now);
        for (int stat = 0; stat < FIGURES; stat++)
            earlier[stat] = now[stat];
        atomic_fetch_add(&reader->rounds, 1);
    }
    return NULL;
}

/** On a busy machine a thread may not have begun when all is over. */
static void await_round(struct reader *reader)
{
    int64_t start_ns = clock_now_ns();
    int rounds = atomic_load(&reader->rounds);
    while (atomic_load(&reader->rounds) == rounds && clock_ms_since(start_ns) < environment_patience_ms())
        sched_yield();
    ck_assert_int_ne(atomic_load(&reader->rounds), rounds);
}

START_TEST(any_thread_may_read_them_while_the_server_runs)
{
    enum { READERS = 2, EXCHANGES = 100 };
    struct reader readers[READERS];
    server = variant_new(_i);
    if (!server)
        return;
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.fallen = -1};
        ck_assert_int_eq(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]), 0);
    }
    ck_assert_int_eq(se_server_start(server), 0);
    for (int i = 0; i < READERS; i++)
        await_round(&readers[i]);
    for (int i = 0; i < EXCHANGES; i++)
        raw_exchange(raw_connect(se_server_port(server)), message, LENGTH, LENGTH);
    stat_await(server, SE_STAT_ORDERLY, EXCHANGES);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    for (int i = 0; i < READERS; i++) {
        atomic_store(&readers[i].is_over, true);
        ck_assert_int_eq(pthread_join(readers[i].thread, NULL), 0);
        ck_assert_int_eq(readers[i].fallen, -1);
    }
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ECHOED_BYTES), EXCHANGES * LENGTH);
    se_server_free(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("statistics");
    TCase *tcase = fixture_add_tcase(suite, "reasons");
    tcase_add_unchecked_fixture(tcase, make_message, free_message);
    tcase_add_loop_test(tcase, every_figure_begins_at_nothing_and_no_other_one_exists, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_connection_that_ends_in_order_is_counted, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_connection_without_a_byte_is_counted, 0, VARIANTS);
    tcase_add_loop_test(tcase, the_reset_of_an_idle_peer_is_counted, 0, VARIANTS);
    tcase_add_loop_test(tcase, the_reset_of_a_peer_that_misses_bytes_is_counted_with_them, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_stalled_peer_is_counted, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_peer_that_is_cut_by_the_drain_is_counted, 0, VARIANTS);
    tcase_add_loop_test(tcase, an_idle_peer_is_counted, 0, VARIANTS);
    tcase_add_loop_test(tcase, the_most_at_one_time_is_remembered, 0, VARIANTS);
    tcase_add_loop_test(tcase, figures_stay_when_the_server_has_stopped, 0, VARIANTS);
    tcase_add_loop_test(tcase, any_thread_may_read_them_while_the_server_runs, 0, VARIANTS);
    return fixture_run(suite);
}
