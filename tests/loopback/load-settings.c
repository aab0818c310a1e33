/* The settings of a load: what each setter takes and refuses, what its greatest values do, and that nothing can be set
 * while it runs. */
#include <errno.h>
#include <stdlib.h>

#include "endpoints.h"
#include "fixture.h"
#include "loads.h"

static int set_connections(struct se_load *load, int64_t value)
{
    return se_load_set_connections(load, (int)value);
}

static int set_depth(struct se_load *load, int64_t value)
{
    return se_load_set_depth(load, (int)value);
}

static int set_threads(struct se_load *load, int64_t value)
{
    return se_load_set_threads(load, (int)value);
}

static int set_seed(struct se_load *load, int64_t value)
{
    return se_load_set_seed(load, (uint64_t)value);
}

static void ignore(const struct se_load *interval, void *user_data)
{
    (void)interval;
    (void)user_data;
}

static int set_interval(struct se_load *load, int64_t value)
{
    return se_load_set_callback(load, value, ignore, NULL);
}

static int set_interval_of_none(struct se_load *load, int64_t value)
{
    return se_load_set_callback(load, value, NULL, NULL);
}

/** A setter, the least and the most that it takes, and what it refuses just outside. */
struct property {
    int (*set)(struct se_load *load, int64_t value);
    int64_t least;
    int64_t most;
    int64_t refused[3];
};

static const struct property properties[] = {
    {set_connections, 1, 1000000, {0, -1, 1000001}},
    {se_load_set_size, 1, 1073741824, {0, -1, 1073741825}},
    {set_depth, 1, 65536, {0, -1, 65537}},
    {se_load_set_rate, 0, 1000000000, {-1, INT64_MIN, 1000000001}},
    {se_load_set_duration, 0, INT64_MAX, {-1, -2, INT64_MIN}},
    {se_load_set_count, 0, INT64_MAX, {-1, -2, INT64_MIN}},
    {se_load_set_warmup, 0, INT64_MAX, {-1, -2, INT64_MIN}},
    {se_load_set_timeout, 1, INT64_MAX, {0, -2, INT64_MIN}},
    {set_threads, 1, 256, {0, -1, 257}},
    {se_load_set_busy_poll, 0, 1000000, {-1, INT64_MIN, 1000001}},
    {set_interval, 1, INT64_MAX / 1000000, {0, -1, INT64_MIN}},
};

enum { PROPERTIES = sizeof(properties) / sizeof(properties[0]) };

START_TEST(setters_take_their_range_and_refuse_what_lies_beside_it)
{
    const struct property *property = &properties[_i];
    struct se_load *load = load_new(1, 64, 1);
    ck_assert_int_eq(property->set(load, property->least), 0);
    ck_assert_int_eq(property->set(load, property->most), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(property->set(load, property->refused[i]), -EINVAL);
    ck_assert_int_eq(property->set(NULL, property->least), -EINVAL);
    se_load_free(load);
}
END_TEST

START_TEST(setters_take_what_stands_for_none_or_for_ever)
{
    struct se_load *load = load_new(1, 64, 1);
    ck_assert_int_eq(se_load_set_timeout(load, SE_TIMEOUT_NONE), 0);
    ck_assert_int_eq(se_load_set_seed(load, 0), 0);
    ck_assert_int_eq(se_load_set_seed(load, UINT64_MAX), 0);
    ck_assert_int_eq(se_load_set_seed(NULL, 1), -EINVAL);
    ck_assert_int_eq(se_load_set_callback(load, 0, NULL, NULL), 0);
    ck_assert_int_eq(se_load_set_callback(load, -1, NULL, NULL), -EINVAL);
    ck_assert_int_eq(se_load_set_callback(NULL, 1, ignore, NULL), -EINVAL);
    se_load_free(load);
}
END_TEST

/** A refused value leaves the one before in force: the count still ends the load. */
START_TEST(a_refused_value_changes_nothing)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_of_count(3, 100, 2, 30);
    for (size_t i = 0; i < PROPERTIES; i++) {
        for (int j = 0; j < 3; j++)
            ck_assert_int_eq(properties[i].set(load, properties[i].refused[j]), -EINVAL);
    }
    load_run(load, se_server_port(server));
    assert_load_is_whole(load, 3, 30, 100);
    se_load_free(load);
    server_end(server);
}
END_TEST

