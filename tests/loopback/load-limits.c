/* The engine under its own limits: descriptors that run out, a core that does, ten thousand connections. What it could
 * not do it must say. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "descriptors.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "loads.h"
#include "memory.h"
#include "server-process.h"

/* ---- descriptors ---- */

/** The number that the next descriptor would have. */
static int next_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    close(fd);
    return fd;
}

/** It says so where it is not. */
static bool limit_is_the_kernels(void)
{
    struct rlimit before;
    if (!descriptors_use_up(&before))
        return false;
    descriptors_restore(&before);
    return true;
}

static int run_with_room(struct se_load *load, const struct server_process *server, int descriptors)
{
    struct rlimit before;
    descriptors_limit(next_descriptor() + descriptors, &before);
    int result = se_load_run(load, NULL, server_process_port(server));
    descriptors_restore(&before);
    return result;
}

START_TEST(connections_without_a_descriptor_are_told_and_the_others_go_on)
{
    enum { CONNECTIONS = 100, EACH = 10, LIMIT = 40 };
    if (!limit_is_the_kernels())
        return;
    struct server_process *server = server_process_start_unlimited();
    struct se_load *load = load_of_count(CONNECTIONS, 64, 2, CONNECTIONS * EACH);
    ck_assert_int_eq(se_load_set_rate(load, _i == 0 ? 0 : 10000), 0);
    ck_assert_int_eq(run_with_room(load, server, LIMIT), 0);
    int64_t connected = se_load_stat(load, SE_LOAD_CONNECTED);
    assert_load_stat_between(load, SE_LOAD_CONNECTED, LIMIT / 2, LIMIT);
    assert_load_stat(load, SE_LOAD_NO_DESCRIPTOR, CONNECTIONS - connected);
    assert_load_stat(load, SE_LOAD_RETURNED, connected * EACH);
    assert_load_stat(load, SE_LOAD_UNSENT, (CONNECTIONS - connected) * EACH);
    assert_load_stat(load, SE_LOAD_LOST, 0);
    assert_load_stat(load, SE_LOAD_REFUSED, 0);
    load_run(load, server_process_port(server));
    assert_load_is_whole(load, CONNECTIONS, CONNECTIONS * EACH, 64);
    se_load_free(load);
    server_process_stop(server);
    server_process_end(server);
}
END_TEST

/** With one descriptor there is one connection, and none for epoll(7), which the engine can do without. */
START_TEST(a_run_without_any_descriptor_fails_and_one_with_a_single_one_does_not)
{
    if (!limit_is_the_kernels())
        return;
    struct server_process *server = server_process_start_unlimited();
    struct se_load *load = load_of_count(3, 64, 1, 9);
    ck_assert_int_eq(se_load_set_threads(load, 1 + _i), 0);
    ck_assert_int_eq(run_with_room(load, server, 0), -EMFILE);
    assert_load_stat(load, SE_LOAD_CONNECTED, 0);
    ck_assert_int_eq(run_with_room(load, server, 1), 0);
    assert_load_stat(load, SE_LOAD_CONNECTED, 1);
    assert_load_stat(load, SE_LOAD_NO_DESCRIPTOR, 2);
    assert_load_stat(load, SE_LOAD_RETURNED, 3);
    load_run(load, server_process_port(server));
    assert_load_is_whole(load, 3, 9, 64);
    se_load_free(load);
    server_process_stop(server);
    server_process_end(server);
}
END_TEST

/* ---- the engine's own core ---- */

enum { SOON_MS = 2000 };

/** Works, as long as it is told to, at its first calls. */
struct work {
    int64_t each_ms;
    int calls;
};

static void work_in_callback(const struct se_load *interval, void *user_data)
{
    struct work *work = user_data;
    (void)interval;
    int64_t start_ns = clock_now_ns();
    while (work->calls > 0 && clock_ms_since(start_ns) < work->each_ms)
        continue;
    work->calls--;
}

