/* Every run that the echo rule can have with messages of 0 to 8 bytes. How many there are is counted beforehand, from
 * what a peer and a kernel may do and without asking the session, so that no run can be left out unseen. */
#include <inttypes.h>

#include "fixture.h"
#include "session-explorer.h"

enum { BLOCKING_LENGTH_MAX = 6, BLOCKING_DRAIN_LENGTH_MAX = 4 };

static uint64_t power(uint64_t base, size_t exponent)
{
    uint64_t result = 1;
    for (size_t i = 0; i < exponent; i++)
        result *= base;
    return result;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static unsigned ways_to_call(const struct session_plan *plan)
{
    return plan->blocks ? 2 : 1;
}

/** After our FIN: `left` bytes are discarded piece by piece, then the peer's FIN is read. */
static uint64_t discarding_runs(const struct session_plan *plan, size_t left)
{
    uint64_t runs = left == 0;
    for (size_t piece = 1; piece <= smaller(left, plan->buffer_size); piece++)
        runs += discarding_runs(plan, left - piece);
    return ways_to_call(plan) * runs;
}

/** After a drain: `pending` bytes of `left` are still to be echoed, or as many as are there. */
static uint64_t draining_runs(const struct session_plan *plan, size_t left, size_t unsent, size_t pending)
{
    uint64_t runs = 0;
    for (size_t piece = 1; piece <= unsent; piece++)
        runs += ways_to_call(plan) * draining_runs(plan, left, unsent - piece, pending);
    if (unsent > 0)
        return runs;
    uint64_t finished_here = discarding_runs(plan, left);
    if (pending == 0)
        return finished_here;
    uint64_t peer_fin_taken = left == 0;
    for (size_t piece = 1; piece <= smaller(smaller(left, pending), plan->buffer_size); piece++)
        runs += draining_runs(plan, left - piece, piece, pending - piece);
    return runs + finished_here + peer_fin_taken;
}

/** What can come before a step, beside the step itself. */
static uint64_t drained_runs(const struct session_plan *plan, size_t left, size_t unsent)
{
    uint64_t runs = 0;
    for (size_t pending = 0; plan->drains && pending <= left + 1; pending++)
        runs += draining_runs(plan, left, unsent, pending);
    return runs;
}

/** Of a session that does not drain yet. */
static uint64_t serving_runs(const struct session_plan *plan, size_t left, size_t unsent)
{
    /* After the peer's FIN only our own is left to do; a drain can come before that, with 0 or 1 pending. */
    uint64_t runs = drained_runs(plan, left, unsent);
    if (unsent == 0 && left == 0)
        runs += plan->drains ? 3 : 1;
    for (size_t piece = 1; piece <= unsent; piece++)
        runs += serving_runs(plan, left, unsent - piece);
    for (size_t piece = 1; unsent == 0 && piece <= smaller(left, plan->buffer_size); piece++)
        runs += serving_runs(plan, left - piece, piece);
    return ways_to_call(plan) * runs;
}

/** Steps that a run without drain can be cut before: each send and receive, and our FIN. */
static uint64_t places_to_cut(size_t left, size_t unsent)
{
    uint64_t places = left == 0 && unsent == 0 ? 2 : 1;
    for (size_t piece = 1; piece <= unsent; piece++)
        places += places_to_cut(left, unsent - piece);
    for (size_t piece = 1; unsent == 0 && piece <= left; piece++)
        places += places_to_cut(left - piece, piece);
    return places;
}

/** Behind each byte but the last, one of three things is new: a receive and a send, a send, or nothing. */
START_TEST(every_split_of_receives_and_sends_is_echoed_in_order)
{
    size_t length = (size_t)_i;
    struct session_plan plan = {.length = length, .buffer_size = SESSION_LENGTH_MAX};
    session_explore(&plan);
    ck_assert_uint_eq(plan.runs, length == 0 ? 1 : power(3, length - 1));
}
END_TEST

/** As above, and each call waits or does not: 4 + 2 + 1 ways. The first byte has 4, the peer's FIN 2. */
START_TEST(a_call_that_must_wait_changes_nothing)
{
    size_t length = (size_t)_i;
    struct session_plan plan = {.length = length, .buffer_size = SESSION_LENGTH_MAX, .blocks = true};
    session_explore(&plan);
    ck_assert_uint_eq(plan.runs, length == 0 ? 2 : 8 * power(7, length - 1));
}
END_TEST

START_TEST(a_drain_at_any_point_echoes_what_had_arrived_and_finishes)
{
    for (size_t buffer_size = 1; buffer_size <= SESSION_LENGTH_MAX; buffer_size *= 2) {
        struct session_plan plan = {.length = (size_t)_i, .buffer_size = buffer_size, .drains = true};
        session_explore(&plan);
        ck_assert_uint_ge(plan.runs, 5);
        ck_assert_uint_eq(plan.runs, serving_runs(&plan, plan.length, 0));
    }
}
END_TEST

START_TEST(a_drain_may_come_while_a_call_waits)
{
    struct session_plan plan = {.length = (size_t)_i, .buffer_size = 3, .blocks = true, .drains = true};
    session_explore(&plan);
    ck_assert_uint_eq(plan.runs, serving_runs(&plan, plan.length, 0));
}
END_TEST

START_TEST(a_cut_at_any_point_ends_the_session)
{
    struct session_plan plan = {.length = (size_t)_i, .buffer_size = SESSION_LENGTH_MAX, .cuts = true};
    session_explore(&plan);
    ck_assert_uint_eq(plan.cut_runs, places_to_cut(plan.length, 0));
    struct session_plan draining = {
        .length = (size_t)_i, .buffer_size = SESSION_LENGTH_MAX, .drains = true, .cuts = true};
    session_explore(&draining);
    ck_assert_uint_gt(draining.cut_runs, draining.runs);
    ck_assert_uint_gt(draining.runs, plan.runs);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("every run of a session");
    TCase *tcase = fixture_add_tcase(suite, "runs");
    tcase_add_loop_test(tcase, every_split_of_receives_and_sends_is_echoed_in_order, 0, SESSION_LENGTH_MAX + 1);
    tcase_add_loop_test(tcase, a_call_that_must_wait_changes_nothing, 0, BLOCKING_LENGTH_MAX + 1);
    tcase_add_loop_test(tcase, a_drain_at_any_point_echoes_what_had_arrived_and_finishes, 0, SESSION_LENGTH_MAX + 1);
    tcase_add_loop_test(tcase, a_drain_may_come_while_a_call_waits, 0, BLOCKING_DRAIN_LENGTH_MAX + 1);
    tcase_add_loop_test(tcase, a_cut_at_any_point_ends_the_session, 0, SESSION_LENGTH_MAX + 1);
    return fixture_run(suite);
}
