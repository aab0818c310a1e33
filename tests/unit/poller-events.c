/* What a poller reports, the same for both kinds. */
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "fixture.h"
#include "system/poller.h"
#include "watch.h"

enum { TAG = 77, OTHER_TAG = 78 };

static struct se__poller *poller;
static int ends[2];

/** Opens the kind of the running test and a pair to watch. False where there is no such kind. */
static bool begin(int kind_index)
{
    poller = watch_open(kind_index);
    if (poller)
        watch_pair(ends);
    return poller != NULL;
}

static void close_end(int which)
{
    if (ends[which] >= 0)
        close(ends[which]);
    ends[which] = -1;
}

static void watch_pipe_instead(void)
{
    close_end(0);
    close_end(1);
    watch_pipe(ends);
}

static void end(void)
{
    close_end(0);
    close_end(1);
    se__poller_free(poller);
}

START_TEST(what_can_be_read_is_reported_until_it_is_read)
{
    if (!begin(_i))
        return;
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    watch_expect_none(poller);
    watch_write(ends[1], "hello");
    for (int i = 0; i < 3; i++)
        watch_expect(poller, TAG);
    watch_read(ends[0], "hello");
    watch_expect_none(poller);
    end();
}
END_TEST

START_TEST(room_to_write_is_reported_until_there_is_none)
{
    if (!begin(_i))
        return;
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__WRITE, TAG), 0);
    for (int i = 0; i < 3; i++)
        watch_expect(poller, TAG);
    watch_fill(ends[0]);
    watch_expect_none(poller);
    end();
}
END_TEST

START_TEST(only_what_was_asked_for_is_reported)
{
    if (!begin(_i))
        return;
    watch_write(ends[1], "unread");
    watch_fill(ends[0]);
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__WRITE, TAG), 0);
    watch_expect_none(poller);
    ck_assert_int_eq(se__poller_modify(poller, ends[0], SE__READ, TAG), 0);
    watch_expect(poller, TAG);
    watch_read(ends[0], "unread");
    watch_expect_none(poller);
    end();
}
END_TEST

START_TEST(whoever_asks_for_nothing_hears_of_the_end_alone)
{
    if (!begin(_i))
        return;
    watch_write(ends[1], "unread");
    ck_assert_int_eq(se__poller_add(poller, ends[0], 0, TAG), 0);
    watch_expect_none(poller);
    ck_assert_int_eq(se__poller_modify(poller, ends[0], SE__READ, TAG), 0);
    watch_expect(poller, TAG);
    ck_assert_int_eq(se__poller_modify(poller, ends[0], 0, TAG), 0);
    watch_expect_none(poller);
    close_end(1);
    watch_expect(poller, TAG);
    end();
}
END_TEST

START_TEST(a_wait_writes_the_events_that_it_tells_of_and_no_others)
{
    struct se__poller_event events[SE__POLLER_EVENTS_MAX] = {[1] = {OTHER_TAG}};
    if (!begin(_i))
        return;
    watch_write(ends[1], "unread");
    ck_assert_int_eq(se__poller_add(poller, ends[1], SE__READ, TAG + 2), 0);
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    ck_assert_int_eq(se__poller_wait(poller, events, 0), 1);
    ck_assert_uint_eq(events[0].tag, TAG);
    ck_assert_uint_eq(events[1].tag, OTHER_TAG);
    end();
}
END_TEST

/** Whoever was not ready the last time is asked before those that were. */
START_TEST(a_wait_of_poll_goes_on_behind_the_last_one_that_was_ready)
{
    struct se__poller_event events[SE__POLLER_EVENTS_MAX];
    int others[2];
    if (!begin(1))
        return;
    watch_pair(others);
    watch_write(ends[1], "unread");
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, 0), 0);
    ck_assert_int_eq(se__poller_add(poller, others[0], SE__READ, 1), 0);
    watch_expect(poller, 0);
    watch_write(others[1], "unread");
    ck_assert_int_eq(se__poller_wait(poller, events, 0), 2);
    ck_assert_uint_eq(events[0].tag, 1);
    ck_assert_uint_eq(events[1].tag, 0);
    close(others[0]);
    close(others[1]);
    end();
}
END_TEST

START_TEST(a_descriptor_that_is_ready_for_both_is_one_event)
{
    if (!begin(_i))
        return;
    watch_write(ends[1], "unread");
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ | SE__WRITE, TAG), 0);
    watch_expect(poller, TAG);
    end();
}
END_TEST