static int64_t busy_permille_with(struct work *work, int interval_ms)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_at_rate(1, 64, 1, 20, 500);
    ck_assert_int_eq(se_load_set_callback(load, interval_ms, work_in_callback, work), 0);
    load_run(load, se_server_port(server));
    assert_load_is_whole(load, 1, 10, 64);
    int64_t busy_permille = se_load_stat(load, SE_LOAD_BUSY_PERMILLE);
    ck_assert_int_ge(busy_permille, 0);
    ck_assert_int_le(busy_permille, 1000);
    se_load_free(load);
    server_end(server);
    return busy_permille;
}

START_TEST(an_idle_engine_says_that_it_is)
{
    struct work none = {0};
    ck_assert_int_le(busy_permille_with(&none, 50), 300);
}
END_TEST

START_TEST(a_busy_engine_says_that_it_is)
{
    struct work most_of_the_time = {.each_ms = 40, .calls = 1000};
    ck_assert_int_ge(busy_permille_with(&most_of_the_time, 50), 400);
}
END_TEST

/** A fifth of the time, and not the two thirds that it was at the end of the second interval. */
START_TEST(the_busy_share_is_that_of_the_whole_run)
{
    struct work at_the_beginning = {.each_ms = 100, .calls = 1};
    int64_t start_ns = clock_now_ns();
    int64_t busy_permille = busy_permille_with(&at_the_beginning, 50);
    /* A busy machine makes the run longer than its half second, and the share smaller, but not the work. */
    ck_assert_int_ge(busy_permille * clock_ms_since(start_ns) / 1000, at_the_beginning.each_ms * 9 / 10);
    if (environment_slow_factor() == 1) /* a slowed engine works longer for the same echoes */
        ck_assert_int_le(busy_permille, 500);
}
END_TEST

/** What was due and could not leave is no secret, however much it is. */
START_TEST(a_rate_beyond_the_engine_is_told_in_full)
{
    enum { RATE = 100000000, DURATION_MS = 100, TIMEOUT_MS = 1000 };
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_at_rate(3, 64, 16, RATE, DURATION_MS);
    ck_assert_int_eq(se_load_set_timeout(load, TIMEOUT_MS * environment_slow_factor()), 0);
    ck_assert_int_eq(se_load_set_threads(load, 1 + _i), 0);
    int64_t start_ns = clock_now_ns();
    load_run(load, se_server_port(server));
    assert_took_less_than(start_ns, DURATION_MS + TIMEOUT_MS + SOON_MS);
    assert_load_stat(load, SE_LOAD_LOST, 0);
    assert_load_stat(load, SE_LOAD_TIMED_OUT, 0);
    assert_load_stat_between(load, SE_LOAD_LATE_MAX_NS, INT64_C(1000000) * DURATION_MS, INT64_MAX);
    int64_t sent = se_load_stat(load, SE_LOAD_SENT);
    assert_load_stat(load, SE_LOAD_UNSENT, INT64_C(1) * RATE / 1000 * DURATION_MS - sent);
    se_load_free(load);
    server_end(server);
}
END_TEST

static void stop_in_callback(const struct se_load *interval, void *load)
{
    (void)interval;
    ck_assert_int_eq(se_load_stop(load), 0);
}

START_TEST(a_stop_at_a_rate_beyond_the_engine_is_prompt)
{
    enum { RATE = 1000000000, STOP_MS = 300 };
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_at_rate(3, 64, 16, RATE, 3600000);
    ck_assert_int_eq(se_load_set_callback(load, STOP_MS, stop_in_callback, load), 0);
    int64_t start_ns = clock_now_ns();
    load_run(load, se_server_port(server));
    int64_t took_ns = clock_now_ns() - start_ns;
    assert_took_less_than(start_ns, STOP_MS + SOON_MS);
    int64_t due = se_load_stat(load, SE_LOAD_SENT) + se_load_stat(load, SE_LOAD_UNSENT);
    ck_assert_int_ge(due, INT64_C(1) * RATE / 1000 * STOP_MS);
    ck_assert_int_le(due, INT64_C(1) * RATE / 1000000 * (took_ns / 1000 + 1));
    se_load_free(load);
    server_end(server);
}
END_TEST

