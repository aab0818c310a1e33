/* Connections by address: the hash table against a plain array of counts, and which addresses count together. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/un.h>

#include "dice.h"
#include "fixture.h"
#include "server/addresses.h"
#include "system/address.h"

enum { MANY = 1000, TURNS = 100000, BITS = 8 };

static struct se__addresses addresses;

static void begin(void)
{
    addresses = (struct se__addresses){0};
}

static void end(void)
{
    se__addresses_end(&addresses);
}

START_TEST(an_empty_table_counts_nobody_and_has_no_memory)
{
    ck_assert_int_eq(se__addresses_count(&addresses, 1), 0);
    ck_assert_ptr_null(addresses.slots);
    se__addresses_remove(&addresses, 1);
    ck_assert_int_eq(se__addresses_count(&addresses, 1), 0);
}
END_TEST

START_TEST(each_address_has_a_count_of_its_own)
{
    for (uint64_t key = 1; key <= MANY; key++)
        for (uint64_t times = 0; times < key % 3 + 1; times++)
            ck_assert(se__addresses_add(&addresses, key));
    ck_assert_uint_eq(addresses.used, MANY);
    for (uint64_t key = 1; key <= MANY; key++)
        ck_assert_int_eq(se__addresses_count(&addresses, key), (int)(key % 3) + 1);
    ck_assert_int_eq(se__addresses_count(&addresses, MANY + 1), 0);
}
END_TEST

START_TEST(an_address_is_forgotten_when_its_last_connection_ends)
{
    ck_assert(se__addresses_add(&addresses, 7));
    ck_assert(se__addresses_add(&addresses, 7));
    se__addresses_remove(&addresses, 7);
    ck_assert_int_eq(se__addresses_count(&addresses, 7), 1);
    ck_assert_uint_eq(addresses.used, 1);
    se__addresses_remove(&addresses, 7);
    ck_assert_int_eq(se__addresses_count(&addresses, 7), 0);
    ck_assert_uint_eq(addresses.used, 0);
}
END_TEST

START_TEST(removing_a_stranger_changes_nothing)
{
    ck_assert(se__addresses_add(&addresses, 7));
    se__addresses_remove(&addresses, 8);
    ck_assert_uint_eq(addresses.used, 1);
    ck_assert_int_eq(se__addresses_count(&addresses, 7), 1);
}
END_TEST

START_TEST(the_table_is_at_most_half_full)
{
    for (uint64_t key = 1; key <= MANY; key++) {
        ck_assert(se__addresses_add(&addresses, key));
        ck_assert_uint_le(2 * addresses.used, addresses.size);
        ck_assert_uint_eq(addresses.size & (addresses.size - 1), 0);
    }
}
END_TEST

/** Peers that come and go for ever, each with a new address, must not make it grow. */
START_TEST(a_table_that_is_emptied_again_and_again_stays_small)
{
    for (uint64_t key = 1; key <= TURNS; key++) {
        if (!se__addresses_add(&addresses, key))
            ck_abort_msg("no memory for address %d", (int)key);
        if (key > 4)
            se__addresses_remove(&addresses, key - 4);
    }
    ck_assert_uint_eq(addresses.used, 4);
    ck_assert_uint_le(addresses.size, 16);
}
END_TEST

START_TEST(a_table_that_has_ended_can_be_used_anew)
{
    ck_assert(se__addresses_add(&addresses, 7));
    se__addresses_end(&addresses);
    ck_assert_int_eq(se__addresses_count(&addresses, 7), 0);
    ck_assert(se__addresses_add(&addresses, 8));
    ck_assert_int_eq(se__addresses_count(&addresses, 8), 1);
    ck_assert_uint_eq(addresses.used, 1);
}
END_TEST

/** As addresses.c has it, to see where a key lies. */
struct se__address_count {
    uint64_t key;
    int count;
};

static size_t place_of(uint64_t key)
{
    size_t place = 0;
    while (place < addresses.size && addresses.slots[place].key != key)
        place++;
    ck_assert_uint_lt(place, addresses.size);
    return place;
}

/** Neighbours differ in some eight bits, of the network or of the host. Each is alone in the table, so that it lies
 * where it belongs. */
START_TEST(neighbours_spread_over_the_whole_table)
{
    enum { SIZE = 16, NEIGHBOURS = 1 << BITS };
    bool seen[SIZE] = {false};
    size_t places = 0;
    for (uint64_t number = 0; number < NEIGHBOURS; number++) {
        uint64_t key = UINT64_C(0xff0000007f000000) ^ number << _i;
        ck_assert(se__addresses_add(&addresses, key));
        ck_assert_uint_eq(addresses.size, SIZE);
        places += !seen[place_of(key)];
        seen[place_of(key)] = true;
        se__addresses_remove(&addresses, key);
    }
    ck_assert_uint_eq(places, SIZE);
}
END_TEST

