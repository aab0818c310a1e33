/* The clock that the library's deadlines are measured against. */
#include "clock.h"

#include <check.h>
#include <time.h>

#include "environment.h"

/** For a host that has others to serve. A deadline that is not kept is missed by more. */
enum { TOLERANCE_MS = 2000 };

static const int64_t NS_PER_MS = 1000000;
static const int64_t NS_PER_S = 1000000000;

int64_t clock_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_ms_since(int64_t start_ns)
{
    return (clock_now_ns() - start_ns) / NS_PER_MS;
}

void assert_took_about(int64_t start_ns, int64_t asked_ms)
{
    int64_t took_ns = clock_now_ns() - start_ns;
    int64_t most_ms = asked_ms + TOLERANCE_MS * environment_slow_factor();
    ck_assert_int_ge(took_ns, asked_ms * NS_PER_MS);
    ck_assert_int_le(took_ns, most_ms * NS_PER_MS);
}

void assert_took_less_than(int64_t start_ns, int64_t most_ms)
{
    ck_assert_int_lt(clock_ms_since(start_ns), most_ms * environment_slow_factor());
}
