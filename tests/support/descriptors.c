/* New descriptors get the lowest free number, so a limit of just that number leaves none. */
#include "descriptors.h"

#include <check.h>
#include <stdio.h>

#include "environment.h"

/** The kernel's own view of the limit, -1 where it does not tell. */
static int read_limit(FILE *limits)
{
    char line[256];
    int soft = -1;
    while (soft < 0 && fgets(line, sizeof(line), limits)) {
        if (sscanf(line, "Max open files %d", &soft) != 1)
            soft = -1;
    }
    return soft;
}

static FILE *open_limits(void)
{
    FILE *limits = fopen("/proc/self/limits", "re");
    ck_assert_ptr_nonnull(limits);
    return limits;
}

/** The stream was opened before, so that it can be read under the limit. */
static bool limit_to(int most, FILE *limits, struct rlimit *before_out)
{
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, before_out), 0);
    const struct rlimit now = {.rlim_cur = (rlim_t)most, .rlim_max = before_out->rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &now), 0);
    bool is_real = read_limit(limits) == most;
    fclose(limits);
    if (!is_real) {
        descriptors_restore(before_out);
        environment_skip("the limit of descriptors is imitated here");
    }
    return is_real;
}

bool descriptors_limit(int most, struct rlimit *before_out)
{
    return limit_to(most, open_limits(), before_out);
}

/** The stream has the lowest number that was free. */
bool descriptors_use_up(struct rlimit *before_out)
{
    FILE *limits = open_limits();
    return limit_to(fileno(limits), limits, before_out);
}

void descriptors_restore(const struct rlimit *before)
{
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, before), 0);
}
