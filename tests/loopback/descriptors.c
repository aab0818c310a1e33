/* A server that runs out of descriptors. It keeps below the limit that it finds when it starts. Where the host uses up
 * the rest, accepting pauses: those inside are served, nothing spins, and whoever waits gets in as soon as there is
 * room. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "descriptors.h"
#include "endpoints.h"
#include "environment.h"
#include "figures.h"
#include "fixture.h"
#include "io.h"
#include "raw.h"
#include "server-process.h"
#include "sources.h"
#include "statistics.h"
#include "variants.h"

enum { SECOND_MS = 1000, MOST_CPU_NS = 10 * 1000 * 1000, PAUSE_MS = 100, MARGIN_MS = 2000 };

/** Keeps those who got in at the front of the list and closes the others. Returns how many got in. */
static size_t sort_out(int *fds, size_t count)
{
    size_t inside = 0;
    for (size_t i = 0; i < count; i++) {
        if (source_is_in(fds[i]))
            fds[inside++] = fds[i];
        else
            close(fds[i]);
    }
    return inside;
}

/** Nothing comes for the peer for a second, of which the process may use 1 %. */
static void assert_process_rests(const struct server_process *process, int quiet_fd)
{
    int64_t before_ns = server_process_cpu_ns(process);
    ck_assert_int_eq(io_wait(quiet_fd, POLLIN, SECOND_MS), 0);
    int64_t used_ns = server_process_cpu_ns(process) - before_ns;
    ck_assert_int_lt(used_ns, (int64_t)MOST_CPU_NS * environment_slow_factor());
}

START_TEST(a_hundred_peers_of_a_process_with_64_descriptors)
{
    enum { DESCRIPTORS = 64, PEERS = 100, LEAST_INSIDE = 40 };
    static int fds[PEERS];
    const struct server_process_plan plan = {.variant = _i, .descriptors = DESCRIPTORS};
    struct server_process *process = server_process_start(&plan);
    if (!process)
        return;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < PEERS; i++)
            fds[i] = source_connect_here(server_process_port(process));
        size_t inside = sort_out(fds, PEERS);
        ck_assert_uint_ge(inside, LEAST_INSIDE);
        ck_assert_uint_lt(inside, DESCRIPTORS);
        server_process_await(process, SE_STAT_REFUSED, (round + 1) * (PEERS - (int64_t)inside));
        ck_assert_int_eq(server_process_stat(process, SE_STAT_ACTIVE), (int64_t)inside);
        if (round == 0)
            assert_process_rests(process, fds[0]);
        crowd_send(fds, inside);
        crowd_expect_echo(fds, inside);
        crowd_close(fds, inside);
        server_process_await(process, SE_STAT_ACTIVE, 0);
    }
    ck_assert_int_eq(server_process_stat(process, SE_STAT_ACCEPT_ERRORS), 0);
    server_process_stop(process);
    server_process_end(process);
}
END_TEST

enum { INSIDE = 6, WAITING = 6 };

static struct se_server *server;
static struct rlimit limit_before;
static int inside[INSIDE];
static int waiting[WAITING];
static int spare_fd; /**< a descriptor of the host that is of no further use to it */

/** A started server with peers inside and no descriptor left, and sockets of peers that have not connected yet. */
static bool use_up(int variant)
{
    server = variant_new(variant);
    if (!server)
        return false;
    ck_assert_int_eq(se_server_start(server), 0);
    crowd_connect(inside, INSIDE, se_server_port(server));
    crowd_send(inside, INSIDE);
    crowd_expect_echo(inside, INSIDE);
    spare_fd = dup(STDERR_FILENO);
    ck_assert_int_ge(spare_fd, 0);
    for (int i = 0; i < WAITING; i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_ge(waiting[i], 0);
    }
    if (descriptors_use_up(&limit_before))
        return true;
    crowd_close(inside, INSIDE);
    crowd_close(waiting, WAITING);
    close(spare_fd);
    figures_end(server);
    return false;
}

static void connect_waiting(int number)
{
    struct sockaddr_in address = io_loopback_address(se_server_port(server));
    ck_assert_int_eq(connect(waiting[number], (const struct sockaddr *)&address, sizeof(address)), 0);
    crowd_send(&waiting[number], 1);
}

/** Gives the descriptors back. Those who waited are served now. */
static void end(int first_waiting, int first_inside)
{
    descriptors_restore(&limit_before);
    crowd_expect_echo(&waiting[first_waiting], (size_t)(WAITING - first_waiting));
    crowd_close(&inside[first_inside], (size_t)(INSIDE - first_inside));
    crowd_close(waiting, WAITING);
    figures_end(server);
}

static int64_t cpu_ns(void)
{
    struct timespec used;
    ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used), 0);
    return used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
}

