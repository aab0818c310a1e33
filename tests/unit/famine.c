/* The limit RLIMIT_NOFILE is on the number of a new descriptor, which is always the lowest free one. */
#include "famine.h"

#include <check.h>
#include <sys/resource.h>
#include <unistd.h>

static struct rlimit before;

void famine_begin(void)
{
    int lowest_free = dup(STDERR_FILENO);
    ck_assert_int_ge(lowest_free, 0);
    close(lowest_free);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none_left = {.rlim_cur = (rlim_t)lowest_free, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none_left), 0);
}

void famine_end(void)
{
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
