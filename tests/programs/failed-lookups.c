/* What the client program makes of a look-up that fails, in each way that this machine's resolver never does. A failure
 * that passed for success would let -6 go on to an address of the other family.
 */
#include "client-connection.h"

#include <check.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>

static int chosen_code;
static int chosen_errno;

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found_out);

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found_out)
{
    (void)host;
    (void)service;
    (void)hints;
    (void)found_out;
    errno = chosen_errno;
    return chosen_code;
}

static const struct {
    int code;
    int errno_of_system;
    int expected;
} answers[] = {
    {.code = EAI_MEMORY, .expected = -ENOMEM},
    {.code = EAI_SYSTEM, .errno_of_system = EMFILE, .expected = -EMFILE},
    {.code = EAI_SYSTEM, .expected = SE_ERESOLVE}, /* the resolver forgot to say what */
    {.code = EAI_NONAME, .errno_of_system = EMFILE, .expected = SE_ERESOLVE},
};

START_TEST(failed_lookup_is_an_error)
{
    struct client_options options = {.host = "127.0.0.1", .family = AF_INET6};
    chosen_code = answers[_i].code;
    chosen_errno = answers[_i].errno_of_system;
    ck_assert_int_eq(find_address(&options), answers[_i].expected);
}
END_TEST

int main(void)
{
    TCase *lookups = tcase_create("lookups");
    tcase_add_loop_test(lookups, failed_lookup_is_an_error, 0, sizeof answers / sizeof answers[0]);
    Suite *suite = suite_create("failed-lookups");
    suite_add_tcase(suite, lookups);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
