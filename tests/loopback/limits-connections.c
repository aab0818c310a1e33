/* How many connections a server takes: whoever comes beyond the limit is accepted, reset and counted, the others are
 * served on, and each connection that ends makes room for one more. */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "figures.h"
#include "fixture.h"
#include "io.h"
#include "raw.h"
#include "sources.h"
#include "statistics.h"
#include "variants.h"

enum { LIMIT = 4 };

static struct se_server *server;
static int inside[LIMIT];

/** A started server that has as many connections as it takes. */
static bool fill(int variant)
{
    server = variant_new(variant);
    if (!server)
        return false;
    ck_assert_int_eq(se_server_set_max_connections(server, LIMIT), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    crowd_connect(inside, LIMIT, se_server_port(server));
    crowd_send(inside, LIMIT);
    crowd_expect_echo(inside, LIMIT);
    stat_await(server, SE_STAT_ECHOED_BYTES, LIMIT * (int64_t)crowd_message_length);
    return true;
}

static void assert_refused(void)
{
    source_assert_refused(source_connect_here(se_server_port(server)));
}

static void end(void)
{
    crowd_close(inside, LIMIT);
    figures_end(server);
}

START_TEST(whoever_comes_over_the_limit_is_reset_and_counted)
{
    enum { OVER = 10 };
    if (!fill(_i))
        return;
    struct figures before = figures_now(server);
    ck_assert_int_eq(before.of[SE_STAT_ACTIVE], LIMIT);
    ck_assert_int_eq(before.of[SE_STAT_ACCEPTED], LIMIT);
    for (int i = 0; i < OVER; i++)
        assert_refused();
    stat_await(server, SE_STAT_REFUSED, OVER);
    const struct figure_change changes[] = {{SE_STAT_REFUSED, OVER}};
    figures_assert_changed(server, &before, changes, 1);
    end();
}
END_TEST

START_TEST(those_inside_are_served_while_others_are_refused)
{
    if (!fill(_i))
        return;
    for (int i = 0; i < LIMIT; i++) {
        assert_refused();
        crowd_send(inside, LIMIT);
        crowd_expect_echo(inside, LIMIT);
    }
    stat_await(server, SE_STAT_ACTIVE_MAX, LIMIT);
    end();
}
END_TEST

static void leave_in_order(int fd)
{
    raw_half_close(fd);
    raw_expect_fin(fd);
    close(fd);
}

static void leave_by_close(int fd)
{
    close(fd);
}

START_TEST(a_connection_that_ends_makes_room_for_one)
{
    static void (*const ways[LIMIT])(int fd) = {leave_in_order, leave_by_close, io_reset, leave_by_close};
    if (!fill(_i))
        return;
    for (int i = 0; i < LIMIT; i++) {
        ways[i](inside[i]);
        stat_await(server, SE_STAT_ACTIVE, LIMIT - 1);
        inside[i] = source_connect_here(se_server_port(server));
        ck_assert(source_is_in(inside[i]));
        assert_refused();
    }
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE_MAX), LIMIT);
    end();
}
END_TEST

START_TEST(the_queue_of_a_server_that_starts_is_taken_up_to_the_limit)
{
    enum { QUEUED = 3 * LIMIT };
    int fds[QUEUED];
    int taken = 0;
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_max_connections(server, LIMIT), 0);
    crowd_connect(fds, QUEUED, se_server_port(server));
    ck_assert_int_eq(se_server_start(server), 0);
    for (int i = 0; i < QUEUED; i++)
        taken += source_is_in(fds[i]);
    ck_assert_int_eq(taken, LIMIT);
    stat_await(server, SE_STAT_REFUSED, QUEUED - LIMIT);
    crowd_close(fds, QUEUED);
    figures_end(server);
}
END_TEST

/** One more comes, says something, and finds all places taken. */
static void assert_refused_in_a_run(int64_t refused_before)
{
    int fd = raw_connect(se_server_port(server));
    crowd_send(&fd, 1);
    figures_run_until(server, SE_STAT_REFUSED, refused_before + 1);
    ck_assert_uint_eq(raw_expect_reset(fd), 0);
    close(fd);
}

START_TEST(a_limit_that_is_lowered_between_two_runs_cuts_nobody)
{
    enum { RUN_MS = 5, PEERS = 3 };
    const int64_t length = (int64_t)crowd_message_length;
    int fds[PEERS];
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_timeout(server, RUN_MS), 0);
    crowd_connect(fds, PEERS, se_server_port(server));
    figures_run_until(server, SE_STAT_ACCEPTED, PEERS);
    ck_assert_int_eq(se_server_set_max_connections(server, PEERS - 1), 0);
    assert_refused_in_a_run(0);
    crowd_send(fds, PEERS);
    figures_run_until(server, SE_STAT_ECHOED_BYTES, PEERS * length);
    crowd_expect_echo(fds, PEERS);
    close(fds[0]);
    figures_run_until(server, SE_STAT_ACTIVE, PEERS - 1);
    assert_refused_in_a_run(1);
    close(fds[1]);
    figures_run_until(server, SE_STAT_ACTIVE, PEERS - 2);
    fds[1] = raw_connect(se_server_port(server));
    crowd_send(&fds[1], 1);
    figures_run_until(server, SE_STAT_ECHOED_BYTES, (PEERS + 1) * length);
    crowd_expect_echo(&fds[1], 1);
    crowd_close(&fds[1], 2);
    se_server_free(server);
}
END_TEST

/** Raises the limit of descriptors of this process. Returns false where that is not allowed. */
static bool allow_descriptors(rlim_t count, struct rlimit *before_out)
{
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, before_out), 0);
    struct rlimit now = {.rlim_cur = count, .rlim_max = before_out->rlim_max};
    if (before_out->rlim_max >= count)
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &now), 0);
    else
        environment_skip("this process may not have enough descriptors");
    return before_out->rlim_max >= count;
}

START_TEST(a_server_takes_1024_connections_unless_told_otherwise)
{
    enum { USUAL = 1024 };
    static int fds[USUAL];
    struct rlimit before;
    if (!allow_descriptors(4 * USUAL, &before))
        return;
    server = server_started(SE_POLLER_AUTO);
    for (int i = 0; i < USUAL; i++) {
        fds[i] = source_connect_here(se_server_port(server));
        if (!source_is_in(fds[i]))
            ck_abort_msg("connection %d is refused", i + 1);
    }
    assert_refused();
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), USUAL);
    crowd_close(fds, USUAL);
    figures_end(server);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limit of connections");
    TCase *tcase = fixture_add_tcase(suite, "max_connections");
    tcase_add_loop_test(tcase, whoever_comes_over_the_limit_is_reset_and_counted, 0, VARIANTS);
    tcase_add_loop_test(tcase, those_inside_are_served_while_others_are_refused, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_connection_that_ends_makes_room_for_one, 0, VARIANTS);
    tcase_add_loop_test(tcase, the_queue_of_a_server_that_starts_is_taken_up_to_the_limit, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_limit_that_is_lowered_between_two_runs_cuts_nobody, 0, VARIANTS);
    tcase_add_test(tcase, a_server_takes_1024_connections_unless_told_otherwise);
    return fixture_run(suite);
}