/* ---- ten thousand ---- */

enum { MANY = 10000, OTHER_DESCRIPTORS = 100, ALLOWANCE_BYTES = 4 * 1024 * 1024 };

/** As many as the test asks for, or as this machine's limit of descriptors and its speed allow; it says so. */
static int many_connections(const struct rlimit *limit)
{
    int connections = MANY / environment_slow_factor();
    if (limit->rlim_max < (rlim_t)(connections + OTHER_DESCRIPTORS))
        connections = (int)limit->rlim_max - OTHER_DESCRIPTORS;
    if (connections < MANY)
        fprintf(stderr, "%d connections instead of %d\n", connections, MANY);
    return connections;
}

static int64_t resident_bytes(void)
{
    long resident_pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%*d %ld", &resident_pages), 1);
    fclose(file);
    return (int64_t)resident_pages * sysconf(_SC_PAGESIZE);
}

static void measure_memory(const struct se_load *interval, void *user_data)
{
    int64_t *most_bytes = user_data;
    (void)interval;
    int64_t bytes = resident_bytes();
    *most_bytes = bytes > *most_bytes ? bytes : *most_bytes;
}

/** Returns how much of the process is in memory at most while the load runs. */
static int64_t run_many(struct se_load *load, int port)
{
    int64_t most_bytes = 0;
    ck_assert_int_eq(se_load_set_callback(load, 10, measure_memory, &most_bytes), 0);
    load_run(load, port);
    ck_assert_int_gt(most_bytes, 0);
    return most_bytes;
}

START_TEST(ten_thousand_connections_on_one_thread_are_verified_in_little_memory)
{
    enum { SIZE = 64, DEPTH = 2, EACH = 4 };
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    int connections = many_connections(&before);
    descriptors_limit(connections + OTHER_DESCRIPTORS, &before);
    struct server_process *server = server_process_start_unlimited();
    struct se_load *single = load_of_count(1, SIZE, DEPTH, 1000);
    struct se_load *many = load_of_count(connections, SIZE, DEPTH, (int64_t)connections * EACH);
    int64_t base_bytes = run_many(single, server_process_port(server));
    int64_t many_bytes = run_many(many, server_process_port(server));
    descriptors_restore(&before);
    assert_load_is_whole(many, connections, (int64_t)connections * EACH, SIZE);
    int64_t memory_bytes = se_load_stat(many, SE_LOAD_MEMORY_BYTES);
    ck_assert_int_ge(memory_bytes, connections);
    ck_assert_int_le(memory_bytes / connections, 1024 + DEPTH * SIZE);
    if (memory_is_plain())
        ck_assert_int_le(many_bytes - base_bytes, memory_bytes + ALLOWANCE_BYTES);
    se_load_free(single);
    se_load_free(many);
    server_process_stop(server);
    server_process_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limits of a load");
    TCase *tcase = fixture_add_tcase(suite, "limits");
    tcase_add_loop_test(tcase, connections_without_a_descriptor_are_told_and_the_others_go_on, 0, 2);
    tcase_add_loop_test(tcase, a_run_without_any_descriptor_fails_and_one_with_a_single_one_does_not, 0, 2);
    tcase_add_test(tcase, an_idle_engine_says_that_it_is);
    tcase_add_test(tcase, a_busy_engine_says_that_it_is);
    tcase_add_test(tcase, the_busy_share_is_that_of_the_whole_run);
    tcase_add_loop_test(tcase, a_rate_beyond_the_engine_is_told_in_full, 0, 2);
    tcase_add_test(tcase, a_stop_at_a_rate_beyond_the_engine_is_prompt);
    tcase_add_test(tcase, ten_thousand_connections_on_one_thread_are_verified_in_little_memory);
    return fixture_run(suite);
}
