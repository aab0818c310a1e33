/* How a load waits: for which time in the poller, for which in a nap before it, and when not at all. */
#include <errno.h>
#include <sockecho/server.h>

#include "fixture.h"
#include "load/rest.h"

enum { US = 1000, MS = 1000000, FD = 900000, NO_NAP = -1, EVENTS = 3 };

static const int64_t NOW_NS = 5000 * (int64_t)MS + 123 * US;
static const int64_t NEVER = INT64_MAX;

static struct se__poller poller;
static struct se__poller_event events[SE__POLLER_EVENTS_MAX];
static int fd;
static int64_t nap_ns;
static int waits, wait_ms;

int __wrap_se__poller_fd(const struct se__poller *that);
int __wrap_se__poller_wait(struct se__poller *that, struct se__poller_event *into, int timeout_ms);
int __wrap_se__socket_wait_ns(int that, int64_t timeout_ns);

int __wrap_se__poller_fd(const struct se__poller *that)
{
    ck_assert_ptr_eq(that, &poller);
    return fd;
}

int __wrap_se__poller_wait(struct se__poller *that, struct se__poller_event *into, int timeout_ms)
{
    ck_assert_ptr_eq(that, &poller);
    ck_assert_ptr_eq(into, events);
    waits++;
    wait_ms = timeout_ms;
    return EVENTS;
}

int __wrap_se__socket_wait_ns(int that, int64_t timeout_ns)
{
    ck_assert_int_eq(that, fd);
    ck_assert_int_eq(waits, 0);
    nap_ns = timeout_ns;
    return 0;
}

static void begin(void)
{
    fd = FD;
}

/** From now on. */
static int64_t in(int64_t ns)
{
    return ns == NEVER ? NEVER : NOW_NS + ns;
}

static void assert_rests(int64_t coarse_ns, int64_t precise_ns, int64_t expected_nap_ns, int expected_ms)
{
    const struct se__rest rest = {.now_ns = NOW_NS, .coarse_ns = in(coarse_ns), .precise_ns = in(precise_ns)};
    waits = 0;
    nap_ns = NO_NAP;
    ck_assert_int_eq(se__rest_until(&rest, &poller, events), EVENTS);
    ck_assert_int_eq(waits, 1);
    ck_assert_int_eq(nap_ns, expected_nap_ns);
    ck_assert_int_eq(wait_ms, expected_ms);
}

START_TEST(rest_that_is_over_is_only_a_look)
{
    assert_rests(0, NEVER, NO_NAP, 0);
    assert_rests(NEVER, 0, NO_NAP, 0);
    assert_rests(-1, 50 * MS, NO_NAP, 0);
    assert_rests(50 * MS, -1, NO_NAP, 0);
}
END_TEST

START_TEST(rest_for_ever_is_one)
{
    assert_rests(NEVER, NEVER, NO_NAP, -1);
}
END_TEST

/** The clock shows 5000.123 ms: 10 ms from then are over when it shows 5011. */
START_TEST(coarse_rest_ends_after_its_time)
{
    assert_rests(10 * MS, NEVER, NO_NAP, 11);
    assert_rests(1, NEVER, NO_NAP, 1);
    assert_rests(MS - 124 * US, NEVER, NO_NAP, 1);
    assert_rests(MS - 123 * US, NEVER, NO_NAP, 2);
}
END_TEST

/** It leaves the last milliseconds to a finer one. */
START_TEST(precise_rest_ends_before_its_time)
{
    assert_rests(NEVER, 10 * MS, NO_NAP, 9);
    assert_rests(NEVER, 2 * MS, NO_NAP, 1);
    assert_rests(60 * MS, 20 * MS, NO_NAP, 19);
    assert_rests(18 * MS, 20 * MS, NO_NAP, 19);
    assert_rests(17 * MS, 20 * MS, NO_NAP, 18);
}
END_TEST

START_TEST(less_than_two_milliseconds_are_slept_through_to_the_last_stretch)
{
    assert_rests(NEVER, 2 * MS - 1, 2 * MS - 1 - 80 * US, 0);
    assert_rests(500 * US + 1, 500 * US, 420 * US, 0);
    assert_rests(NEVER, 81 * US, US, 0);
    assert_rests(NEVER, 80 * US + 1, 1, 0);
}
END_TEST

START_TEST(last_stretch_is_no_sleep)
{
    assert_rests(NEVER, 80 * US, NO_NAP, 0);
    assert_rests(NEVER, 1, NO_NAP, 0);
}
END_TEST

START_TEST(coarse_time_that_comes_first_is_waited_for_in_the_poller)
{
    assert_rests(500 * US, 500 * US, NO_NAP, 0);
    assert_rests(400 * US, 1900 * US, NO_NAP, 1);
}
END_TEST

/** A poller without a descriptor cannot be waited for so finely: it is asked again and again. */
START_TEST(poller_without_a_descriptor_is_only_looked_at)
{
    fd = -ENOSYS;
    assert_rests(NEVER, MS, NO_NAP, 0);
    fd = 0;
    assert_rests(NEVER, MS, MS - 80 * US, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rest of a load");
    TCase *tcase = fixture_add_tcase(suite, "rest");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, rest_that_is_over_is_only_a_look);
    tcase_add_test(tcase, rest_for_ever_is_one);
    tcase_add_test(tcase, coarse_rest_ends_after_its_time);
    tcase_add_test(tcase, precise_rest_ends_before_its_time);
    tcase_add_test(tcase, less_than_two_milliseconds_are_slept_through_to_the_last_stretch);
    tcase_add_test(tcase, last_stretch_is_no_sleep);
    tcase_add_test(tcase, coarse_time_that_comes_first_is_waited_for_in_the_poller);
    tcase_add_test(tcase, poller_without_a_descriptor_is_only_looked_at);
    return fixture_run(suite);
}
