/* The setters of limits.h: which values each takes, that it takes none while the server runs, and that a value which
 * was refused changes nothing. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "endpoints.h"
#include "fixture.h"
#include "raw.h"
#include "sources.h"

enum { VALUES_MAX = 8 };

struct number_setter {
    const char *name;
    int (*set)(struct se_server *server, int value);
    int usual; /**< a value that changes nothing for a short echo */
    int good[VALUES_MAX];
    int good_count;
    int bad[VALUES_MAX];
    int bad_count;
    bool before_first_run_only;
};

static const struct number_setter number_setters[] = {
    {"max_connections",
     se_server_set_max_connections,
     100,
     {0, 1, 1024, 1000000},
     4,
     {-1, INT_MIN, 1000001, INT_MAX},
     4,
     false},
    {"max_per_address",
     se_server_set_max_per_address,
     100,
     {0, 1, 1024, 1000000},
     4,
     {-1, INT_MIN, 1000001, INT_MAX},
     4,
     false},
    {"backlog", se_server_set_backlog, 100, {0, 1, 128, 65535}, 4, {-1, INT_MIN, 65536, INT_MAX}, 4, false},
    {"keepalive", se_server_set_keepalive, 60, {0, 1, 60, 32767}, 4, {-1, INT_MIN, 32768, INT_MAX}, 4, false},
    {"workers", se_server_set_workers, 1, {1, 2, 256}, 3, {0, -1, INT_MIN, 257, INT_MAX}, 5, true},
};

struct time_setter {
    const char *name;
    int (*set)(struct se_server *server, int64_t timeout_ms);
    int64_t good[VALUES_MAX];
    int good_count;
    int64_t bad[VALUES_MAX];
    int bad_count;
};

static const struct time_setter time_setters[] = {
    {"idle_timeout", se_server_set_idle_timeout, {1, 300000, INT64_MAX, SE_TIMEOUT_NONE}, 4, {0, -2, INT64_MIN}, 3},
    {"stall_timeout", se_server_set_stall_timeout, {1, 30000, INT64_MAX, SE_TIMEOUT_NONE}, 4, {0, -2, INT64_MIN}, 3},
    {"linger_timeout", se_server_set_linger_timeout, {1, 5000, INT64_MAX, SE_TIMEOUT_NONE}, 4, {0, -2, INT64_MIN}, 3},
    {"drain_timeout", se_server_set_drain_timeout, {0, 1, 5000, INT64_MAX, SE_TIMEOUT_NONE}, 5, {-2, INT64_MIN}, 2},
    {"busy_poll", se_server_set_busy_poll, {0, 1, 1000, 1000000}, 4, {-1, INT64_MIN, 1000001, INT64_MAX}, 4},
};

enum {
    NUMBER_SETTERS = sizeof(number_setters) / sizeof(number_setters[0]),
    TIME_SETTERS = sizeof(time_setters) / sizeof(time_setters[0]),
};

static void assert_result(const char *name, int64_t value, int result, int expected)
{
    ck_assert_msg(result == expected, "%s of %lld gives %d, not %d", name, (long long)value, result, expected);
}

START_TEST(number_setters_take_what_is_in_their_range_and_nothing_else)
{
    const struct number_setter *setter = &number_setters[_i];
    struct se_server *server = server_new(SE_POLLER_AUTO);
    for (int i = 0; i < setter->good_count; i++)
        assert_result(setter->name, setter->good[i], setter->set(server, setter->good[i]), 0);
    for (int i = 0; i < setter->bad_count; i++)
        assert_result(setter->name, setter->bad[i], setter->set(server, setter->bad[i]), -EINVAL);
    assert_result(setter->name, setter->usual, setter->set(NULL, setter->usual), -EINVAL);
    se_server_free(server);
}
END_TEST

START_TEST(time_setters_take_what_is_in_their_range_and_nothing_else)
{
    const struct time_setter *setter = &time_setters[_i];
    struct se_server *server = server_new(SE_POLLER_AUTO);
    for (int i = 0; i < setter->good_count; i++)
        assert_result(setter->name, setter->good[i], setter->set(server, setter->good[i]), 0);
    for (int i = 0; i < setter->bad_count; i++)
        assert_result(setter->name, setter->bad[i], setter->set(server, setter->bad[i]), -EINVAL);
    assert_result(setter->name, 1000, setter->set(NULL, 1000), -EINVAL);
    se_server_free(server);
}
END_TEST

