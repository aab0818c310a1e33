/* Which peers are in a network: at the edges of every prefix, of both families, and of IPv4 that comes through IPv6.
 * Loopback has too few addresses to see that from outside.
 */
#include "networks.h"

#include <check.h>
#include <stdlib.h>

const char program_name[] = "allowed-networks";

struct question {
    const char *network;
    const char *peer;
    int is_in;
};

static const struct question questions[] = {
    {"10.0.0.0/8", "10.0.0.0:1", 1},
    {"10.0.0.0/8", "10.255.255.255:65535", 1},
    {"10.0.0.0/8", "9.255.255.255:1", 0},
    {"10.0.0.0/8", "11.0.0.0:1", 0},
    {"192.168.1.0/25", "192.168.1.127:80", 1},
    {"192.168.1.0/25", "192.168.1.128:80", 0},
    {"192.0.2.7", "192.0.2.7:1", 1},
    {"192.0.2.7", "192.0.2.6:1", 0},
    {"192.0.2.7/32", "192.0.2.71:1", 0},
    {"128.0.0.0/1", "255.255.255.255:1", 1},
    {"128.0.0.0/1", "127.255.255.255:1", 0},
    {"0.0.0.0/0", "203.0.113.9:1", 1},
    {"0.0.0.0/0", "[2001:db8::1]:1", 0},
    {"2001:db8::/32", "[2001:db8::]:1", 1},
    {"2001:db8::/32", "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:1", 1},
    {"2001:db8::/32", "[2001:db9::]:1", 0},
    {"2001:db8::/32", "[2001:db7:ffff::]:1", 0},
    {"2001:db8:0:8000::/49", "[2001:db8:0:8000::1]:1", 1},
    {"2001:db8:0:8000::/49", "[2001:db8:0:7fff::1]:1", 0},
    {"::1", "[::1]:7", 1},
    {"::1", "[::2]:7", 0},
    {"::/0", "[::1]:7", 1},
    {"::/0", "[ff02::1]:7", 1},
    {"fe80::/10", "[fe80::1%eth0]:7", 1},
    {"fe80::/10", "[fec0::1%eth0]:7", 0},
    {"10.0.0.0/8", "[::ffff:10.1.2.3]:7", 1},
    {"10.0.0.0/8", "[::ffff:11.1.2.3]:7", 0},
    {"::ffff:10.0.0.0/104", "10.1.2.3:7", 1},
    {"::ffff:10.0.0.0/104", "[::ffff:10.1.2.3]:7", 1},
    {"::ffff:10.0.0.0/104", "11.1.2.3:7", 0},
    {"::ffff:0.0.0.0/96", "11.1.2.3:7", 1},
    {"::ffff:0.0.0.0/96", "[::fffe:1.2.3.4]:7", 0},
    {"::/0", "10.1.2.3:7", 0},
    {"::/0", "[::ffff:10.1.2.3]:7", 0},
    {"::/80", "[::ffff:10.1.2.3]:7", 0},
    {"10.0.0.0/8", "unix:", 0},
    {"::/0", "unix:", 0},
};

START_TEST(peer_is_in_network_or_not)
{
    const struct question *question = &questions[_i];
    struct networks networks = {.count = 0};
    ck_assert_int_eq(add_network("network", question->network, &networks), 0);
    ck_assert_msg(are_networks_of(&networks, question->peer) == question->is_in, "%s and %s", question->network,
                  question->peer);
}
END_TEST

START_TEST(peer_is_in_any_of_several)
{
    struct networks networks = {.count = 0};
    ck_assert_int_eq(add_network("network", "10.0.0.0/8", &networks), 0);
    ck_assert_int_eq(add_network("network", "2001:db8::/32", &networks), 0);
    ck_assert_int_eq(networks.count, 2);
    ck_assert(are_networks_of(&networks, "10.0.0.1:1"));
    ck_assert(are_networks_of(&networks, "[2001:db8::1]:1"));
    ck_assert(!are_networks_of(&networks, "192.0.2.1:1"));
}
END_TEST

START_TEST(peer_is_in_none_of_none)
{
    struct networks networks = {.count = 0};
    ck_assert(!are_networks_of(&networks, "127.0.0.1:1"));
}
END_TEST

START_TEST(network_that_is_refused_adds_nothing)
{
    struct networks networks = {.count = 0};
    ck_assert_int_eq(add_network("network", "10.0.0.1/8", &networks), -1);
    ck_assert_int_eq(add_network("network", "nowhere", &networks), -1);
    ck_assert_int_eq(networks.count, 0);
}
END_TEST

int main(void)
{
    TCase *networks = tcase_create("networks");
    tcase_add_loop_test(networks, peer_is_in_network_or_not, 0, sizeof questions / sizeof questions[0]);
    tcase_add_test(networks, peer_is_in_any_of_several);
    tcase_add_test(networks, peer_is_in_none_of_none);
    tcase_add_test(networks, network_that_is_refused_adds_nothing);
    Suite *suite = suite_create("allowed-networks");
    suite_add_tcase(suite, networks);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
