/* What a run of a load refuses, where it goes, what it says when nobody listens there, and what the figures say of a
 * load that has not run. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "endpoints.h"
#include "environment.h"
#include "families.h"
#include "fixture.h"
#include "io.h"
#include "loads.h"

START_TEST(run_refuses_bad_arguments)
{
    static const int ports[] = {0, -1, -2, 65536, 131072, INT_MIN, INT_MAX};
    struct se_load *load = load_of_count(1, 64, 1, 1);
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
        ck_assert_int_eq(se_load_run(load, NULL, ports[i]), -EINVAL);
    ck_assert_int_eq(se_load_run(NULL, NULL, 7), -EINVAL);
    ck_assert_int_eq(se_load_set_count(load, 0), 0);
    ck_assert_int_eq(se_load_run(load, NULL, 7), -EINVAL);
    se_load_free(load);
}
END_TEST

START_TEST(run_tells_that_a_host_has_no_address)
{
    struct se_load *load = load_of_count(5, 64, 1, 1);
    ck_assert_int_eq(se_load_run(load, "no-such-host.invalid", 7), SE_ERESOLVE);
    ck_assert_int_eq(se_load_run(load, "256.256.256.256", 7), SE_ERESOLVE);
    ck_assert_int_eq(se_load_run(load, "", 7), SE_ERESOLVE);
    assert_load_stat(load, SE_LOAD_REFUSED, 0);
    se_load_free(load);
}
END_TEST

START_TEST(run_goes_to_the_host_that_it_is_told)
{
    static const char *const hosts[] = {NULL, "127.0.0.1"};
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_of_count(3, 64, 1, 9);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        ck_assert_int_eq(se_load_run(load, hosts[i], se_server_port(server)), 0);
        assert_load_is_whole(load, 3, 9, 64);
    }
    ck_assert_int_eq(se_load_run(load, "127.0.0.2", se_server_port(server)), 0);
    assert_load_stat(load, SE_LOAD_REFUSED, 3);
    se_load_free(load);
    server_end(server);
}
END_TEST

START_TEST(run_goes_to_the_host_of_a_name)
{
    if (!localhost_available())
        return;
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_of_count(3, 64, 1, 9);
    ck_assert_int_eq(se_load_run(load, "localhost", se_server_port(server)), 0);
    assert_load_is_whole(load, 3, 9, 64);
    se_load_free(load);
    server_end(server);
}
END_TEST

/** A port where nobody listens: it was free a moment ago. */
static int free_port(void)
{
    int port = 0;
    int fd = io_listen(1, 0, &port);
    ck_assert_int_ge(fd, 0);
    close(fd);
    return port;
}

START_TEST(refused_connections_are_a_result_and_no_error)
{
    struct se_load *load = load_of_count(17, 64, 1, 100);
    ck_assert_int_eq(se_load_set_threads(load, 1 + 2 * _i), 0);
    load_run(load, free_port());
    assert_load_stat(load, SE_LOAD_REFUSED, 17);
    assert_load_stat(load, SE_LOAD_CONNECTED, 0);
    assert_load_stat(load, SE_LOAD_SENT, 0);
    assert_load_stat(load, SE_LOAD_LOST, 0);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, 0);
    ck_assert_int_eq(se_load_latency_ns(load, 50), -ENODATA);
    se_load_free(load);
}
END_TEST

static void *run_refused(void *load)
{
    load_run(load, free_port());
    return NULL;
}

/** A thread of a program may have far less stack than the histograms of a load are long. */
START_TEST(a_run_needs_little_stack)
{
    const size_t stack_bytes = (size_t)(environment_slow_factor() > 1 ? 1024 : 128) * 1024;
    struct se_load *load = load_of_count(2, 64, 1, 1);
    pthread_attr_t attributes;
    pthread_t thread;
    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, stack_bytes), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, run_refused, load), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    assert_load_stat(load, SE_LOAD_REFUSED, 2);
    pthread_attr_destroy(&attributes);
    se_load_free(load);
}
END_TEST

START_TEST(a_load_that_has_not_run_has_no_figures)
{
    struct se_load *load = load_new(1, 64, 1);
    for (int stat = SE_LOAD_CONNECTED; stat <= SE_LOAD_MEMORY_BYTES; stat++)
        assert_load_stat(load, stat, stat == SE_LOAD_MISMATCH_CONNECTION || stat == SE_LOAD_MISMATCH_AT ? -1 : 0);
    ck_assert_int_eq(se_load_latency_ns(load, 0), -ENODATA);
    ck_assert_int_eq(se_load_latency_ns(load, 100), -ENODATA);
    ck_assert_int_eq(se_load_latency_mean_ns(load), -ENODATA);
    ck_assert_int_eq(se_load_count_up_to(load, INT64_MAX), 0);
    se_load_free(load);
}
END_TEST

START_TEST(getters_refuse_bad_arguments)
{
    struct se_load *load = load_new(1, 64, 1);
    ck_assert_int_eq(se_load_stat(load, -1), -EINVAL);
    ck_assert_int_eq(se_load_stat(load, SE_LOAD_MEMORY_BYTES + 1), -EINVAL);
    ck_assert_int_eq(se_load_stat(NULL, SE_LOAD_SENT), -EINVAL);
    ck_assert_int_eq(se_load_latency_ns(load, -0.001), -EINVAL);
    ck_assert_int_eq(se_load_latency_ns(load, 100.001), -EINVAL);
    ck_assert_int_eq(se_load_latency_ns(load, (double)NAN), -EINVAL);
    ck_assert_int_eq(se_load_latency_ns(NULL, 50), -EINVAL);
    ck_assert_int_eq(se_load_latency_mean_ns(NULL), -EINVAL);
    ck_assert_int_eq(se_load_count_up_to(NULL, 1), -EINVAL);
    ck_assert_int_eq(se_load_merge(NULL, load), -EINVAL);
    ck_assert_int_eq(se_load_merge(load, NULL), -EINVAL);
    ck_assert_int_eq(se_load_stop(NULL), -EINVAL);
    ck_assert_int_eq(se_load_new(NULL), -EINVAL);
    se_load_free(load);
    se_load_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arguments of a load");
    TCase *tcase = fixture_add_tcase(suite, "run and figures");
    tcase_add_test(tcase, run_refuses_bad_arguments);
    tcase_add_test(tcase, run_tells_that_a_host_has_no_address);
    tcase_add_test(tcase, run_goes_to_the_host_that_it_is_told);
    tcase_add_test(tcase, run_goes_to_the_host_of_a_name);
    tcase_add_loop_test(tcase, refused_connections_are_a_result_and_no_error, 0, 2);
    tcase_add_test(tcase, a_run_needs_little_stack);
    tcase_add_test(tcase, a_load_that_has_not_run_has_no_figures);
    tcase_add_test(tcase, getters_refuse_bad_arguments);
    return fixture_run(suite);
}
