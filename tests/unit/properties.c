/* The properties of a server: each setter sets its own one and no other, within its range and while nothing runs. And
 * what a server tells of itself. The server is made up, and the crew is a hook. */
#include <errno.h>
#include <sockecho/limits.h>
#include <stddef.h>
#include <string.h>

#include "fixture.h"
#include "server/server.h"

static struct se_server server;
static int crew; /**< its address is all that is asked of it */

int __wrap_se__crew_listen_fd(const struct se__crew *those);
int64_t __wrap_se__crew_stat(const struct se__crew *those, enum se_server_stat stat);

int __wrap_se__crew_listen_fd(const struct se__crew *those)
{
    ck_assert_ptr_eq(those, &crew);
    return -1;
}

int64_t __wrap_se__crew_stat(const struct se__crew *those, enum se_server_stat stat)
{
    ck_assert_ptr_eq(those, &crew);
    return 1000 + (int64_t)stat;
}

static void begin(void)
{
    memset(&server, 0, sizeof(server));
    server.listen_fd = -1;
}

static void make_busy(void)
{
    atomic_store(&server.busy, true);
}

static void make_crew(void)
{
    atomic_store(&server.crew, (struct se__crew *)&crew);
}

/** What is set is a number or a time of the settings. */
struct property {
    int (*set_number)(struct se_server *server, int value);
    int (*set_time)(struct se_server *server, int64_t value);
    size_t place;
    int64_t least;
    int64_t most;
    bool is_never_zero;
};

static const struct property properties[] = {
    {se_server_set_max_connections, NULL, offsetof(struct se__settings, max_connections), 0, 1000000, false},
    {se_server_set_max_per_address, NULL, offsetof(struct se__settings, max_per_address), 0, 1000000, false},
    {se_server_set_keepalive, NULL, offsetof(struct se__settings, keepalive_s), 0, 32767, false},
    {se_server_set_poller, NULL, offsetof(struct se__settings, poller), SE_POLLER_AUTO, SE_POLLER_POLL, false},
    {se_server_set_workers, NULL, offsetof(struct se__settings, workers), 1, 256, false},
    {NULL, se_server_set_busy_poll, offsetof(struct se__settings, busy_poll_us), 0, 1000000, false},
    {NULL, se_server_set_timeout, offsetof(struct se__settings, timeout_ms), -1, INT64_MAX, false},
    {NULL, se_server_set_drain_timeout, offsetof(struct se__settings, drain_ms), -1, INT64_MAX, false},
    {NULL, se_server_set_idle_timeout, offsetof(struct se__settings, idle_ms), -1, INT64_MAX, true},
    {NULL, se_server_set_stall_timeout, offsetof(struct se__settings, stall_ms), -1, INT64_MAX, true},
    {NULL, se_server_set_linger_timeout, offsetof(struct se__settings, linger_ms), -1, INT64_MAX, true},
};

enum { PROPERTIES = sizeof(properties) / sizeof(properties[0]) };

static int set(struct se_server *those, const struct property *property, int64_t value)
{
    return property->set_number ? property->set_number(those, (int)value) : property->set_time(those, value);
}

static void assert_set(const struct property *property, int64_t value)
{
    struct se__settings expected = server.service.settings;
    if (property->set_number)
        *(int *)((char *)&expected + property->place) = (int)value;
    else
        *(int64_t *)((char *)&expected + property->place) = value;
    ck_assert_int_eq(set(&server, property, value), 0);
    ck_assert_mem_eq(&server.service.settings, &expected, sizeof(expected));
}

static void assert_refused(const struct property *property, int64_t value, int error)
{
    struct se__settings expected = server.service.settings;
    ck_assert_int_eq(set(&server, property, value), error);
    ck_assert_mem_eq(&server.service.settings, &expected, sizeof(expected));
}

static void assert_refused_out_of_range(const struct property *property)
{
    assert_refused(property, property->least - 1, -EINVAL);
    if (property->most != INT64_MAX)
        assert_refused(property, property->most + 1, -EINVAL);
    if (property->is_never_zero)
        assert_refused(property, 0, -EINVAL);
}

START_TEST(a_setter_takes_both_ends_of_its_range_and_nothing_beyond)
{
    const struct property *property = &properties[_i];
    assert_set(property, property->most);
    assert_set(property, property->least);
    if (property->least < 0)
        assert_set(property, property->is_never_zero);
    assert_refused_out_of_range(property);
    ck_assert_int_eq(set(NULL, property, property->most), -EINVAL);
    ck_assert_int_eq(set(NULL, property, property->least), -EINVAL);
}
END_TEST

/** A wrong value is told first. */
START_TEST(a_setter_is_refused_while_the_server_runs)
{
    make_busy();
    assert_refused(&properties[_i], properties[_i].least, -EBUSY);
    assert_refused(&properties[_i], properties[_i].most, -EBUSY);
    assert_refused_out_of_range(&properties[_i]);
}
END_TEST

START_TEST(what_the_workers_are_made_with_stays_once_they_are_made)
{
    const struct property *property = &properties[_i];
    bool is_for_making = property->set_number == se_server_set_workers || property->set_number == se_server_set_poller;
    make_crew();
    if (is_for_making)
        assert_refused(property, property->most, -EBUSY);
    else
        assert_set(property, property->most);
    assert_refused_out_of_range(property);
}
END_TEST