/** The greatest values of what has no natural end, in a load that its count ends. */
START_TEST(the_greatest_values_overflow_nothing)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    for (size_t i = 0; i < PROPERTIES; i++) {
        if (properties[i].most < INT64_MAX / 1000000 || properties[i].set == se_load_set_warmup)
            continue;
        for (int64_t less = 0; less < 2; less++) {
            struct se_load *load = load_of_count(3, 64, 1, 9);
            ck_assert_int_eq(se_load_set_duration(load, properties[i].set == se_load_set_count ? 20 : 0), 0);
            ck_assert_int_eq(properties[i].set(load, properties[i].most >> less), 0);
            load_run(load, se_server_port(server));
            assert_load_lost_nothing(load);
            assert_load_stat_between(load, SE_LOAD_RETURNED, 3, INT64_MAX);
            se_load_free(load);
        }
    }
    server_end(server);
}
END_TEST

START_TEST(a_warm_up_without_end_measures_nothing)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_load *load = load_of_count(2, 64, 1, 10);
    ck_assert_int_eq(se_load_set_warmup(load, INT64_MAX), 0);
    ck_assert_int_eq(se_load_set_duration(load, INT64_MAX), 0);
    ck_assert_int_eq(se_load_set_callback(load, INT64_MAX / 1000000, ignore, NULL), 0);
    load_run(load, se_server_port(server));
    assert_load_stat(load, SE_LOAD_WARMUP, 10);
    assert_load_stat(load, SE_LOAD_SENT, 0);
    assert_load_stat(load, SE_LOAD_ELAPSED_NS, 0);
    ck_assert_int_eq(se_load_latency_ns(load, 50), -ENODATA);
    se_load_free(load);
    server_end(server);
}
END_TEST

/* ---- while it runs ---- */

struct busy_test {
    struct se_load *load;
    struct se_load *other;
    int calls;
};

/** In the callback the load runs, and nothing about it can be changed. */
static void try_everything(const struct se_load *interval, void *user_data)
{
    struct busy_test *test = user_data;
    (void)interval;
    for (size_t i = 0; i < PROPERTIES; i++)
        ck_assert_int_eq(properties[i].set(test->load, properties[i].least), -EBUSY);
    ck_assert_int_eq(set_seed(test->load, 1), -EBUSY);
    ck_assert_int_eq(set_interval_of_none(test->load, 0), -EBUSY);
    ck_assert_int_eq(se_load_run(test->load, NULL, 1), -EBUSY);
    ck_assert_int_eq(se_load_merge(test->load, test->other), -EBUSY);
    ck_assert_int_eq(se_load_merge(test->other, test->load), -EBUSY);
    test->calls++;
}

START_TEST(a_running_load_refuses_every_change)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct busy_test test = {.load = load_at_rate(1, 64, 1, 500, 150), .other = load_new(1, 64, 1)};
    ck_assert_int_eq(se_load_set_callback(test.load, 20, try_everything, &test), 0);
    load_run(test.load, se_server_port(server));
    ck_assert_int_ge(test.calls, 2);
    assert_load_is_whole(test.load, 1, 75, 64);
    ck_assert_int_eq(se_load_set_connections(test.load, 2), 0);
    se_load_free(test.load);
    se_load_free(test.other);
    server_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settings of a load");
    TCase *tcase = fixture_add_tcase(suite, "settings");
    tcase_add_loop_test(tcase, setters_take_their_range_and_refuse_what_lies_beside_it, 0, PROPERTIES);
    tcase_add_test(tcase, setters_take_what_stands_for_none_or_for_ever);
    tcase_add_test(tcase, a_refused_value_changes_nothing);
    tcase_add_test(tcase, the_greatest_values_overflow_nothing);
    tcase_add_test(tcase, a_warm_up_without_end_measures_nothing);
    tcase_add_test(tcase, a_running_load_refuses_every_change);
    return fixture_run(suite);
}
