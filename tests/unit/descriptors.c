/* How many descriptors there are, where the system lists them and where it does not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "environment.h"
#include "famine.h"
#include "fixture.h"
#include "mishap.h"
#include "system/descriptors.h"
#include "vacancy.h"

static rlim_t told;     /**< in place of the real limit; 0: the real one */
static int guesses;     /**< how often the library opened the root to see a number */
static int guess_flags; /**< those of the descriptor that it got */

/* getrlimit(2) has two names, one for numbers of 64 bits, which is what all of this is built with. */
int __wrap_getrlimit(int resource, struct rlimit *limit_out);
int __wrap_getrlimit64(int resource, struct rlimit *limit_out);

int __wrap_getrlimit(int resource, struct rlimit *limit_out)
{
    /* A sanitizer that is linked in asks here as well, for its stacks. */
    int result = (int)syscall(SYS_prlimit64, 0, resource, NULL, limit_out);
    if (told && resource == RLIMIT_NOFILE)
        limit_out->rlim_cur = told;
    return result;
}

int __wrap_getrlimit64(int resource, struct rlimit *limit_out)
{
    return __wrap_getrlimit(resource, limit_out);
}

/* So has open(2). */
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);

static int open_and_look(const char *path, int flags, va_list more)
{
    int fd = openat(AT_FDCWD, path, flags, flags & O_CREAT ? va_arg(more, mode_t) : 0);
    if (strcmp(path, "/") != 0)
        return fd;
    guesses++;
    guess_flags = fd >= 0 ? fcntl(fd, F_GETFD) : 0;
    return fd;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    int fd = open_and_look(path, flags, more);
    va_end(more);
    return fd;
}

int __wrap_open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    int fd = open_and_look(path, flags, more);
    va_end(more);
    return fd;
}

/** As the system lists them, without the one that the list needs; -1 where it lists none. */
static int count_in_proc(void)
{
    DIR *list = opendir("/proc/self/fd");
    if (!list)
        return -1;
    int count = 0;
    for (const struct dirent *entry = readdir(list); entry; entry = readdir(list))
        count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && atoi(entry->d_name) != dirfd(list);
    closedir(list);
    return count;
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

START_TEST(those_that_are_open_are_those_that_are_listed_wherever_they_lie)
{
    enum { FAR = 50 };
    int far_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, lowest_free() + FAR);
    ck_assert_int_ge(far_fd, 0);
    int expected = count_in_proc();
    int count = se__descriptors_open();
    close(far_fd);
    if (expected < 0) {
        environment_skip("there is no /proc");
        return;
    }
    ck_assert_int_eq(count, expected);
    ck_assert_int_eq(guesses, 0);
}
END_TEST

START_TEST(where_none_are_listed_it_is_the_lowest_that_is_free)
{
    int expected = lowest_free();
    ck_assert_int_eq(open_without_a_list(), expected);
    ck_assert_int_eq(open_without_a_list(), expected);
    ck_assert_int_eq(guesses, 2);
}
END_TEST

START_TEST(what_is_opened_to_guess_is_for_no_program_that_a_child_executes)
{
    open_without_a_list();
    ck_assert_int_eq(guesses, 1);
    ck_assert_int_eq(guess_flags, FD_CLOEXEC);
}
END_TEST

START_TEST(where_none_are_listed_the_lowest_can_be_the_first_of_all)
{
    vacancy_begin();
    int count = open_without_a_list();
    vacancy_end();
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

static void begin(void)
{
    guesses = 0;
}

int main(void)
{
    Suite *suite = suite_create("descriptors");
    TCase *tcase = fixture_add_tcase(suite, "descriptors");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, the_limit_is_that_of_the_process);
    tcase_add_test(tcase, a_limit_beyond_all_numbers_is_the_highest_number);
    tcase_add_test(tcase, every_open_descriptor_counts_once);
    tcase_add_test(tcase, those_that_are_open_are_those_that_are_listed_wherever_they_lie);
    tcase_add_test(tcase, where_none_are_listed_it_is_the_lowest_that_is_free);
    tcase_add_test(tcase, what_is_opened_to_guess_is_for_no_program_that_a_child_executes);
    tcase_add_test(tcase, where_none_are_listed_the_lowest_can_be_the_first_of_all);
    tcase_add_test(tcase, where_none_are_listed_and_none_is_free_there_are_as_many_as_can_be);
    return fixture_run(suite);
}
