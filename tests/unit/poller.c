/* What the rest of the library relies on in a poller, the same for both kinds. */
#include <errno.h>
#include <fcntl.h>
#include <sockecho/server.h>
#include <unistd.h>

#include "clock.h"
#include "environment.h"
#include "fixture.h"
#include "poller.h"
#include "storm.h"
#include "watch.h"

enum { TAG = 77, OTHER_TAG = 78, NS_PER_MS = 1000000 };

static struct se__poller *poller;
static int ends[2];

/** Opens the kind of the running test and a pair to watch. Returns 0 where there is no such kind. */
static int begin(int kind_index)
{
    poller = watch_open(kind_index);
    if (poller)
        watch_pair(ends);
    return poller != NULL;
}

static void close_ends(void)
{
    close(ends[0]);
    close(ends[1]);
}

static void end(void)
{
    close_ends();
    se__poller_free(poller);
}

START_TEST(only_the_kinds_of_the_public_header_are_known)
{
    ck_assert_int_eq(se__poller_check(SE_POLLER_AUTO), 0);
    ck_assert_int_eq(se__poller_check(SE_POLLER_POLL), 0);
    ck_assert_int_eq(se__poller_check(SE_POLLER_POLL + 1), -EINVAL);
    ck_assert_int_eq(se__poller_check(SE_POLLER_AUTO - 1), -EINVAL);
}
END_TEST

START_TEST(auto_is_epoll_where_there_is_one_and_poll_elsewhere)
{
    int error = se__poller_check(SE_POLLER_EPOLL);
    ck_assert(error == 0 || error == -ENOSYS);
    ck_assert_int_eq(se__poller_new(SE_POLLER_AUTO, &poller), 0);
    ck_assert_ptr_eq(poller->backend, error == 0 ? &se__poller_epoll : &se__poller_poll);
    se__poller_free(poller);
    ck_assert_int_eq(se__poller_new(SE_POLLER_POLL, &poller), 0);
    ck_assert_ptr_eq(poller->backend, &se__poller_poll);
    se__poller_free(poller);
    ck_assert_int_eq(se__poller_new(SE_POLLER_EPOLL, &poller), error);
    if (error == 0)
        se__poller_free(poller);
}
END_TEST

START_TEST(no_poller_can_be_freed)
{
    se__poller_free(NULL);
}
END_TEST

START_TEST(a_child_that_executes_a_program_gets_no_descriptor_of_a_poller)
{
    int lowest_free = dup(STDERR_FILENO);
    close(lowest_free);
    poller = watch_open(_i);
    if (!poller)
        return;
    int flags = fcntl(lowest_free, F_GETFD);
    ck_assert(flags == FD_CLOEXEC || (flags == -1 && errno == EBADF));
    se__poller_free(poller);
}
END_TEST

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
    close(ends[0]);
    watch_write(ends[1], "for the duplicate");
    watch_expect_none(poller);
    ends[0] = duplicate;
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
    close(ends[1]);
    watch_expect(poller, TAG);
    watch_expect(poller, TAG);
    ends[1] = -1;
    end();
}
END_TEST

START_TEST(a_hang_up_is_reported_to_whoever_waits_for_bytes)
{
    if (!begin(_i))
        return;
    close_ends();
    watch_pipe(ends);
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    watch_expect_none(poller);
    close(ends[1]);
    watch_expect(poller, TAG);
    watch_expect(poller, TAG);
    ends[1] = -1;
    end();
}
END_TEST

START_TEST(an_error_is_reported_whatever_was_asked_for)
{
    static const int interests[] = {SE__READ, SE__WRITE};
    if (!begin(_i))
        return;
    for (int i = 0; i < 2; i++) {
        close_ends();
        watch_pipe(ends);
        watch_fill(ends[1]);
        ck_assert_int_eq(se__poller_add(poller, ends[1], interests[i], TAG), 0);
        watch_expect_none(poller);
        close(ends[0]);
        watch_expect(poller, TAG);
        se__poller_remove(poller, ends[1]);
        ends[0] = -1;
    }
    end();
}
END_TEST

