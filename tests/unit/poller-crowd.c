/* Many descriptors at once: each that is ready gets its turn, those that were removed stay silent, and both kinds of
 * poller report the same whatever is done to them. */
#include <errno.h>
#include <sockecho/server.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dice.h"
#include "environment.h"
#include "fixture.h"
#include "system/poller.h"
#include "watch.h"

enum { CROWD = 600, ROUNDS = 5, PAIRS = 250, WATCHED = 2 * PAIRS };

/** Waits that many times; returns how many different tags below CROWD came. */
static size_t count_tags(struct se__poller *poller, int waits, bool seen[CROWD])
{
    size_t count = 0;
    for (size_t i = 0; i < CROWD; i++)
        seen[i] = false;
    for (int i = 0; i < waits; i++) {
        struct watch_events events = watch_wait(poller, 0);
        for (size_t j = 0; j < events.count; j++) {
            ck_assert_uint_lt(events.tags[j], CROWD);
            count += !seen[events.tags[j]];
            seen[events.tags[j]] = true;
        }
    }
    return count;
}

START_TEST(every_one_of_a_ready_crowd_gets_its_turn_in_a_few_waits)
{
    const int few = CROWD / SE__POLLER_EVENTS_MAX + 2;
    int ends[2];
    int fds[CROWD];
    bool seen[CROWD];
    struct se__poller *poller = watch_open(_i);
    if (!poller)
        return;
    watch_pipe(ends);
    watch_write(ends[1], "unread");
    for (int i = 0; i < CROWD; i++) {
        fds[i] = dup(ends[0]);
        ck_assert_int_ge(fds[i], 0);
        ck_assert_int_eq(se__poller_add(poller, fds[i], SE__READ, (uint64_t)i), 0);
    }
    ck_assert_uint_eq(watch_wait(poller, 0).count, SE__POLLER_EVENTS_MAX);
    for (int round = 0; round < ROUNDS; round++)
        ck_assert_uint_eq(count_tags(poller, few, seen), CROWD);
    for (int i = 0; i < CROWD; i++)
        close(fds[i]);
    close(ends[0]);
    close(ends[1]);
    se__poller_free(poller);
}
END_TEST

static int watched[WATCHED];

static void watch_all(struct se__poller *poller)
{
    for (int i = 0; i < WATCHED; i += 2)
        watch_pair(&watched[i]);
    for (int i = 0; i < WATCHED; i++)
        ck_assert_int_eq(se__poller_add(poller, watched[i], SE__WRITE, (uint64_t)i), 0);
}

static void shuffle(int *numbers, size_t count, struct dice *dice)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = (int)i;
    for (size_t i = count; i > 1; i--) {
        size_t other = dice_roll_size(dice, i);
        int number = numbers[i - 1];
        numbers[i - 1] = numbers[other];
        numbers[other] = number;
    }
}

/** Asserts that those are reported which are still to be removed, and none of the others. */
static void assert_reported(struct se__poller *poller, const int *order, int removed)
{
    bool seen[CROWD];
    ck_assert_uint_eq(count_tags(poller, 3, seen), (size_t)(WATCHED - removed));
    for (int i = removed; i < WATCHED; i++)
        if (!seen[order[i]])
            ck_abort_msg("descriptor %d of %d is not reported after %d were removed", order[i], WATCHED, removed);
}

START_TEST(many_descriptors_are_removed_in_any_order)
{
    enum { STEP = 20 };
    int order[WATCHED];
    struct dice dice = dice_new(500);
    struct se__poller *poller = watch_open(_i);
    if (!poller)
        return;
    watch_all(poller);
    shuffle(order, WATCHED, &dice);
    for (int removed = 0; removed < WATCHED; removed++) {
        if (removed % STEP == 0)
            assert_reported(poller, order, removed);
        se__poller_remove(poller, watched[order[removed]]);
    }
    watch_expect_none(poller);
    for (int i = 0; i < WATCHED; i++)
        close(watched[i]);
    se__poller_free(poller);
}
END_TEST

enum { WATCHERS = 30, ACTS = 5000 };

