/* What becomes of the answers that getaddrinfo(3) may give and this machine's never does. */
#include <errno.h>
#include <netdb.h>
#include <sockecho/error.h>
#include <stdlib.h>

#include "fixture.h"
#include "system/address.h"

static int chosen_code;  /**< 0: the real answer */
static int chosen_errno; /**< beside EAI_SYSTEM */
static int chosen_family;
static struct se__address *list;

int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found_out);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found_out);

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found_out)
{
    errno = chosen_errno;
    if (chosen_code)
        return chosen_code;
    int code = __real_getaddrinfo(host, service, hints, found_out);
    for (struct addrinfo *found = code ? NULL : *found_out; found && chosen_family; found = found->ai_next)
        found->ai_family = chosen_family;
    return code;
}

static void begin(void)
{
    chosen_code = chosen_errno = chosen_family = 0;
    list = NULL;
}

static void end(void)
{
    free(list);
}

START_TEST(the_real_answer_passes)
{
    ck_assert_int_eq(se__address_resolve("127.0.0.1", 7, &list), 1);
    ck_assert_int_eq(se__address_port(&list[0]), 7);
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
    return fixture_run(suite);
}