START_TEST(a_wait_of_no_time_returns_at_once)
{
    enum { WAITS = 1000, MOST_MS = 1000 };
    if (!begin(_i))
        return;
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    int64_t start_ns = clock_now_ns();
    for (int i = 0; i < WAITS; i++)
        watch_expect_none(poller);
    assert_took_less_than(start_ns, MOST_MS);
    end();
}
END_TEST

START_TEST(a_wait_in_vain_lasts_as_long_as_it_was_told)
{
    enum { TIMEOUT_MS = 20 };
    if (!begin(_i))
        return;
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    int64_t start_ns = clock_now_ns();
    ck_assert_uint_eq(watch_wait(poller, TIMEOUT_MS).count, 0);
    ck_assert_int_ge(clock_now_ns() - start_ns, (TIMEOUT_MS - 1) * NS_PER_MS);
    assert_took_less_than(start_ns, TIMEOUT_MS + 1000);
    end();
}
END_TEST

START_TEST(a_wait_for_ever_ends_with_an_event)
{
    if (!begin(_i))
        return;
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    watch_write(ends[1], "unread");
    struct watch_events events = watch_wait(poller, -1);
    ck_assert_uint_eq(events.count, 1);
    ck_assert_uint_eq(events.tags[0], TAG);
    end();
}
END_TEST

START_TEST(a_signal_ends_a_wait_without_an_event)
{
    if (!begin(_i))
        return;
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    storm_begin(0);
    struct watch_events events = watch_wait(poller, -1);
    ck_assert_int_gt(storm_end(), 0);
    ck_assert_uint_eq(events.count, 0);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pollers");
    TCase *kinds = fixture_add_tcase(suite, "kinds");
    tcase_add_test(kinds, only_the_kinds_of_the_public_header_are_known);
    tcase_add_test(kinds, auto_is_epoll_where_there_is_one_and_poll_elsewhere);
    tcase_add_test(kinds, no_poller_can_be_freed);
    tcase_add_loop_test(kinds, a_child_that_executes_a_program_gets_no_descriptor_of_a_poller, 0, WATCH_KINDS);
    TCase *events = fixture_add_tcase(suite, "events");
    tcase_add_loop_test(events, what_can_be_read_is_reported_until_it_is_read, 0, WATCH_KINDS);
    tcase_add_loop_test(events, room_to_write_is_reported_until_there_is_none, 0, WATCH_KINDS);
    tcase_add_loop_test(events, only_what_was_asked_for_is_reported, 0, WATCH_KINDS);
    tcase_add_loop_test(events, a_descriptor_that_is_ready_for_both_is_one_event, 0, WATCH_KINDS);
    tcase_add_loop_test(events, modify_changes_the_tag, 0, WATCH_KINDS);
    tcase_add_loop_test(events, a_removed_descriptor_is_silent_and_can_be_added_again, 0, WATCH_KINDS);
    tcase_add_loop_test(events, a_removed_descriptor_stays_silent_while_a_duplicate_lives, 0, WATCH_KINDS);
    tcase_add_loop_test(events, every_tag_comes_back_as_it_was_given, 0, WATCH_KINDS);
    tcase_add_loop_test(events, a_hang_up_is_reported_to_whoever_waits_for_room, 0, WATCH_KINDS);
    tcase_add_loop_test(events, a_hang_up_is_reported_to_whoever_waits_for_bytes, 0, WATCH_KINDS);
    tcase_add_loop_test(events, an_error_is_reported_whatever_was_asked_for, 0, WATCH_KINDS);
    TCase *waits = fixture_add_tcase(suite, "waits");
    tcase_add_loop_test(waits, a_wait_of_no_time_returns_at_once, 0, WATCH_KINDS);
    tcase_add_loop_test(waits, a_wait_in_vain_lasts_as_long_as_it_was_told, 0, WATCH_KINDS);
    tcase_add_loop_test(waits, a_wait_for_ever_ends_with_an_event, 0, WATCH_KINDS);
    tcase_add_loop_test(waits, a_signal_ends_a_wait_without_an_event, 0, WATCH_KINDS);
    return fixture_run(suite);
}
