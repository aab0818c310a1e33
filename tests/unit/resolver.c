/* What becomes of the answers that getaddrinfo(3) and getnameinfo(3) may give and on this machine never do. Whatever
 * comes of an answer, its list is given back. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sockecho/error.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "system/address.h"

static int chosen_code;  /**< 0: the real answer */
static int chosen_errno; /**< beside EAI_SYSTEM */
static int chosen_family;
static struct addrinfo *chosen_list; /**< NULL: the real one */
static int chosen_name_code;
static bool is_without_memory;
static int lists_given, lists_freed;
static struct se__address *list;

int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found_out);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found_out);
void __real_freeaddrinfo(struct addrinfo *found);
void __wrap_freeaddrinfo(struct addrinfo *found);
int __real_getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_size, char *service,
                       socklen_t service_size, int flags);
int __wrap_getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_size, char *service,
                       socklen_t service_size, int flags);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static int find(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found_out)
{
    if (!chosen_list)
        return __real_getaddrinfo(host, service, hints, found_out);
    *found_out = chosen_list;
    return 0;
}

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found_out)
{
    errno = chosen_errno;
    if (chosen_code)
        return chosen_code;
    int code = find(host, service, hints, found_out);
    for (struct addrinfo *found = code ? NULL : *found_out; found && chosen_family; found = found->ai_next)
        found->ai_family = chosen_family;
    lists_given += code == 0;
    return code;
}

void __wrap_freeaddrinfo(struct addrinfo *found)
{
    lists_freed++;
    if (found != chosen_list)
        __real_freeaddrinfo(found);
}

int __wrap_getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t host_size, char *service,
                       socklen_t service_size, int flags)
{
    if (chosen_name_code)
        return chosen_name_code;
    return __real_getnameinfo(address, length, host, host_size, service, service_size, flags);
}

void *__wrap_malloc(size_t size)
{
    return is_without_memory ? NULL : __real_malloc(size);
}

static void begin(void)
{
    chosen_code = chosen_errno = chosen_family = chosen_name_code = 0;
    chosen_list = NULL;
    lists_given = lists_freed = 0;
    list = NULL;
}

static void end(void)
{
    ck_assert_int_eq(lists_freed, lists_given);
    free(list);
}

START_TEST(the_real_answer_passes)
{
    ck_assert_int_eq(se__address_resolve("127.0.0.1", 7, &list), 1);
    ck_assert_int_eq(se__address_port(&list[0]), 7);
    ck_assert_int_eq(lists_given, 1);
}
END_TEST

static const struct {
    int code;
    int errno_of_system;
    int expected;
} answers[] = {
    {.code = EAI_MEMORY, .expected = -ENOMEM},
    {.code = EAI_SYSTEM, .errno_of_system = EMFILE, .expected = -EMFILE},
    {.code = EAI_SYSTEM, .expected = SE_ERESOLVE}, /* the resolver forgot to say what */
    {.code = EAI_AGAIN, .errno_of_system = EMFILE, .expected = SE_ERESOLVE},
};

START_TEST(an_error_is_told_as_what_it_is)
{
    chosen_code = answers[_i].code;
    chosen_errno = answers[_i].errno_of_system;
    ck_assert_int_eq(se__address_resolve("127.0.0.1", 7, &list), answers[_i].expected);
    ck_assert_ptr_null(list);
}
END_TEST

START_TEST(a_host_that_has_only_addresses_of_another_family_is_not_resolved)
{
    chosen_family = AF_UNIX;
    ck_assert_int_eq(se__address_resolve("127.0.0.1", 7, &list), SE_ERESOLVE);
    ck_assert_ptr_null(list);
    ck_assert_int_eq(lists_given, 1);
}
END_TEST

/** An answer of five addresses, in the order in which a resolver might prefer them. */
static struct sockaddr_in ipv4[2];
static struct sockaddr_in6 ipv6[2];
static struct sockaddr other;

static struct addrinfo answer[] = {
    {.ai_family = AF_INET6, .ai_addr = (struct sockaddr *)&ipv6[0], .ai_addrlen = sizeof(ipv6[0])},
    {.ai_family = AF_UNIX, .ai_addr = &other, .ai_addrlen = sizeof(other)},
    {.ai_family = AF_INET, .ai_addr = (struct sockaddr *)&ipv4[0], .ai_addrlen = sizeof(ipv4[0])},
    {.ai_family = AF_INET6, .ai_addr = (struct sockaddr *)&ipv6[1], .ai_addrlen = sizeof(ipv6[1])},
    {.ai_family = AF_INET, .ai_addr = (struct sockaddr *)&ipv4[1], .ai_addrlen = sizeof(ipv4[1])},
};

enum { ANSWER = sizeof(answer) / sizeof(answer[0]) };

static void choose_answer(void)
{
    for (int i = 0; i < 2; i++) {
        ipv4[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 - (uint32_t)i)};
        ipv6[i] = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr.s6_addr[15] = (uint8_t)(1 + i)};
    }
    other.sa_family = AF_UNIX;
    for (int i = 0; i + 1 < ANSWER; i++)
        answer[i].ai_next = &answer[i + 1];
    chosen_list = answer;
}

START_TEST(ipv4_addresses_come_first_and_each_family_keeps_its_order)
{
    static const char *const expected[] = {"127.0.0.2:7", "127.0.0.1:7", "[::1]:7", "[::2]:7"};
    enum { EXPECTED = sizeof(expected) / sizeof(expected[0]) };
    char text[SE__ADDRESS_TEXT_SIZE];
    choose_answer();
    ck_assert_int_eq(se__address_resolve("many.example", 7, &list), EXPECTED);
    for (int i = 0; i < EXPECTED; i++) {
        ck_assert_int_eq(se__address_text(&list[i], text, sizeof(text)), (int)strlen(expected[i]));
        ck_assert_str_eq(text, expected[i]);
    }
}
END_TEST

START_TEST(an_answer_for_which_there_is_no_memory_is_given_back)
{
    choose_answer();
    is_without_memory = true;
    int result = se__address_resolve("many.example", 7, &list);
    is_without_memory = false;
    ck_assert_int_eq(result, -ENOMEM);
    ck_assert_ptr_null(list);
    ck_assert_int_eq(lists_given, 1);
}
END_TEST

START_TEST(a_text_for_which_there_is_no_memory_is_told_from_one_that_cannot_be)
{
    char text[SE__ADDRESS_TEXT_SIZE];
    ck_assert_int_eq(se__address_resolve("127.0.0.1", 7, &list), 1);
    chosen_name_code = EAI_MEMORY;
    ck_assert_int_eq(se__address_text(&list[0], text, sizeof(text)), -ENOMEM);
    chosen_name_code = EAI_FAMILY;
    ck_assert_int_eq(se__address_text(&list[0], text, sizeof(text)), -EINVAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answers of the resolver");
    TCase *tcase = fixture_add_tcase(suite, "answers");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, the_real_answer_passes);
    tcase_add_loop_test(tcase, an_error_is_told_as_what_it_is, 0, sizeof(answers) / sizeof(answers[0]));
    tcase_add_test(tcase, a_host_that_has_only_addresses_of_another_family_is_not_resolved);
    tcase_add_test(tcase, ipv4_addresses_come_first_and_each_family_keeps_its_order);
    tcase_add_test(tcase, an_answer_for_which_there_is_no_memory_is_given_back);
    tcase_add_test(tcase, a_text_for_which_there_is_no_memory_is_told_from_one_that_cannot_be);
    return fixture_run(suite);
}
