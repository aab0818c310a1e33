/* Names to addresses and addresses to text. Names are such as no resolver asks another machine for: they stand in the
 * system's own table, or no name server would take them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sockecho/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <errno.h>

#include "families.h"
#include "fixture.h"
#include "system/address.h"

static struct se__address *list;

static void begin(void)
{
    list = NULL;
}

static void free_list(void)
{
    free(list);
}

/** The first address of a host that must have one. */
static const struct se__address *first_of(const char *host, int port)
{
    free(list);
    list = NULL;
    int count = se__address_resolve(host, port, &list);
    ck_assert_int_ge(count, 1);
    ck_assert_ptr_nonnull(list);
    return &list[0];
}

static void assert_text(const struct se__address *address, const char *expected)
{
    char text[SE__ADDRESS_TEXT_SIZE];
    ck_assert_int_eq(se__address_text(address, text, sizeof(text)), (int)strlen(expected));
    ck_assert_str_eq(text, expected);
}

START_TEST(an_ipv4_address_that_is_mapped_into_ipv6_is_told_as_itself)
{
    assert_text(first_of("::ffff:255.255.255.255", 65535), "255.255.255.255:65535");
    assert_text(first_of("::ffff:127.0.0.1", 7), "127.0.0.1:7");
}
END_TEST

/** Each is one bit away from an address that is mapped. */
START_TEST(an_ipv6_address_that_only_looks_like_a_mapped_one_is_told_as_it_is)
{
    static const struct {
        const char *host;
        const char *text;
        uint64_t key;
    } cases[] = {
        {"0:1::ffff:102:304", "[0:1::ffff:102:304]:7", UINT64_C(0x0000000100000000)},
        {"0:0:0:1::ffff:102:304", "[::1:0:ffff:102:304]:7", 1},
        {"::1:ffff:102:304", "[::1:ffff:102:304]:7", 1},
        {"::fffe:102:304", "[::fffe:102:304]:7", 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct se__address *address = first_of(cases[i].host, 7);
        assert_text(address, cases[i].text);
        ck_assert_uint_eq(se__address_key(address), cases[i].key);
    }
}
END_TEST

START_TEST(an_ipv4_number_is_one_address)
{
    ck_assert_int_eq(se__address_resolve("127.1.2.3", 8007, &list), 1);
    const struct sockaddr_in *address = (const struct sockaddr_in *)&list[0].storage;
    ck_assert_uint_eq(list[0].length, sizeof(*address));
    ck_assert_int_eq(address->sin_family, AF_INET);
    ck_assert_uint_eq(address->sin_addr.s_addr, inet_addr("127.1.2.3"));
    ck_assert_uint_eq(address->sin_port, htons(8007));
}
END_TEST

START_TEST(an_ipv6_number_is_one_address)
{
    ck_assert_int_eq(se__address_resolve("::1", 8007, &list), 1);
    const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)&list[0].storage;
    ck_assert_uint_eq(list[0].length, sizeof(*address));
    ck_assert_int_eq(address->sin6_family, AF_INET6);
    ck_assert_mem_eq(&address->sin6_addr, &in6addr_loopback, sizeof(in6addr_loopback));
    ck_assert_uint_eq(address->sin6_port, htons(8007));
}
END_TEST

START_TEST(no_host_is_the_loopback_address)
{
    ck_assert_int_eq(se__address_resolve(NULL, 7, &list), 1);
    assert_text(&list[0], "127.0.0.1:7");
}
END_TEST

START_TEST(localhost_has_its_ipv4_addresses_first)
{
    if (!localhost_available())
        return;
    int count = se__address_resolve("localhost", 7, &list);
    ck_assert_int_ge(count, 1);
    bool ipv6_came = false;
    for (int i = 0; i < count; i++) {
        ck_assert(list[i].storage.ss_family == AF_INET || list[i].storage.ss_family == AF_INET6);
        ck_assert(!ipv6_came || list[i].storage.ss_family == AF_INET6);
        ipv6_came = list[i].storage.ss_family == AF_INET6;
        ck_assert_int_eq(se__address_port(&list[i]), 7);
    }
    assert_text(&list[0], "127.0.0.1:7");
}
END_TEST

