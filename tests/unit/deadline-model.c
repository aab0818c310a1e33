/* The lists of deadlines against a naive model that only remembers who was touched when, on a clock that stands still
 * until the test moves it, to the microsecond. A worker's loop is imitated: it waits at most until the first deadline
 * falls due, as poll(2) waits, and then takes out all that are due. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dice.h"
#include "fixture.h"
#include "system/deadline.h"

enum { DEADLINES = 60, LISTS = 5, TURNS = 50000, US_PER_MS = 1000, NOWHERE = -1 };

static const int64_t durations_ms[LISTS] = {10, 255, 512, 1500, SE__NEVER};

/** What the model knows of a deadline. */
struct member {
    int list; /**< NOWHERE, or an index */
    int64_t touched_us;
};

static struct se__deadline_list lists[LISTS];
static struct se__deadline deadlines[DEADLINES];
static struct member members[DEADLINES];
static int64_t now_us;
static uint64_t expired[LISTS];

static void begin(void)
{
    for (int i = 0; i < LISTS; i++) {
        se__deadline_list_begin(&lists[i], durations_ms[i]);
        expired[i] = 0;
    }
    for (int i = 0; i < DEADLINES; i++) {
        deadlines[i] = (struct se__deadline){0};
        members[i] = (struct member){.list = NOWHERE};
    }
    now_us = INT64_C(123456789) * US_PER_MS + 567;
}

static int64_t now_ms(void)
{
    return now_us / US_PER_MS;
}

static void touch(size_t who, int list)
{
    se__deadline_touch(&deadlines[who], &lists[list], now_ms());
    members[who] = (struct member){.list = list, .touched_us = now_us};
}

/** As a slow reader is judged: what it did last lies back, but not so long that it is due. */
static void touch_at(size_t who, int list, struct dice *dice)
{
    int64_t age_ms = (int64_t)dice_roll(dice, durations_ms[list] == SE__NEVER ? 5000 : (uint64_t)durations_ms[list]);
    se__deadline_touch_at(&deadlines[who], &lists[list], now_ms() - age_ms);
    members[who] = (struct member){.list = list, .touched_us = now_us - age_ms * US_PER_MS};
}

static void take_out(size_t who)
{
    se__deadline_remove(&deadlines[who]);
    members[who].list = NOWHERE;
}

static int64_t latest_us(const struct member *member)
{
    int64_t duration_ms = durations_ms[member->list];
    return member->touched_us + (duration_ms + duration_ms / 256 + 2) * US_PER_MS;
}

static void assert_in_time(const struct member *member)
{
    ck_assert_int_ge(now_us, member->touched_us + durations_ms[member->list] * US_PER_MS);
    ck_assert_int_le(now_us, latest_us(member));
}

static void expire(int list, struct dice *dice)
{
    struct se__deadline *due;
    while ((due = se__deadline_list_expired(&lists[list], now_ms()))) {
        size_t who = (size_t)(due - deadlines);
        ck_assert_int_eq(members[who].list, list);
        assert_in_time(&members[who]);
        expired[list]++;
        take_out(who);
        if (dice_roll(dice, 2))
            touch(who, (int)dice_roll(dice, LISTS));
    }
}

/** Walks a list both by its links and by the model. */
static bool is_in_order(int list)
{
    size_t count = 0;
    const struct se__deadline *previous = NULL;
    for (const struct se__deadline *at = lists[list].first; at; previous = at, at = at->next) {
        bool is_linked = at->previous == previous && at->list == &lists[list] && members[at - deadlines].list == list;
        if (!is_linked || (previous && previous->touched_ms > at->touched_ms))
            return false;
        count++;
    }
    for (int i = 0; i < DEADLINES; i++)
        count -= members[i].list == list;
    return lists[list].last == previous && count == 0;
}

/** Nobody is forgotten: whoever is still in a list has time left. */
static bool nobody_is_late(void)
{
    for (int i = 0; i < DEADLINES; i++) {
        if (members[i].list == NOWHERE)
            continue;
        if (durations_ms[members[i].list] != SE__NEVER && now_us > latest_us(&members[i]))
            return false;
    }
    return true;
}

/** Waits as poll(2) does: not shorter than asked, unless something happens before. */
static void wait_for_deadline_or_event(struct dice *dice)
{
    int64_t due_ms = SE__NEVER;
    for (int i = 0; i < LISTS; i++) {
        int64_t list_due_ms = se__deadline_list_due_ms(&lists[i]);
        due_ms = list_due_ms < due_ms ? list_due_ms : due_ms;
    }
    int64_t event_us = (int64_t)dice_roll(dice, dice_roll(dice, 10) ? 3 * US_PER_MS : 700 * US_PER_MS);
    int poll_ms = se__deadline_poll_ms(due_ms, now_ms());
    now_us += poll_ms < 0 || event_us < (int64_t)poll_ms * US_PER_MS ? event_us : (int64_t)poll_ms * US_PER_MS;
}

static void turn(struct dice *dice)
{
    size_t who = dice_roll_size(dice, DEADLINES);
    uint64_t act = dice_roll(dice, 10);
    if (act == 0)
        take_out(who);
    else if (act < 4 || members[who].list == NOWHERE)
        touch(who, (int)dice_roll(dice, LISTS));
    else if (act < 7)
        touch(who, members[who].list);
    else if (act < 8)
        touch_at(who, (int)dice_roll(dice, LISTS), dice);
    wait_for_deadline_or_event(dice);
    for (int i = 0; i < LISTS; i++)
        expire(i, dice);
}

START_TEST(deadlines_are_never_early_and_hardly_late_whatever_happens)
{
    struct dice dice = dice_new(20240229);
    for (int i = 0; i < TURNS; i++) {
        turn(&dice);
        bool in_order = true;
        for (int list = 0; list < LISTS; list++)
            in_order = in_order && is_in_order(list);
        if (!in_order || !nobody_is_late())
            ck_abort_msg("turn %d: %s", i, in_order ? "a deadline is late" : "a list is not in order");
    }
    for (int i = 0; i < LISTS; i++)
        ck_assert(durations_ms[i] == SE__NEVER ? expired[i] == 0 : expired[i] > 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deadlines against a model");
    TCase *tcase = fixture_add_tcase(suite, "model");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, deadlines_are_never_early_and_hardly_late_whatever_happens);
    return fixture_run(suite);
}