START_TEST(a_server_that_cannot_accept_rests_and_serves_those_inside)
{
    enum { FEWEST_PAUSES = 3, MOST_PAUSES = SECOND_MS / PAUSE_MS + 2 };
    if (!use_up(_i))
        return;
    for (int i = 0; i < WAITING; i++)
        connect_waiting(i);
    figures_await_at_least(server, SE_STAT_PAUSES, 1);
    struct figures before = figures_now(server);
    int64_t cpu_before_ns = cpu_ns();
    ck_assert_int_eq(io_wait(waiting[0], POLLIN, SECOND_MS), 0);
    ck_assert_int_lt(cpu_ns() - cpu_before_ns, (int64_t)MOST_CPU_NS * environment_slow_factor());
    int64_t pauses = se_server_stat(server, SE_STAT_PAUSES) - before.of[SE_STAT_PAUSES];
    ck_assert_int_ge(pauses, FEWEST_PAUSES);
    ck_assert_int_le(pauses, MOST_PAUSES);
    crowd_send(inside, INSIDE);
    crowd_expect_echo(inside, INSIDE);
    ck_assert_int_ge(se_server_stat(server, SE_STAT_ACCEPT_ERRORS), se_server_stat(server, SE_STAT_PAUSES));
    ck_assert_int_eq(se_server_stat(server, SE_STAT_REFUSED), 0);
    close(spare_fd);
    end(0, 0);
}
END_TEST

/** Each round waits until accepting has just failed again: who waited for the end of that pause would wait 100 ms. */
START_TEST(a_connection_that_ends_lets_one_in_at_once)
{
    if (!use_up(_i))
        return;
    connect_waiting(0);
    int64_t waited_ns = 0;
    for (int i = 0; i < INSIDE; i++) {
        figures_await_at_least(server, SE_STAT_PAUSES, se_server_stat(server, SE_STAT_PAUSES) + 1);
        int64_t start_ns = clock_now_ns();
        raw_half_close(inside[i]);
        crowd_expect_echo(&waiting[i], 1);
        waited_ns += clock_now_ns() - start_ns;
        if (i + 1 < WAITING)
            connect_waiting(i + 1);
    }
    ck_assert_int_lt(waited_ns / 1000000, INSIDE * PAUSE_MS / 2 * environment_slow_factor());
    crowd_close(inside, INSIDE);
    close(spare_fd);
    end(WAITING, INSIDE);
}
END_TEST

START_TEST(a_descriptor_that_the_host_frees_lets_one_in_after_a_pause_at_most)
{
    if (!use_up(_i))
        return;
    connect_waiting(0);
    figures_await_at_least(server, SE_STAT_PAUSES, 2);
    int64_t start_ns = clock_now_ns();
    close(spare_fd);
    crowd_expect_echo(waiting, 1);
    assert_took_less_than(start_ns, PAUSE_MS + MARGIN_MS);
    for (int i = 1; i < WAITING; i++)
        connect_waiting(i);
    figures_await_at_least(server, SE_STAT_PAUSES, se_server_stat(server, SE_STAT_PAUSES) + 1);
    end(1, 0);
}
END_TEST

/** poll(2) takes no more descriptors than the process may open now. */
static bool poll_minds_the_limit(int count)
{
    struct pollfd nothing[64];
    for (int i = 0; i < count + 1; i++)
        nothing[i] = (struct pollfd){.fd = -1};
    return poll(nothing, (nfds_t)count + 1, 0) < 0 && errno == EINVAL;
}

static void assert_those_who_came_first_are_served(int *fds, int count)
{
    crowd_send(fds, (size_t)count);
    crowd_expect_echo(fds, (size_t)count);
}

START_TEST(a_limit_that_is_lowered_costs_the_latest_few_their_connection_at_most)
{
    enum { PEERS = 20, LIMIT = 12, SAFE = LIMIT - 4 };
    int fds[PEERS];
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_start(server), 0);
    crowd_connect(fds, PEERS, se_server_port(server));
    crowd_send(fds, PEERS);
    crowd_expect_echo(fds, PEERS);
    descriptors_limit(LIMIT, &limit_before);
    bool is_real = poll_minds_the_limit(LIMIT);
    assert_those_who_came_first_are_served(fds, SAFE);
    bool has_shed = _i == 1 && is_real;
    if (has_shed)
        figures_await_at_least(server, SE_STAT_MEMORY, PEERS - LIMIT);
    ck_assert_int_le(se_server_stat(server, SE_STAT_MEMORY), has_shed ? PEERS - SAFE : 0);
    assert_those_who_came_first_are_served(fds, SAFE);
    if (has_shed)
        ck_assert_uint_eq(raw_expect_reset(fds[PEERS - 1]), 0);
    descriptors_restore(&limit_before);
    raw_assert_served(se_server_port(server));
    crowd_close(fds, PEERS);
    figures_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("room for descriptors");
    TCase *tcase = fixture_add_tcase(suite, "RLIMIT_NOFILE and EMFILE");
    tcase_add_loop_test(tcase, a_hundred_peers_of_a_process_with_64_descriptors, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_server_that_cannot_accept_rests_and_serves_those_inside, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_connection_that_ends_lets_one_in_at_once, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_descriptor_that_the_host_frees_lets_one_in_after_a_pause_at_most, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_limit_that_is_lowered_costs_the_latest_few_their_connection_at_most, 0, VARIANTS);
    return fixture_run(suite);
}
