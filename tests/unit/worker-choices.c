/* When a worker judges its peers, and what it does where poll(2) has no room for its descriptors. The worker is real;
 * what it waits for and whom it would judge are hooks that write down their calls, and the clock is the script's. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "fixture.h"
#include "pair.h"
#include "server/listener.h"
#include "server/peers.h"
#include "server/worker.h"
#include "system/deadline.h"
#include "system/poller.h"
#include "system/socket.h"

enum { NS_PER_MS = 1000000, START_MS = 5000, DUE_MS = START_MS + 10, FULL = SE__POLLER_EVENTS_MAX, LOG_SIZE = 80 };

static const uint64_t nobodys_tag = 0;

static struct se__worker *worker;
static struct se__peers *peers;
static struct se__wakeup wakeup;
static struct se__service service;
static struct se__mailbox *mailboxes[1];

static int64_t now_ns;
static const int *counts; /**< what the waits return, one after the other */
static int waits, waits_to_come;
static int last_timeout_ms;
static bool is_anybody_there_to_shed;
static int64_t expected_asked_ms; /**< as of when they are judged */
static char calls[LOG_SIZE];

int64_t __wrap_se__clock_now_ns(void);
int __wrap_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms);
int __real_se__peers_begin(struct se__peers *those, int worker_number);
int __wrap_se__peers_begin(struct se__peers *those, int worker_number);
int64_t __wrap_se__peers_due_ms(const struct se__peers *those);
void __wrap_se__peers_keep_deadlines(struct se__peers *those, int64_t asked_ms);
bool __wrap_se__peers_shed(struct se__peers *those);
void __wrap_se__listener_rest(struct se__listener *listener, int64_t now_ms);

int64_t __wrap_se__clock_now_ns(void)
{
    return now_ns;
}

/** The last wait ends the run. */
int __wrap_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms)
{
    (void)poller;
    ck_assert_int_lt(waits, waits_to_come);
    last_timeout_ms = timeout_ms;
    int count = counts[waits++];
    for (int i = 0; i < count; i++)
        events[i].tag = nobodys_tag;
    if (waits == waits_to_come)
        now_ns += (int64_t)NS_PER_MS;
    strcat(calls, "wait ");
    return count;
}

int __wrap_se__peers_begin(struct se__peers *those, int worker_number)
{
    peers = those;
    return __real_se__peers_begin(those, worker_number);
}

int64_t __wrap_se__peers_due_ms(const struct se__peers *those)
{
    ck_assert_ptr_eq(those, peers);
    return DUE_MS;
}

void __wrap_se__peers_keep_deadlines(struct se__peers *those, int64_t asked_ms)
{
    ck_assert_ptr_eq(those, peers);
    ck_assert_int_eq(asked_ms, expected_asked_ms);
    strcat(calls, "judge ");
}

bool __wrap_se__peers_shed(struct se__peers *those)
{
    ck_assert_ptr_eq(those, peers);
    strcat(calls, "shed ");
    return is_anybody_there_to_shed;
}

void __wrap_se__listener_rest(struct se__listener *listener, int64_t now_ms)
{
    ck_assert(listener->watched);
    ck_assert_int_eq(now_ms, now_ns / NS_PER_MS);
    listener->watched = false;
    listener->rest_until_ms = SE__NEVER;
    strcat(calls, "rest ");
}

static void begin(void)
{
    now_ns = (int64_t)START_MS * NS_PER_MS;
    service = (struct se__service){.settings = {.idle_ms = -1, .stall_ms = -1, .linger_ms = -1}};
    ck_assert_int_eq(se__wakeup_begin(&wakeup), 0);
    ck_assert_int_eq(se__service_begin(&service, NULL, &wakeup), 0);
    ck_assert_int_eq(se__worker_new(&service, 0, &wakeup, &worker), 0);
    is_anybody_there_to_shed = true;
    calls[0] = '\0';
    waits = 0;
}

static void end(void)
{
    peers->pool.active = 0;
    se__worker_end(worker);
    se__worker_free(worker);
    se__service_end(&service);
    se__wakeup_end(&wakeup);
}

static void listen_as_first(void)
{
    mailboxes[0] = se__worker_mailbox(worker);
    ck_assert_int_eq(se__worker_listen(worker, pair_listen(), mailboxes, 1), 0);
}

/** A run of so many waits from that time on, to the end of the millisecond. */
static void assert_run(int64_t from_ms, const int *those, int count, int result, const char *expected)
{
    now_ns = from_ms * NS_PER_MS;
    counts = those;
    waits = 0;
    waits_to_come = count;
    calls[0] = '\0';
    expected_asked_ms = from_ms;
    ck_assert_int_eq(se__worker_run(worker, from_ms + 1), result);
    ck_assert_str_eq(calls, expected);
}

static void run(int64_t from_ms, const int *those, int count, const char *expected)
{
    assert_run(from_ms, those, count, -ETIMEDOUT, expected);
}

START_TEST(nobody_is_judged_before_the_first_is_due)
{
    run(DUE_MS - 2, (int[]){0, 1, FULL}, 3, "wait wait wait ");
}
END_TEST

START_TEST(whoever_is_due_is_judged_after_each_turn_that_left_nobody_out)
{
    peers->pool.active = FULL + 1;
    run(DUE_MS, (int[]){0, 1, FULL - 1}, 3, "wait judge wait judge wait judge ");
}
END_TEST

/** At its end it was not asked who had become ready by then. */
START_TEST(whoever_falls_due_during_a_wait_is_judged_after_the_next_one)
{
    run(DUE_MS - 1, (int[]){0}, 1, "wait ");
    run(DUE_MS, (int[]){0}, 1, "wait judge ");
}
END_TEST

