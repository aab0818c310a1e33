/* A system without epoll(7): this program has a back end without functions itself, so that the linker takes none of the
 * library's. */
#include <errno.h>
#include <sockecho/server.h>
#include <unistd.h>

#include "fixture.h"
#include "system/poller.h"
#include "watch.h"

const struct se__poller_backend se__poller_epoll = {0};

START_TEST(there_is_no_epoll)
{
    struct se__poller *poller = NULL;
    ck_assert_int_eq(se__poller_check(SE_POLLER_EPOLL), -ENOSYS);
    ck_assert_int_eq(se__poller_new(SE_POLLER_EPOLL, &poller), -ENOSYS);
    ck_assert_ptr_null(poller);
}
END_TEST

START_TEST(every_other_kind_is_poll)
{
    static const int kinds[] = {SE_POLLER_AUTO, SE_POLLER_POLL};
    int ends[2];
    watch_pair(ends);
    watch_write(ends[1], "unread");
    for (int i = 0; i < 2; i++) {
        struct se__poller *poller = NULL;
        ck_assert_int_eq(se__poller_check(kinds[i]), 0);
        ck_assert_int_eq(se__poller_new(kinds[i], &poller), 0);
        ck_assert_int_eq(se__poller_fd(poller), -ENOSYS);
        ck_assert_int_eq(se__poller_add(poller, ends[0], SE__READ, 7), 0);
        watch_expect(poller, 7);
        se__poller_free(poller);
    }
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(what_is_no_kind_is_none_here_either)
{
    ck_assert_int_eq(se__poller_check(SE_POLLER_POLL + 1), -EINVAL);
    ck_assert_int_eq(se__poller_check(SE_POLLER_AUTO - 1), -EINVAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pollers without epoll");
    TCase *tcase = fixture_add_tcase(suite, "kinds");
    tcase_add_test(tcase, there_is_no_epoll);
    tcase_add_test(tcase, every_other_kind_is_poll);
    tcase_add_test(tcase, what_is_no_kind_is_none_here_either);
    return fixture_run(suite);
}
