/* One host can choose from the 2^64 addresses of its IPv6 network, so they count as one. The addresses of this test are
 * those of a network that only its process sees. */
#include <unistd.h>

#include "crowd.h"
#include "endpoints.h"
#include "families.h"
#include "figures.h"
#include "fixture.h"
#include "own-network.h"
#include "sources.h"
#include "statistics.h"
#include "variants.h"

enum { LIMIT = 2 };

static const char server_address[] = "fd00:0:0:1::1";

static struct se_server *server;

static bool serve_on(const char *host, int variant)
{
    static const char *const clients[] = {"fd00:0:0:2::1", "fd00:0:0:2::2", "fd00:0:0:2:ffff:ffff:ffff:ffff",
                                          "fd00:0:0:3::1", "fd00:0:1:2::1"};
    if (!ipv6_available() || !own_network_enter())
        return false;
    own_network_add(server_address);
    for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
        own_network_add(clients[i]);
    ck_assert_int_eq(se_server_new(host, SE_PORT_ANY, &server), 0);
    if (!variant_apply(variant, server))
        return false;
    ck_assert_int_eq(se_server_set_max_per_address(server, LIMIT), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    return true;
}

static int enter_from(const char *from)
{
    int fd = source_connect(from, server_address, se_server_port(server));
    ck_assert_msg(source_is_in(fd), "%s is refused", from);
    return fd;
}

static void assert_refused_from(const char *from)
{
    source_assert_refused(source_connect(from, server_address, se_server_port(server)));
}

START_TEST(addresses_of_one_network_count_together)
{
    static const char *const hosts[] = {"::", server_address};
    if (!serve_on(hosts[_i / VARIANTS], _i % VARIANTS))
        return;
    int fds[] = {enter_from("fd00:0:0:2::1"), enter_from("fd00:0:0:2:ffff:ffff:ffff:ffff"), 0};
    assert_refused_from("fd00:0:0:2::1");
    assert_refused_from("fd00:0:0:2::2");
    close(fds[0]);
    stat_await(server, SE_STAT_ACTIVE, 1);
    fds[0] = enter_from("fd00:0:0:2::2");
    assert_refused_from("fd00:0:0:2::1");
    crowd_close(fds, 2);
    figures_end(server);
}
END_TEST

START_TEST(addresses_of_different_networks_do_not)
{
    if (!serve_on(server_address, _i))
        return;
    int fds[] = {enter_from("fd00:0:0:2::1"), enter_from("fd00:0:0:2::1"), enter_from("fd00:0:0:3::1"),
                 enter_from("fd00:0:0:3::1"), enter_from("fd00:0:1:2::1"), enter_from("fd00:0:1:2::1")};
    assert_refused_from("fd00:0:0:2::2");
    assert_refused_from("fd00:0:0:3::1");
    assert_refused_from("fd00:0:1:2::1");
    crowd_close(fds, 6);
    figures_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limit of one address: IPv6");
    TCase *tcase = fixture_add_tcase(suite, "max_per_address");
    tcase_add_loop_test(tcase, addresses_of_one_network_count_together, 0, 2 * VARIANTS);
    tcase_add_loop_test(tcase, addresses_of_different_networks_do_not, 0, VARIANTS);
    return fixture_run(suite);
}
