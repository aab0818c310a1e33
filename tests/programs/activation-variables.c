/* What sockecho-server makes of LISTEN_PID and LISTEN_FDS, and that it leaves them to no other program. From outside
 * nobody can see that they are gone, so this test calls the function itself.
 */
#include "report.h"
#include "service-manager.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char program_name[] = "activation-variables";

static const char *own_pid(void)
{
    static char text[32];
    snprintf(text, sizeof text, "%ld", (long)getpid());
    return text;
}

static int take(const char *pid, const char *count, int *fd_out)
{
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", count, 1);
    setenv("LISTEN_FDNAMES", "echo", 1);
    return take_socket(fd_out);
}

static void check_that_variables_are_gone(void)
{
    ck_assert_ptr_null(getenv("LISTEN_PID"));
    ck_assert_ptr_null(getenv("LISTEN_FDS"));
    ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
}

START_TEST(own_socket_is_taken_and_variables_are_gone)
{
    int fd;
    ck_assert_int_eq(take(own_pid(), "1", &fd), 0);
    ck_assert_int_eq(fd, 3);
    check_that_variables_are_gone();
}
END_TEST

START_TEST(socket_of_another_process_is_ignored_and_variables_are_gone)
{
    int fd;
    ck_assert_int_eq(take("1", "1", &fd), 0);
    ck_assert_int_eq(fd, NO_DESCRIPTOR);
    check_that_variables_are_gone();
}
END_TEST

START_TEST(two_sockets_are_refused_and_variables_are_gone)
{
    int fd;
    ck_assert_int_eq(take(own_pid(), "2", &fd), -1);
    check_that_variables_are_gone();
}
END_TEST

START_TEST(a_socket_is_taken_once)
{
    int fd;
    ck_assert_int_eq(take(own_pid(), "1", &fd), 0);
    ck_assert_int_eq(take_socket(&fd), 0);
    ck_assert_int_eq(fd, NO_DESCRIPTOR);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("activation-variables");
    TCase *test_case = tcase_create("variables");
    tcase_add_test(test_case, own_socket_is_taken_and_variables_are_gone);
    tcase_add_test(test_case, socket_of_another_process_is_ignored_and_variables_are_gone);
    tcase_add_test(test_case, two_sockets_are_refused_and_variables_are_gone);
    tcase_add_test(test_case, a_socket_is_taken_once);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures == 0 ? 0 : 1;
}
