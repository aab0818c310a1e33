/* How many connections one address may have: IPv4 addresses count one by one, also when they come through an IPv6
 * socket, and what one address uses up takes nothing from another. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "families.h"
#include "figures.h"
#include "fixture.h"
#include "sources.h"
#include "statistics.h"
#include "variants.h"

enum { LIMIT = 2 };

static struct se_server *server;

static bool serve(int variant)
{
    server = variant_new(variant);
    if (!server)
        return false;
    ck_assert_int_eq(se_server_set_max_per_address(server, LIMIT), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    return true;
}

static int come_from(const char *from)
{
    return source_connect(from, "127.0.0.1", se_server_port(server));
}

/** Comes in from that address; asserts that it is let in. */
static int enter_from(const char *from)
{
    int fd = come_from(from);
    ck_assert_msg(source_is_in(fd), "%s is refused", from);
    return fd;
}

START_TEST(each_address_has_room_for_so_many)
{
    static const char *const addresses[] = {"127.0.0.2", "127.0.0.3", "127.0.1.2", "127.255.255.254"};
    enum { ADDRESSES = sizeof(addresses) / sizeof(addresses[0]) };
    int fds[LIMIT * ADDRESSES];
    if (!serve(_i))
        return;
    for (int i = 0; i < ADDRESSES; i++) {
        for (int j = 0; j < LIMIT; j++)
            fds[i * LIMIT + j] = enter_from(addresses[i]);
        source_assert_refused(come_from(addresses[i]));
    }
    stat_await(server, SE_STAT_REFUSED, ADDRESSES);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), LIMIT * ADDRESSES);
    crowd_close(fds, LIMIT * ADDRESSES);
    figures_end(server);
}
END_TEST

START_TEST(a_connection_that_ends_makes_room_for_its_own_address_alone)
{
    if (!serve(_i))
        return;
    int fds[] = {enter_from("127.0.0.2"), enter_from("127.0.0.2"), enter_from("127.0.0.3"), enter_from("127.0.0.3")};
    close(fds[0]);
    stat_await(server, SE_STAT_ACTIVE, 3);
    source_assert_refused(come_from("127.0.0.3"));
    fds[0] = enter_from("127.0.0.2");
    source_assert_refused(come_from("127.0.0.2"));
    crowd_close(fds, 4);
    figures_end(server);
}
END_TEST

static void name_address(int number, char *text, size_t size)
{
    ck_assert_int_lt(snprintf(text, size, "127.1.%d.%d", number / 100, number % 100 + 1), (int)size);
}

static void enter_all(int *fds, int count)
{
    char from[32];
    for (int i = 0; i < count; i++) {
        name_address(i, from, sizeof(from));
        fds[i] = enter_from(from);
    }
}

/** When all have gone nothing may be left of their counts, however the table grew meanwhile. */
START_TEST(hundreds_of_addresses_are_counted_and_forgotten)
{
    enum { ADDRESSES = 150 };
    int fds[LIMIT * ADDRESSES];
    if (!serve(_i))
        return;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < LIMIT; i++)
            enter_all(&fds[i * ADDRESSES], ADDRESSES);
        source_assert_refused(come_from("127.1.0.1"));
        source_assert_refused(come_from("127.1.1.50"));
        crowd_close(fds, LIMIT * ADDRESSES);
        stat_await(server, SE_STAT_ACTIVE, 0);
    }
    stat_await(server, SE_STAT_REFUSED, 4);
    figures_end(server);
}
END_TEST

START_TEST(whoever_is_refused_for_its_address_takes_no_place_from_others)
{
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_max_per_address(server, 1), 0);
    ck_assert_int_eq(se_server_set_max_connections(server, 3), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int fds[3] = {enter_from("127.0.0.2")};
    for (int i = 0; i < 10; i++)
        source_assert_refused(come_from("127.0.0.2"));
    fds[1] = enter_from("127.0.0.3");
    fds[2] = enter_from("127.0.0.4");
    source_assert_refused(come_from("127.0.0.5"));
    close(fds[0]);
    stat_await(server, SE_STAT_ACTIVE, 2);
    fds[0] = enter_from("127.0.0.5");
    stat_await(server, SE_STAT_REFUSED, 11);
    crowd_close(fds, 3);
    figures_end(server);
}
END_TEST

START_TEST(one_address_may_have_all_connections_unless_told_otherwise)
{
    enum { MANY = 100 };
    int fds[MANY];
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_start(server), 0);
    for (int i = 0; i < MANY; i++)
        fds[i] = enter_from("127.0.0.2");
    crowd_close(fds, MANY);
    figures_end(server);
}
END_TEST

START_TEST(connections_from_before_the_limit_count_as_well)
{
    enum { RUN_MS = 5 };
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_timeout(server, RUN_MS), 0);
    int fds[] = {come_from("127.0.0.2"), come_from("127.0.0.2")};
    figures_run_until(server, SE_STAT_ACCEPTED, LIMIT);
    ck_assert_int_eq(se_server_set_max_per_address(server, LIMIT), 0);
    int over_fd = come_from("127.0.0.2");
    figures_run_until(server, SE_STAT_REFUSED, 1);
    source_assert_refused(over_fd);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), LIMIT);
    crowd_close(fds, 2);
    se_server_free(server);
}
END_TEST

/** A server for both families, where the system allows one. */
static bool serve_both(int variant)
{
    if (!ipv6_available())
        return false;
    ck_assert_int_eq(se_server_new("::", SE_PORT_ANY, &server), 0);
    if (!variant_apply(variant, server))
        return false;
    ck_assert_int_eq(se_server_set_max_per_address(server, LIMIT), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    return true;
}

START_TEST(ipv4_addresses_count_one_by_one_through_an_ipv6_socket)
{
    if (!serve_both(_i))
        return;
    int fds[] = {enter_from("127.0.0.2"), enter_from("127.0.0.2"), enter_from("127.0.0.3"), enter_from("127.0.0.3")};
    source_assert_refused(come_from("127.0.0.2"));
    source_assert_refused(come_from("127.0.0.3"));
    int ipv6_fds[LIMIT];
    for (int i = 0; i < LIMIT; i++) {
        ipv6_fds[i] = source_connect("::1", "::1", se_server_port(server));
        ck_assert(source_is_in(ipv6_fds[i]));
    }
    source_assert_refused(source_connect("::1", "::1", se_server_port(server)));
    crowd_close(fds, 4);
    crowd_close(ipv6_fds, LIMIT);
    figures_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limit of one address");
    TCase *tcase = fixture_add_tcase(suite, "max_per_address");
    tcase_add_loop_test(tcase, each_address_has_room_for_so_many, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_connection_that_ends_makes_room_for_its_own_address_alone, 0, VARIANTS);
    tcase_add_loop_test(tcase, hundreds_of_addresses_are_counted_and_forgotten, 0, VARIANTS);
    tcase_add_loop_test(tcase, whoever_is_refused_for_its_address_takes_no_place_from_others, 0, VARIANTS);
    tcase_add_loop_test(tcase, one_address_may_have_all_connections_unless_told_otherwise, 0, VARIANTS);
    tcase_add_loop_test(tcase, connections_from_before_the_limit_count_as_well, 0, VARIANTS);
    tcase_add_loop_test(tcase, ipv4_addresses_count_one_by_one_through_an_ipv6_socket, 0, VARIANTS);
    return fixture_run(suite);
}