/** Keys that lie as real ones do: neighbours of one IPv4 network, and IPv6 networks that differ in high bits alone. */
static uint64_t key_at(int who)
{
    uint64_t number = (uint64_t)who;
    return number % 2 ? UINT64_C(0xff0000007f000000) | number : (number + 2) << 40;
}

/** What the model of the next test remembers: how many connections each address has. */
enum { KEYS = 200, GLANCE = 50 };

static int expected[KEYS];

static void come(int who)
{
    if (!se__addresses_add(&addresses, key_at(who)))
        ck_abort_msg("no memory for address %d", who);
    expected[who]++;
}

static void go(int who)
{
    se__addresses_remove(&addresses, key_at(who));
    expected[who] -= expected[who] > 0;
}

static bool is_as_remembered(void)
{
    size_t used = 0;
    for (int who = 0; who < KEYS; who++) {
        used += expected[who] > 0;
        if (se__addresses_count(&addresses, key_at(who)) != expected[who])
            return false;
    }
    return addresses.used == used;
}

/** The others must be found when one that stood in their way is gone, so all of them are asked after every few turns.
 */
START_TEST(counts_are_those_of_a_plain_array_whatever_the_order)
{
    struct dice dice = dice_new(11);
    memset(expected, 0, sizeof(expected));
    for (int i = 0; i < TURNS; i++) {
        int who = (int)dice_roll(&dice, KEYS);
        bool grows = dice_roll(&dice, 100) < (i / 5000 % 2 ? 20 : 80);
        if (grows)
            come(who);
        else
            go(who);
        if (i % GLANCE == 0 && !is_as_remembered())
            ck_abort_msg("turn %d: an address has a wrong count", i);
    }
}
END_TEST

static uint64_t key_of(const char *text)
{
    struct se__address address = {.length = 0};
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address.storage;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address.storage;
    bool is_ipv6 = strchr(text, ':') != NULL;
    address.length = is_ipv6 ? sizeof(*ipv6) : sizeof(*ipv4);
    address.storage.ss_family = is_ipv6 ? AF_INET6 : AF_INET;
    void *number = is_ipv6 ? (void *)&ipv6->sin6_addr : (void *)&ipv4->sin_addr;
    ck_assert_int_eq(inet_pton(address.storage.ss_family, text, number), 1);
    return se__address_key(&address);
}

START_TEST(addresses_of_one_host_count_together)
{
    static const char *const pairs[][2] = {
        {"127.0.0.1", "127.0.0.1"},
        {"127.0.0.1", "::ffff:127.0.0.1"},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"},
        {"::1", "::2"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        ck_assert_uint_eq(key_of(pairs[i][0]), key_of(pairs[i][1]));
        ck_assert_uint_ne(key_of(pairs[i][0]), 0);
    }
}
END_TEST

START_TEST(addresses_of_different_hosts_do_not)
{
    static const char *const hosts[] = {
        "127.0.0.1",       "127.0.0.2",       "127.0.1.1",        "0.0.0.0",         "255.255.255.255", "::1",
        "2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:82::1", "3001:db8:1:2::1", "fe80::1",
    };
    enum { HOSTS = sizeof(hosts) / sizeof(hosts[0]) };
    for (size_t i = 0; i < HOSTS; i++)
        for (size_t other = 0; other < i; other++)
            ck_assert_msg(key_of(hosts[i]) != key_of(hosts[other]), "%s counts as %s", hosts[i], hosts[other]);
}
END_TEST

START_TEST(a_peer_without_an_address_counts_with_nobody)
{
    struct se__address address = {.length = sizeof(sa_family_t)};
    address.storage.ss_family = AF_UNIX;
    ck_assert_uint_eq(se__address_key(&address), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connections by address");
    TCase *tcase = fixture_add_tcase(suite, "table and keys");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, an_empty_table_counts_nobody_and_has_no_memory);
    tcase_add_test(tcase, each_address_has_a_count_of_its_own);
    tcase_add_test(tcase, an_address_is_forgotten_when_its_last_connection_ends);
    tcase_add_test(tcase, removing_a_stranger_changes_nothing);
    tcase_add_test(tcase, the_table_is_at_most_half_full);
    tcase_add_test(tcase, a_table_that_is_emptied_again_and_again_stays_small);
    tcase_add_test(tcase, a_table_that_has_ended_can_be_used_anew);
    tcase_add_loop_test(tcase, neighbours_spread_over_the_whole_table, 0, 64 - BITS + 1);
    tcase_add_test(tcase, counts_are_those_of_a_plain_array_whatever_the_order);
    tcase_add_test(tcase, addresses_of_one_host_count_together);
    tcase_add_test(tcase, addresses_of_different_hosts_do_not);
    tcase_add_test(tcase, a_peer_without_an_address_counts_with_nobody);
    return fixture_run(suite);
}