START_TEST(a_name_that_nobody_has_is_not_resolved)
{
    char long_label[65] = "";
    memset(long_label, 'a', sizeof(long_label) - 1);
    const char *const hosts[] = {"", "no host of this name", "[::1]", "127.0.0.1:7", long_label};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        ck_assert_int_eq(se__address_resolve(hosts[i], 7, &list), SE_ERESOLVE);
        ck_assert_ptr_null(list);
    }
}
END_TEST

START_TEST(ports_make_the_round_trip)
{
    static const int ports[] = {0, 1, 7, 255, 256, 8007, 32767, 32768, 65534, 65535};
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        ck_assert_int_eq(se__address_port(first_of("127.0.0.1", ports[i])), ports[i]);
        ck_assert_int_eq(se__address_port(first_of("::1", ports[i])), ports[i]);
    }
}
END_TEST

START_TEST(an_address_without_port_has_port_0)
{
    struct se__address unix_address = {.length = sizeof(sa_family_t), .storage = {.ss_family = AF_UNIX}};
    ck_assert_int_eq(se__address_port(&unix_address), 0);
}
END_TEST

START_TEST(text_has_brackets_around_ipv6_only)
{
    assert_text(first_of("127.0.0.1", 7), "127.0.0.1:7");
    assert_text(first_of("0.0.0.0", 1), "0.0.0.0:1");
    assert_text(first_of("255.255.255.255", 65535), "255.255.255.255:65535");
    assert_text(first_of("::1", 7), "[::1]:7");
    assert_text(first_of("::", 0), "[::]:0");
    assert_text(first_of("2001:db8:1111:2222:3333:4444:5555:6666", 65535),
                "[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
}
END_TEST

START_TEST(text_fits_exactly_or_not_at_all)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        const struct se__address *address = first_of(hosts[i], 8007);
        char text[SE__ADDRESS_TEXT_SIZE];
        size_t length = (size_t)se__address_text(address, text, sizeof(text));
        memset(text, '#', sizeof(text));
        ck_assert_int_eq(se__address_text(address, text, length), -ENOSPC);
        ck_assert_int_eq(se__address_text(address, text, 0), -ENOSPC);
        ck_assert_int_eq(text[length], '#');
        ck_assert_int_eq(se__address_text(address, text, length + 1), (int)length);
        ck_assert_uint_eq(strlen(text), length);
        ck_assert_int_eq(text[length + 1], '#');
    }
}
END_TEST

START_TEST(what_is_no_address_has_no_text)
{
    const struct se__address nothing = {.length = 0};
    char text[SE__ADDRESS_TEXT_SIZE];
    ck_assert_int_eq(se__address_text(&nothing, text, sizeof(text)), -EINVAL);
    ck_assert_int_eq(se__address_port(&nothing), 0);
    ck_assert_uint_eq(se__address_key(&nothing), 0);
}
END_TEST

START_TEST(path_of_a_unix_address_fits_exactly_or_not_at_all)
{
    struct se__address address;
    char text[sizeof("unix:/a/b")];
    ck_assert_int_eq(se__address_unix("/a/b", &address), 0);
    ck_assert_int_eq(se__address_text(&address, text, sizeof(text) - 1), -ENOSPC);
    ck_assert_int_eq(se__address_text(&address, text, sizeof(text)), (int)strlen("unix:/a/b"));
    ck_assert_str_eq(text, "unix:/a/b");
}
END_TEST

START_TEST(a_unix_address_takes_every_path_that_fits)
{
    enum { LONGEST = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1 };
    static const size_t lengths[] = {1, 2, LONGEST - 1, LONGEST};
    char path[LONGEST + 2];
    struct se__address address;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        memset(path, '/', sizeof(path));
        path[lengths[i]] = '\0';
        ck_assert_int_eq(se__address_unix(path, &address), 0);
        ck_assert_str_eq(se__address_path(&address), path);
    }
    memset(path, '/', sizeof(path) - 1);
    path[LONGEST + 1] = '\0';
    ck_assert_int_eq(se__address_unix(path, &address), -ENAMETOOLONG);
    ck_assert_int_eq(se__address_unix("", &address), -EINVAL);
}
END_TEST

