/* Which pollers there are, and how long they wait. */
#include <errno.h>
#include <fcntl.h>
#include <sockecho/server.h>
#include <stdbool.h>
#include <unistd.h>

#include "clock.h"
#include "famine.h"
#include "fixture.h"
#include "storm.h"
#include "system/poller.h"
#include "vacancy.h"
#include "watch.h"

enum { TAG = 77, NS_PER_MS = 1000000 };

static struct se__poller *poller;
static int ends[2];

/** Opens the kind of the running test and watches one end of a pair for bytes. False where there is no such kind. */
static bool begin(int kind_index)
{
    poller = watch_open(kind_index);
    if (!poller)
        return false;
    watch_pair(ends);
    ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, TAG), 0);
    return true;
}

static void end(void)
{
    close(ends[0]);
    close(ends[1]);
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

START_TEST(auto_takes_poll_where_epoll_has_no_descriptor_left)
{
    int error = se__poller_check(SE_POLLER_EPOLL);
    famine_begin();
    ck_assert_int_eq(se__poller_new(SE_POLLER_EPOLL, &poller), error ? error : -EMFILE);
    ck_assert_int_eq(se__poller_new(SE_POLLER_AUTO, &poller), 0);
    famine_end();
    ck_assert_ptr_eq(poller->backend, &se__poller_poll);
    se__poller_free(poller);
}
END_TEST

START_TEST(the_descriptor_of_a_poller_may_be_the_first_of_all)
{
    vacancy_begin();
    poller = watch_open(_i);
    if (poller) {
        ck_assert_int_le(se__poller_fd(poller), 0);
        watch_expect_none(poller);
        se__poller_free(poller);
    }
    vacancy_end();
}
END_TEST

START_TEST(no_poller_can_be_freed)
{
    se__poller_free(NULL);
}
END_TEST

START_TEST(only_epoll_has_a_descriptor_to_wait_for)
{
    poller = watch_open(_i);
    if (!poller)
        return;
    bool has_one = poller->backend == &se__poller_epoll;
    int fd = se__poller_fd(poller);
    ck_assert(has_one ? fd >= 0 : fd == -ENOSYS);
    se__poller_free(poller);
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

START_TEST(a_wait_of_no_time_returns_at_once)
{
    enum { WAITS = 1000, MOST_MS = 5000 };
    if (!begin(_i))
        return;
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
    int64_t start_ns = clock_now_ns();
    ck_assert_uint_eq(watch_wait(poller, TIMEOUT_MS).count, 0);
    ck_assert_int_ge(clock_now_ns() - start_ns, (TIMEOUT_MS - 1) * NS_PER_MS);
    assert_took_less_than(start_ns, TIMEOUT_MS + 2000);
    end();
}
END_TEST

START_TEST(a_wait_for_ever_ends_with_an_event)
{
    if (!begin(_i))
        return;
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
    storm_begin(0);
    struct watch_events events = watch_wait(poller, -1);
    ck_assert_int_gt(storm_end(), 0);
    ck_assert_uint_eq(events.count, 0);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pollers and how long they wait");
    TCase *kinds = fixture_add_tcase(suite, "kinds");
    tcase_add_test(kinds, only_the_kinds_of_the_public_header_are_known);
    tcase_add_test(kinds, auto_is_epoll_where_there_is_one_and_poll_elsewhere);
    tcase_add_test(kinds, auto_takes_poll_where_epoll_has_no_descriptor_left);
    tcase_add_loop_test(kinds, the_descriptor_of_a_poller_may_be_the_first_of_all, 0, WATCH_KINDS);
    tcase_add_test(kinds, no_poller_can_be_freed);
    tcase_add_loop_test(kinds, only_epoll_has_a_descriptor_to_wait_for, 0, WATCH_KINDS);
    tcase_add_loop_test(kinds, a_child_that_executes_a_program_gets_no_descriptor_of_a_poller, 0, WATCH_KINDS);
    TCase *waits = fixture_add_tcase(suite, "waits");
    tcase_add_loop_test(waits, a_wait_of_no_time_returns_at_once, 0, WATCH_KINDS);
    tcase_add_loop_test(waits, a_wait_in_vain_lasts_as_long_as_it_was_told, 0, WATCH_KINDS);
    tcase_add_loop_test(waits, a_wait_for_ever_ends_with_an_event, 0, WATCH_KINDS);
    tcase_add_loop_test(waits, a_signal_ends_a_wait_without_an_event, 0, WATCH_KINDS);
    return fixture_run(suite);
}