/** Both kinds of poller, which are told the same. */
static struct se__poller *epoll_poller;
static struct se__poller *poll_poller;

struct watcher {
    int ends[2]; /**< the first one is watched */
    int interest;
    uint64_t tag;
};

static struct watcher watchers[WATCHERS];

static void add_or_modify(struct watcher *watcher, struct dice *dice)
{
    int (*tell)(struct se__poller *, int, int, uint64_t) = watcher->interest ? se__poller_modify : se__poller_add;
    watcher->interest = 1 + (int)dice_roll(dice, SE__READ | SE__WRITE);
    watcher->tag = dice_roll(dice, UINT64_MAX);
    ck_assert_int_eq(tell(epoll_poller, watcher->ends[0], watcher->interest, watcher->tag), 0);
    ck_assert_int_eq(tell(poll_poller, watcher->ends[0], watcher->interest, watcher->tag), 0);
}

static void remove_watched(struct watcher *watcher)
{
    if (!watcher->interest)
        return;
    se__poller_remove(epoll_poller, watcher->ends[0]);
    se__poller_remove(poll_poller, watcher->ends[0]);
    watcher->interest = 0;
}

static void close_both(struct watcher *watcher)
{
    remove_watched(watcher);
    close(watcher->ends[0]);
    close(watcher->ends[1]);
}

static void read_all(int fd)
{
    char bytes[65536];
    while (read(fd, bytes, sizeof(bytes)) > 0)
        ;
}

/** Something that the poller is told, or that happens to a descriptor. */
static void act(struct watcher *watcher, struct dice *dice)
{
    switch (dice_roll(dice, 10)) {
    case 0:
        remove_watched(watcher);
        break;
    case 1:
        close_both(watcher);
        watch_pair(watcher->ends);
        break;
    case 2:
        shutdown(watcher->ends[1], dice_roll(dice, 2) ? SHUT_WR : SHUT_RDWR);
        break;
    case 3:
        read_all(watcher->ends[0]);
        break;
    case 4:
        read_all(watcher->ends[1]);
        break;
    case 5:
        (void)!send(watcher->ends[0], "x", 1, MSG_NOSIGNAL);
        break;
    case 6:
        (void)!send(watcher->ends[1], "x", 1, MSG_NOSIGNAL);
        break;
    default:
        add_or_modify(watcher, dice);
    }
}

static uint64_t assert_same_events(int turn)
{
    struct watch_events by_epoll = watch_wait(epoll_poller, 0);
    struct watch_events by_poll = watch_wait(poll_poller, 0);
    bool same = by_epoll.count == by_poll.count;
    for (size_t i = 0; same && i < by_epoll.count; i++)
        same = by_epoll.tags[i] == by_poll.tags[i];
    if (!same)
        ck_abort_msg("turn %d: epoll reports %zu, poll %zu, or others", turn, by_epoll.count, by_poll.count);
    return by_epoll.count;
}

START_TEST(both_kinds_report_the_same)
{
    struct dice dice = dice_new(81);
    uint64_t reported = 0;
    epoll_poller = watch_open(0);
    if (!epoll_poller)
        return;
    poll_poller = watch_open(1);
    for (int i = 0; i < WATCHERS; i++)
        watch_pair(watchers[i].ends);
    for (int turn = 0; turn < ACTS; turn++) {
        act(&watchers[dice_roll(&dice, WATCHERS)], &dice);
        reported += assert_same_events(turn);
    }
    ck_assert_uint_gt(reported, ACTS);
    ck_assert_uint_lt(reported, (uint64_t)ACTS * WATCHERS);
    for (int i = 0; i < WATCHERS; i++)
        close_both(&watchers[i]);
    se__poller_free(epoll_poller);
    se__poller_free(poll_poller);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pollers with many descriptors");
    TCase *tcase = fixture_add_tcase(suite, "crowds");
    tcase_add_loop_test(tcase, every_one_of_a_ready_crowd_gets_its_turn_in_a_few_waits, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, many_descriptors_are_removed_in_any_order, 0, WATCH_KINDS);
    tcase_add_test(tcase, both_kinds_report_the_same);
    return fixture_run(suite);
}
