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

static rlim_t told; /**< in place of the real limit; 0: the real one */

/* getrlimit(2) has two names, one for numbers of 64 bits, which is what all of this is built with. */
int __wrap_getrlimit(int resource, struct rlimit *limit_out);
int __wrap_getrlimit64(int resource, struct rlimit *limit_out);

int __wrap_getrlimit(int resource, struct rlimit *limit_out)
{
    ck_assert_int_eq(resource, RLIMIT_NOFILE);
    int result = prlimit(0, RLIMIT_NOFILE, NULL, limit_out);
    if (told)
        limit_out->rlim_cur = told;
    return result;
}

int __wrap_getrlimit64(int resource, struct rlimit *limit_out)
{
    return __wrap_getrlimit(resource, limit_out);
}

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

/** Linux has a highest limit of its own, other systems know none. */
START_TEST(a_limit_beyond_all_numbers_is_the_highest_number)
{
    static const rlim_t limits[] = {RLIM_INFINITY, (rlim_t)INT_MAX + 1, INT_MAX};
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        told = limits[i];
        ck_assert_int_eq(se__descriptors_limit(), INT_MAX);
    }
    told = INT_MAX - 1;
    ck_assert_int_eq(se__descriptors_limit(), INT_MAX - 1);
    told = 0;
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
    tcase_add_test(tcase, a_limit_beyond_all_numbers_is_the_highest_number);
    tcase_add_test(tcase, every_open_descriptor_counts_once);
    tcase_add_test(tcase, where_none_are_listed_it_is_the_lowest_that_is_free);
    tcase_add_test(tcase, where_none_are_listed_the_lowest_can_be_the_first_of_all);
    tcase_add_test(tcase, where_none_are_listed_and_none_is_free_there_are_as_many_as_can_be);
    return fixture_run(suite);
}
