/* How many descriptors there are, where the system lists them and where it does not. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

#include "famine.h"
#include "fixture.h"
#include "mishap.h"
#include "system/descriptors.h"

static int lowest_free(void)
{
    int fd = dup(STDERR_FILENO);
    ck_assert_int_ge(fd, 0);
    close(fd);
    return fd;
}

static int open_without_a_list(void)
{
    mishap_begin("opendir", 0, ENOENT, true);
    int count = se__descriptors_open();
    ck_assert(mishap_end());
    return count;
}

START_TEST(the_limit_is_that_of_the_process)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_eq(se__descriptors_limit(), (int)limit.rlim_cur);
}
END_TEST

START_TEST(every_open_descriptor_counts_once)
{
    int count = se__descriptors_open();
    int more[3];
    for (int i = 0; i < 3; i++) {
        more[i] = dup(STDERR_FILENO);
        ck_assert_int_eq(se__descriptors_open(), count + i + 1);
    }
    for (int i = 0; i < 3; i++)
        close(more[i]);
    ck_assert_int_eq(se__descriptors_open(), count);
}
END_TEST

START_TEST(where_none_are_listed_it_is_the_lowest_that_is_free)
{
    int expected = lowest_free();
    ck_assert_int_eq(open_without_a_list(), expected);
    ck_assert_int_eq(open_without_a_list(), expected);
}
END_TEST

START_TEST(where_none_are_listed_the_lowest_can_be_the_first_of_all)
{
    int input = dup(STDIN_FILENO);
    close(STDIN_FILENO);
    int count = open_without_a_list();
    if (input >= 0) {
        ck_assert_int_eq(dup2(input, STDIN_FILENO), STDIN_FILENO);
        close(input);
    }
    ck_assert_int_eq(count, 0);
}
END_TEST

START_TEST(where_none_are_listed_and_none_is_free_there_are_as_many_as_can_be)
{
    famine_begin();
    int count = open_without_a_list();
    famine_end();
    ck_assert_int_eq(count, INT_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("descriptors");
    TCase *tcase = fixture_add_tcase(suite, "descriptors");
    tcase_add_test(tcase, the_limit_is_that_of_the_process);
    tcase_add_test(tcase, every_open_descriptor_counts_once);
    tcase_add_test(tcase, where_none_are_listed_it_is_the_lowest_that_is_free);
    tcase_add_test(tcase, where_none_are_listed_the_lowest_can_be_the_first_of_all);
    tcase_add_test(tcase, where_none_are_listed_and_none_is_free_there_are_as_many_as_can_be);
    return fixture_run(suite);
}