START_TEST(modify_changes_the_tag)
{
    if (!begin(_i))
        return;
    watch_write(ends[1], "unread");
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    ck_assert_int_eq(se__poller_add(poller, ends[1], SE__READ, TAG + 2), 0);
    watch_expect(poller, TAG);
    ck_assert_int_eq(se__poller_modify(poller, ends[0], SE__READ, OTHER_TAG), 0);
    watch_expect(poller, OTHER_TAG);
    end();
}
END_TEST

START_TEST(a_removed_descriptor_is_silent_and_can_be_added_again)
{
    if (!begin(_i))
        return;
    watch_write(ends[1], "unread");
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, (uint64_t)i), 0);
        watch_expect(poller, (uint64_t)i);
        se__poller_remove(poller, ends[0]);
        watch_expect_none(poller);
    }
    end();
}
END_TEST

START_TEST(a_removed_descriptor_stays_silent_while_a_duplicate_lives)
{
    if (!begin(_i))
        return;
    int duplicate = dup(ends[0]);
    ck_assert_int_ge(duplicate, 0);
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    se__poller_remove(poller, ends[0]);
    close_end(0);
    ends[0] = duplicate;
    watch_write(ends[1], "for the duplicate");
    watch_expect_none(poller);
    end();
}
END_TEST

START_TEST(every_tag_comes_back_as_it_was_given)
{
    static const uint64_t tags[] = {0, 1, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX - 1, UINT64_MAX};
    enum { TAGS = sizeof(tags) / sizeof(tags[0]) };
    int fds[TAGS];
    if (!begin(_i))
        return;
    watch_write(ends[1], "unread");
    for (int i = 0; i < TAGS; i++) {
        fds[i] = dup(ends[0]);
        ck_assert_int_eq(se__poller_add(poller, fds[i], SE__READ, tags[i]), 0);
    }
    struct watch_events events = watch_wait(poller, 0);
    ck_assert_uint_eq(events.count, TAGS);
    for (int i = 0; i < TAGS; i++) {
        ck_assert_uint_eq(events.tags[i], tags[i]);
        se__poller_remove(poller, fds[i]);
        close(fds[i]);
    }
    end();
}
END_TEST

START_TEST(a_hang_up_is_reported_to_whoever_waits_for_room)
{
    if (!begin(_i))
        return;
    watch_fill(ends[0]);
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__WRITE, TAG), 0);
    watch_expect_none(poller);
    close_end(1);
    watch_expect(poller, TAG);
    watch_expect(poller, TAG);
    end();
}
END_TEST

START_TEST(a_hang_up_is_reported_to_whoever_waits_for_bytes)
{
    if (!begin(_i))
        return;
    watch_pipe_instead();
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    watch_expect_none(poller);
    close_end(1);
    watch_expect(poller, TAG);
    watch_expect(poller, TAG);
    end();
}
END_TEST

START_TEST(an_error_is_reported_whatever_was_asked_for)
{
    static const int interests[] = {SE__READ, SE__WRITE};
    if (!begin(_i))
        return;
    for (int i = 0; i < 2; i++) {
        watch_pipe_instead();
        watch_fill(ends[1]);
        ck_assert_int_eq(se__poller_add(poller, ends[1], interests[i], TAG), 0);
        watch_expect_none(poller);
        close_end(0);
        watch_expect(poller, TAG);
        se__poller_remove(poller, ends[1]);
    }
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("what a poller reports");
    TCase *tcase = fixture_add_tcase(suite, "events");
    tcase_add_loop_test(tcase, what_can_be_read_is_reported_until_it_is_read, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, room_to_write_is_reported_until_there_is_none, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, only_what_was_asked_for_is_reported, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, whoever_asks_for_nothing_hears_of_the_end_alone, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_wait_writes_the_events_that_it_tells_of_and_no_others, 0, WATCH_KINDS);
    tcase_add_test(tcase, a_wait_of_poll_goes_on_behind_the_last_one_that_was_ready);
    tcase_add_loop_test(tcase, a_descriptor_that_is_ready_for_both_is_one_event, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, modify_changes_the_tag, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_removed_descriptor_is_silent_and_can_be_added_again, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_removed_descriptor_stays_silent_while_a_duplicate_lives, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, every_tag_comes_back_as_it_was_given, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_hang_up_is_reported_to_whoever_waits_for_room, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_hang_up_is_reported_to_whoever_waits_for_bytes, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, an_error_is_reported_whatever_was_asked_for, 0, WATCH_KINDS);
    return fixture_run(suite);
}