static void assert_all_give(struct se_server *server, int expected, int expected_before_first_run)
{
    for (int i = 0; i < NUMBER_SETTERS; i++) {
        const struct number_setter *setter = &number_setters[i];
        int wanted = setter->before_first_run_only ? expected_before_first_run : expected;
        assert_result(setter->name, setter->usual, setter->set(server, setter->usual), wanted);
    }
    for (int i = 0; i < TIME_SETTERS; i++)
        assert_result(time_setters[i].name, 10000, time_setters[i].set(server, 10000), expected);
}

START_TEST(every_setter_is_refused_from_start_to_join)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    assert_all_give(server, 0, 0);
    ck_assert_int_eq(se_server_start(server), 0);
    assert_all_give(server, -EBUSY, -EBUSY);
    raw_assert_served(se_server_port(server));
    assert_all_give(server, -EBUSY, -EBUSY);
    ck_assert_int_eq(se_server_stop(server), 0);
    assert_all_give(server, -EBUSY, -EBUSY);
    ck_assert_int_eq(se_server_join(server), 0);
    assert_all_give(server, 0, -EBUSY);
    se_server_free(server);
}
END_TEST

START_TEST(setters_may_be_called_again_between_two_runs)
{
    static const int64_t timeouts_ms[] = {0, 20};
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_timeout(server, timeouts_ms[_i]), 0);
    for (int run = 0; run < 3; run++) {
        ck_assert_int_eq(se_server_run(server), timeouts_ms[_i] == 0 ? -EAGAIN : -ETIMEDOUT);
        assert_all_give(server, 0, -EBUSY);
    }
    se_server_free(server);
}
END_TEST

/** Whoever is over a limit of one is reset: so it shows which limit holds. */
START_TEST(a_value_that_is_refused_changes_nothing)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_max_connections(server, 1), 0);
    ck_assert_int_eq(se_server_set_max_connections(server, -1), -EINVAL);
    ck_assert_int_eq(se_server_set_max_connections(server, 1000001), -EINVAL);
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_server_set_max_connections(server, 2), -EBUSY);
    int first_fd = raw_connect(se_server_port(server));
    ck_assert(source_is_in(first_fd));
    source_assert_refused(source_connect_here(se_server_port(server)));
    close(first_fd);
    server_end(server);
}
END_TEST

/** The greatest values must not overflow anywhere, and the least ones that let an echo through must let it through. */
START_TEST(a_server_serves_at_both_ends_of_every_range)
{
    static const struct {
        int connections, backlog, keepalive_s;
        int64_t timeout_ms, drain_ms;
    } ends[] = {
        {1000000, 65535, 32767, INT64_MAX, INT64_MAX},
        {0, 0, 0, SE_TIMEOUT_NONE, SE_TIMEOUT_NONE},
        {1, 1, 1, 10000, 0},
    };
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_max_connections(server, ends[_i].connections), 0);
    ck_assert_int_eq(se_server_set_max_per_address(server, ends[_i].connections), 0);
    ck_assert_int_eq(se_server_set_backlog(server, ends[_i].backlog), 0);
    ck_assert_int_eq(se_server_set_keepalive(server, ends[_i].keepalive_s), 0);
    ck_assert_int_eq(se_server_set_idle_timeout(server, ends[_i].timeout_ms), 0);
    ck_assert_int_eq(se_server_set_stall_timeout(server, ends[_i].timeout_ms), 0);
    ck_assert_int_eq(se_server_set_linger_timeout(server, ends[_i].timeout_ms), 0);
    ck_assert_int_eq(se_server_set_drain_timeout(server, ends[_i].drain_ms), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(se_server_port(server));
    server_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("setters of limits");
    TCase *tcase = fixture_add_tcase(suite, "ranges and times of calling");
    tcase_add_loop_test(tcase, number_setters_take_what_is_in_their_range_and_nothing_else, 0, NUMBER_SETTERS);
    tcase_add_loop_test(tcase, time_setters_take_what_is_in_their_range_and_nothing_else, 0, TIME_SETTERS);
    tcase_add_test(tcase, every_setter_is_refused_from_start_to_join);
    tcase_add_loop_test(tcase, setters_may_be_called_again_between_two_runs, 0, 2);
    tcase_add_test(tcase, a_value_that_is_refused_changes_nothing);
    tcase_add_loop_test(tcase, a_server_serves_at_both_ends_of_every_range, 0, 3);
    return fixture_run(suite);
}
