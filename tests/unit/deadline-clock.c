/* The clock and the arithmetic on it: sums that no clock reaches, and what poll(2) is given at the edges of int. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "clock.h"
#include "fixture.h"
#include "system/deadline.h"

enum { NS_PER_MS = 1000000 };

static const int64_t two_to_31 = INT64_C(1) << 31;
static const int64_t two_to_32 = INT64_C(1) << 32;

static bool is_told;
static struct timespec told; /**< in place of the clock */

int __real_clock_gettime(clockid_t clock, struct timespec *now_out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now_out);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now_out)
{
    if (!is_told)
        return __real_clock_gettime(clock, now_out);
    *now_out = told;
    return 0;
}

START_TEST(the_clock_is_the_monotonic_one)
{
    int64_t before_ns = clock_now_ns();
    int64_t now_ns = se__clock_now_ns();
    int64_t now_ms = se__clock_now_ms();
    int64_t after_ns = clock_now_ns();
    ck_assert_int_le(before_ns, now_ns);
    ck_assert_int_le(now_ns / NS_PER_MS, now_ms);
    ck_assert_int_le(now_ms, after_ns / NS_PER_MS);
}
END_TEST

START_TEST(a_deadline_is_now_and_the_timeout)
{
    static const int64_t nows_ms[] = {0, 1, INT32_MAX, UINT32_MAX};
    for (size_t i = 0; i < sizeof(nows_ms) / sizeof(nows_ms[0]); i++) {
        ck_assert_int_eq(se__deadline_after(nows_ms[i], 0), nows_ms[i]);
        ck_assert_int_eq(se__deadline_after(nows_ms[i], 1), nows_ms[i] + 1);
        ck_assert_int_eq(se__deadline_after(nows_ms[i], two_to_31 - 1), nows_ms[i] + two_to_31 - 1);
        ck_assert_int_eq(se__deadline_after(nows_ms[i], two_to_31), nows_ms[i] + two_to_31);
        ck_assert_int_eq(se__deadline_after(nows_ms[i], two_to_32), nows_ms[i] + two_to_32);
    }
}
END_TEST

START_TEST(a_deadline_from_now_on_is_never_early_and_less_than_a_millisecond_late)
{
    static const struct {
        long nanoseconds;
        int64_t deadline_ms;
    } cases[] = {{0, 5010}, {1, 5011}, {NS_PER_MS - 1, 5011}, {NS_PER_MS, 5011}, {NS_PER_MS + 1, 5012}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        told = (struct timespec){.tv_sec = 5, .tv_nsec = cases[i].nanoseconds};
        is_told = true;
        int64_t deadline_ms = se__deadline_in(10);
        is_told = false;
        ck_assert_int_eq(deadline_ms, cases[i].deadline_ms);
    }
}
END_TEST

START_TEST(a_deadline_below_zero_or_beyond_the_clock_never_comes)
{
    ck_assert_int_eq(se__deadline_after(1000, -1), SE__NEVER);
    ck_assert_int_eq(se__deadline_after(1000, INT64_MIN), SE__NEVER);
    ck_assert_int_eq(se__deadline_after(1000, INT64_MAX), SE__NEVER);
    ck_assert_int_eq(se__deadline_after(INT64_MAX, INT64_MAX), SE__NEVER);
    ck_assert_int_eq(se__deadline_after(0, INT64_MAX), SE__NEVER);
    ck_assert_int_eq(se__deadline_after(1000, INT64_MAX - 1000), SE__NEVER);
    ck_assert_int_eq(se__deadline_after(1000, INT64_MAX - 1001), INT64_MAX - 1);
    ck_assert_int_eq(se__deadline_after(1000, INT64_MAX - 999), SE__NEVER);
}
END_TEST

START_TEST(poll_gets_what_is_left_as_far_as_an_int_goes)
{
    static const int64_t nows_ms[] = {0, 1, INT32_MAX, UINT32_MAX, INT64_MAX / 2};
    for (size_t i = 0; i < sizeof(nows_ms) / sizeof(nows_ms[0]); i++) {
        int64_t now_ms = nows_ms[i];
        ck_assert_int_eq(se__deadline_poll_ms(now_ms, now_ms), 0);
        ck_assert_int_eq(se__deadline_poll_ms(now_ms + 1, now_ms), 1);
        ck_assert_int_eq(se__deadline_poll_ms(now_ms + INT_MAX - 1, now_ms), INT_MAX - 1);
        ck_assert_int_eq(se__deadline_poll_ms(now_ms + two_to_31 - 1, now_ms), INT_MAX);
        ck_assert_int_eq(se__deadline_poll_ms(now_ms + two_to_31, now_ms), INT_MAX);
        ck_assert_int_eq(se__deadline_poll_ms(now_ms + two_to_32, now_ms), INT_MAX);
        ck_assert_int_eq(se__deadline_poll_ms(now_ms + two_to_32 + 1, now_ms), INT_MAX);
        ck_assert_int_eq(se__deadline_poll_ms(INT64_MAX - 1, now_ms), INT_MAX);
        ck_assert_int_eq(se__deadline_poll_ms(SE__NEVER, now_ms), -1);
    }
}
END_TEST

START_TEST(poll_does_not_wait_for_what_is_past)
{
    ck_assert_int_eq(se__deadline_poll_ms(999, 1000), 0);
    ck_assert_int_eq(se__deadline_poll_ms(0, 1000), 0);
    ck_assert_int_eq(se__deadline_poll_ms(-1, 1000), 0);
    ck_assert_int_eq(se__deadline_poll_ms(INT64_MIN, INT64_MAX), 0);
    ck_assert_int_eq(se__deadline_poll_ms(1, two_to_32), 0);
    ck_assert_int_eq(se__deadline_poll_ms(INT64_MAX - 1, INT64_MAX - 1), 0);
}
END_TEST

START_TEST(a_deadline_from_this_moment_is_never_early)
{
    enum { TIMES = 1000 };
    for (int64_t timeout_ms = 0; timeout_ms < TIMES; timeout_ms++) {
        int64_t before_ns = clock_now_ns();
        int64_t deadline_ns = se__deadline_in(timeout_ms) * NS_PER_MS;
        int64_t after_ns = clock_now_ns();
        ck_assert_int_ge(deadline_ns, before_ns + timeout_ms * NS_PER_MS);
        ck_assert_int_lt(deadline_ns, after_ns + (timeout_ms + 1) * NS_PER_MS);
    }
}
END_TEST

START_TEST(a_deadline_from_this_moment_can_be_never)
{
    ck_assert_int_eq(se__deadline_in(-1), SE__NEVER);
    ck_assert_int_eq(se__deadline_in(INT64_MAX), SE__NEVER);
    ck_assert_int_eq(se__deadline_in(INT64_MAX - 1), SE__NEVER);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock and deadlines");
    TCase *tcase = fixture_add_tcase(suite, "arithmetic");
    tcase_add_test(tcase, the_clock_is_the_monotonic_one);
    tcase_add_test(tcase, a_deadline_is_now_and_the_timeout);
    tcase_add_test(tcase, a_deadline_from_now_on_is_never_early_and_less_than_a_millisecond_late);
    tcase_add_test(tcase, a_deadline_below_zero_or_beyond_the_clock_never_comes);
    tcase_add_test(tcase, poll_gets_what_is_left_as_far_as_an_int_goes);
    tcase_add_test(tcase, poll_does_not_wait_for_what_is_past);
    tcase_add_test(tcase, a_deadline_from_this_moment_is_never_early);
    tcase_add_test(tcase, a_deadline_from_this_moment_can_be_never);
    return fixture_run(suite);
}