START_TEST(blocking_is_a_timeout_of_none_or_of_no_time)
{
    ck_assert_int_eq(se_server_set_blocking(&server, 1), 0);
    ck_assert_int_eq(se_server_get_timeout(&server), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_server_set_blocking(&server, 0), 0);
    ck_assert_int_eq(se_server_get_timeout(&server), 0);
    ck_assert_int_eq(se_server_set_timeout(&server, 77), 0);
    ck_assert_int_eq(se_server_set_blocking(&server, 2), -EINVAL);
    ck_assert_int_eq(se_server_set_blocking(&server, -1), -EINVAL);
    ck_assert_int_eq(se_server_set_blocking(NULL, 1), -EINVAL);
    ck_assert_int_eq(se_server_get_timeout(&server), 77);
    ck_assert_int_eq(se_server_get_timeout(NULL), -EINVAL);
}
END_TEST

static int never_called(struct se_server *those, int event, const struct se_connection *connection, void *user_data)
{
    (void)those, (void)event, (void)connection, (void)user_data;
    ck_abort_msg("the callback was called");
    return 0;
}

static void assert_callback_refused(struct se_server *those, int error)
{
    ck_assert_int_eq(se_server_set_callback(those, never_called, &server), error);
    ck_assert(!server.service.settings.callback);
    ck_assert_ptr_null(server.service.settings.user_data);
}

START_TEST(a_callback_is_set_before_the_first_run_alone)
{
    assert_callback_refused(NULL, -EINVAL);
    make_busy();
    assert_callback_refused(&server, -EBUSY);
    begin();
    make_crew();
    assert_callback_refused(&server, -EBUSY);
    begin();
    ck_assert_int_eq(se_server_set_callback(&server, never_called, &crew), 0);
    ck_assert(server.service.settings.callback == never_called);
    ck_assert_ptr_eq(server.service.settings.user_data, &crew);
}
END_TEST

START_TEST(a_server_tells_its_port)
{
    server.port = 4711;
    ck_assert_int_eq(se_server_port(&server), 4711);
    ck_assert_int_eq(se_server_port(NULL), -EINVAL);
}
END_TEST

START_TEST(a_server_tells_its_address_where_the_text_fits)
{
    char text[] = "#########";
    strcpy(server.address, "unix:/a");
    ck_assert_int_eq(se_server_address(&server, text, 8), 7);
    ck_assert_mem_eq(text, "unix:/a\0#", sizeof(text));
    ck_assert_int_eq(se_server_address(&server, text, 7), -ENOSPC);
    ck_assert_mem_eq(text, "\0nix:/a\0#", sizeof(text));
    text[0] = '#';
    ck_assert_int_eq(se_server_address(&server, text, 1), -ENOSPC);
    ck_assert_mem_eq(text, "\0nix:/a\0#", sizeof(text));
    text[0] = '#';
    ck_assert_int_eq(se_server_address(&server, text, 0), -ENOSPC);
    ck_assert_int_eq(se_server_address(NULL, text, 8), -EINVAL);
    ck_assert_int_eq(se_server_address(&server, NULL, 8), -EINVAL);
    ck_assert_mem_eq(text, "#nix:/a\0#", sizeof(text));
}
END_TEST

START_TEST(figures_are_those_of_the_census_and_of_the_crew)
{
    atomic_store(&server.service.census.active, 3);
    atomic_store(&server.service.census.most, 4);
    for (int made = 0; made < 2; made++) {
        ck_assert_int_eq(se_server_stat(&server, SE_STAT_ACTIVE), 3);
        ck_assert_int_eq(se_server_stat(&server, SE_STAT_ACTIVE_MAX), 4);
        ck_assert_int_eq(se_server_stat(&server, 0), made ? 1000 : 0);
        ck_assert_int_eq(se_server_stat(&server, SE_STAT_PAUSES), made ? 1000 + SE_STAT_PAUSES : 0);
        make_crew();
    }
}
END_TEST

START_TEST(there_are_no_other_figures)
{
    make_crew();
    ck_assert_int_eq(se_server_stat(NULL, SE_STAT_ACTIVE), -EINVAL);
    ck_assert_int_eq(se_server_stat(&server, -1), -EINVAL);
    ck_assert_int_eq(se_server_stat(&server, SE_STAT_PAUSES + 1), -EINVAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the properties of a server");
    TCase *tcase = fixture_add_tcase(suite, "setters");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_loop_test(tcase, a_setter_takes_both_ends_of_its_range_and_nothing_beyond, 0, PROPERTIES);
    tcase_add_loop_test(tcase, a_setter_is_refused_while_the_server_runs, 0, PROPERTIES);
    tcase_add_loop_test(tcase, what_the_workers_are_made_with_stays_once_they_are_made, 0, PROPERTIES);
    tcase_add_test(tcase, blocking_is_a_timeout_of_none_or_of_no_time);
    tcase_add_test(tcase, a_callback_is_set_before_the_first_run_alone);
    tcase = fixture_add_tcase(suite, "questions");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, a_server_tells_its_port);
    tcase_add_test(tcase, a_server_tells_its_address_where_the_text_fits);
    tcase_add_test(tcase, figures_are_those_of_the_census_and_of_the_crew);
    tcase_add_test(tcase, there_are_no_other_figures);
    return fixture_run(suite);
}