START_TEST(a_unix_address_has_nothing_of_what_lies_behind_the_path)
{
    static const char bytes[] = {'/', 'a', '\0', '#', '#'};
    struct se__address address;
    struct se__address plain;
    memset(&address, '#', sizeof(address));
    ck_assert_int_eq(se__address_unix(bytes, &address), 0);
    ck_assert_int_eq(se__address_unix("/a", &plain), 0);
    ck_assert(se__address_equal(&address, &plain));
}
END_TEST

/** So the kernel gives it: of what lies behind the length nothing was written, and a first NUL begins an abstract name.
 */
START_TEST(a_unix_address_without_a_file_has_no_path)
{
    struct se__address address;
    char text[SE__ADDRESS_TEXT_SIZE];
    ck_assert_int_eq(se__address_unix("/left/from/before", &address), 0);
    address.length = offsetof(struct sockaddr_un, sun_path);
    ck_assert_ptr_null(se__address_path(&address));
    ck_assert_int_eq(se__address_text(&address, text, sizeof(text)), (int)strlen("unix:"));
    ck_assert_str_eq(text, "unix:");
    address.length = sizeof(struct sockaddr_un);
    ((struct sockaddr_un *)&address.storage)->sun_path[0] = '\0';
    ck_assert_ptr_null(se__address_path(&address));
}
END_TEST

START_TEST(addresses_are_equal_in_host_port_family_and_length)
{
    struct se__address address = *first_of("127.0.0.1", 7);
    ck_assert(se__address_equal(&address, first_of("127.0.0.1", 7)));
    ck_assert(se__address_equal(&address, first_of(NULL, 7)));
    ck_assert(!se__address_equal(&address, first_of("127.0.0.1", 8)));
    ck_assert(!se__address_equal(&address, first_of("127.0.0.2", 7)));
    ck_assert(!se__address_equal(&address, first_of("::1", 7)));
    struct se__address shorter = address;
    shorter.length--;
    ck_assert(!se__address_equal(&address, &shorter));
    struct se__address ipv6_address = *first_of("::1", 7);
    ck_assert(se__address_equal(&ipv6_address, first_of("::1", 7)));
    ck_assert(!se__address_equal(&ipv6_address, first_of("::2", 7)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("addresses");
    TCase *tcase = fixture_add_tcase(suite, "addresses");
    tcase_add_checked_fixture(tcase, begin, free_list);
    tcase_add_test(tcase, an_ipv4_address_that_is_mapped_into_ipv6_is_told_as_itself);
    tcase_add_test(tcase, an_ipv6_address_that_only_looks_like_a_mapped_one_is_told_as_it_is);
    tcase_add_test(tcase, an_ipv4_number_is_one_address);
    tcase_add_test(tcase, an_ipv6_number_is_one_address);
    tcase_add_test(tcase, no_host_is_the_loopback_address);
    tcase_add_test(tcase, localhost_has_its_ipv4_addresses_first);
    tcase_add_test(tcase, a_name_that_nobody_has_is_not_resolved);
    tcase_add_test(tcase, ports_make_the_round_trip);
    tcase_add_test(tcase, an_address_without_port_has_port_0);
    tcase_add_test(tcase, text_has_brackets_around_ipv6_only);
    tcase_add_test(tcase, text_fits_exactly_or_not_at_all);
    tcase_add_test(tcase, what_is_no_address_has_no_text);
    tcase_add_test(tcase, path_of_a_unix_address_fits_exactly_or_not_at_all);
    tcase_add_test(tcase, a_unix_address_takes_every_path_that_fits);
    tcase_add_test(tcase, a_unix_address_has_nothing_of_what_lies_behind_the_path);
    tcase_add_test(tcase, a_unix_address_without_a_file_has_no_path);
    tcase_add_test(tcase, addresses_are_equal_in_host_port_family_and_length);
    return fixture_run(suite);
}