/** Two events may be of no peer: the listener's and the wake-up's. */
START_TEST(full_turn_has_told_of_all_where_there_are_no_more)
{
    peers->pool.active = FULL - 2;
    run(DUE_MS, (int[]){FULL, FULL}, 2, "wait judge wait judge ");
    peers->pool.active = FULL - 1;
    run(DUE_MS, (int[]){FULL, FULL}, 2, "wait wait judge ");
}
END_TEST

START_TEST(turns_are_judged_as_of_the_first_of_them)
{
    peers->pool.active = 2 * FULL;
    run(DUE_MS - 1, (int[]){FULL}, 1, "wait ");
    run(DUE_MS, (int[]){FULL, FULL, FULL, FULL, FULL}, 5, "wait wait wait wait wait judge ");
}
END_TEST

/** Somebody whose end was told of told nothing of the others. */
START_TEST(peers_that_leave_spare_no_turn)
{
    peers->pool.active = 2 * FULL + 1;
    run(DUE_MS, (int[]){FULL}, 1, "wait ");
    peers->pool.active = FULL;
    run(DUE_MS, (int[]){FULL, FULL}, 2, "wait wait judge ");
}
END_TEST

START_TEST(nobody_is_judged_whom_nobody_could_ask_after)
{
    run(DUE_MS, (int[]){-ENOMEM}, 1, "wait ");
    ck_assert_int_eq(last_timeout_ms, 0);
    run(DUE_MS, (int[]){0}, 1, "wait judge ");
    ck_assert_int_eq(last_timeout_ms, 1); /* which is the end of the run: the kernel gets a little time */
    run(DUE_MS, (int[]){0}, 1, "wait judge ");
    ck_assert_int_eq(last_timeout_ms, 0);
}
END_TEST

START_TEST(full_turns_are_added_up_until_everybody_was_told_of_and_then_anew)
{
    peers->pool.active = 2 * FULL + 1;
    run(DUE_MS, (int[]){FULL, FULL, FULL, FULL, FULL, FULL}, 6, "wait wait wait judge wait wait wait judge ");
}
END_TEST

START_TEST(full_turns_before_the_due_time_told_of_nobody)
{
    peers->pool.active = FULL + 1;
    run(DUE_MS - 3, (int[]){FULL, FULL}, 2, "wait wait ");
    run(DUE_MS, (int[]){FULL, FULL}, 2, "wait wait judge ");
}
END_TEST

START_TEST(first_worker_without_room_sheds_one_and_its_listener_rests)
{
    listen_as_first();
    run(START_MS, (int[]){-EMFILE, -EMFILE, 0}, 3, "wait shed rest wait shed wait ");
}
END_TEST

START_TEST(another_worker_without_room_only_sheds)
{
    run(START_MS, (int[]){-EMFILE, 0}, 2, "wait shed wait ");
}
END_TEST

START_TEST(nobody_is_judged_before_the_poller_has_room_again)
{
    run(DUE_MS, (int[]){-EMFILE, -EMFILE, 0}, 3, "wait shed wait shed wait judge ");
}
END_TEST

/** Who is ready beside the one that was shed is served by the same run. */
START_TEST(run_that_does_not_wait_asks_again_after_it_shed_one)
{
    now_ns = (int64_t)START_MS * NS_PER_MS;
    counts = (const int[]){-EMFILE, 1, 0};
    waits_to_come = 3;
    ck_assert_int_eq(se__worker_run_ready(worker), -EAGAIN);
    ck_assert_str_eq(calls, "wait shed wait wait ");
}
END_TEST

START_TEST(run_ends_where_there_is_nobody_to_shed)
{
    listen_as_first();
    is_anybody_there_to_shed = false;
    assert_run(START_MS, (int[]){-EMFILE}, 1, -EMFILE, "wait shed ");
}
END_TEST

START_TEST(run_ends_with_any_other_error_of_the_wait)
{
    listen_as_first();
    assert_run(START_MS, (int[]){-EBADF}, 1, -EBADF, "wait ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the choices of a worker");
    TCase *tcase = fixture_add_tcase(suite, "judging");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, nobody_is_judged_before_the_first_is_due);
    tcase_add_test(tcase, whoever_is_due_is_judged_after_each_turn_that_left_nobody_out);
    tcase_add_test(tcase, whoever_falls_due_during_a_wait_is_judged_after_the_next_one);
    tcase_add_test(tcase, full_turn_has_told_of_all_where_there_are_no_more);
    tcase_add_test(tcase, full_turns_are_added_up_until_everybody_was_told_of_and_then_anew);
    tcase_add_test(tcase, full_turns_before_the_due_time_told_of_nobody);
    tcase_add_test(tcase, turns_are_judged_as_of_the_first_of_them);
    tcase_add_test(tcase, peers_that_leave_spare_no_turn);
    tcase_add_test(tcase, nobody_is_judged_whom_nobody_could_ask_after);
    tcase = fixture_add_tcase(suite, "no room");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, first_worker_without_room_sheds_one_and_its_listener_rests);
    tcase_add_test(tcase, another_worker_without_room_only_sheds);
    tcase_add_test(tcase, nobody_is_judged_before_the_poller_has_room_again);
    tcase_add_test(tcase, run_that_does_not_wait_asks_again_after_it_shed_one);
    tcase_add_test(tcase, run_ends_where_there_is_nobody_to_shed);
    tcase_add_test(tcase, run_ends_with_any_other_error_of_the_wait);
    return fixture_run(suite);
}
