/* What the kernel is told when a property of a server concerns the listener: how many may wait, and when it gives up a
 * peer that has vanished. The server is made up; the crew and the socket are hooks. */
#include <errno.h>
#include <limits.h>
#include <sockecho/limits.h>
#include <string.h>

#include "fixture.h"
#include "server/server.h"

enum { LISTEN_FD = 40, CREWS_FD = 41, BACKLOG_RESULT = -71, NOBODY_TOLD = -9 };

static struct se_server server;
static int crew; /**< its address is all that is asked of it */

static int told_fd;
static int told_backlog;
static int told_keepalive_s;
static int64_t told_unacknowledged_ms;

int __wrap_se__crew_listen_fd(const struct se__crew *those);
int __wrap_se__socket_set_backlog(int listen_fd, int backlog);
void __wrap_se__socket_set_vigilance(int listen_fd, int idle_s, int64_t unacknowledged_ms);

int __wrap_se__crew_listen_fd(const struct se__crew *those)
{
    ck_assert_ptr_eq(those, &crew);
    return CREWS_FD;
}

int __wrap_se__socket_set_backlog(int listen_fd, int backlog)
{
    told_fd = listen_fd;
    told_backlog = backlog;
    return BACKLOG_RESULT;
}

void __wrap_se__socket_set_vigilance(int listen_fd, int idle_s, int64_t unacknowledged_ms)
{
    told_fd = listen_fd;
    told_keepalive_s = idle_s;
    told_unacknowledged_ms = unacknowledged_ms;
}

static void begin(void)
{
    memset(&server, 0, sizeof(server));
    server.listen_fd = LISTEN_FD;
    told_fd = NOBODY_TOLD;
}

START_TEST(the_backlog_goes_to_whoever_has_the_listener)
{
    ck_assert_int_eq(se_server_set_backlog(&server, 65535), BACKLOG_RESULT);
    ck_assert_int_eq(told_fd, LISTEN_FD);
    ck_assert_int_eq(told_backlog, 65535);
    atomic_store(&server.crew, (struct se__crew *)&crew);
    ck_assert_int_eq(se_server_set_backlog(&server, 0), BACKLOG_RESULT);
    ck_assert_int_eq(told_fd, CREWS_FD);
    ck_assert_int_eq(told_backlog, 0);
}
END_TEST

START_TEST(a_backlog_that_is_refused_is_told_nobody)
{
    ck_assert_int_eq(se_server_set_backlog(&server, -1), -EINVAL);
    ck_assert_int_eq(se_server_set_backlog(&server, 65536), -EINVAL);
    ck_assert_int_eq(se_server_set_backlog(NULL, 1), -EINVAL);
    atomic_store(&server.busy, true);
    ck_assert_int_eq(se_server_set_backlog(&server, 1), -EBUSY);
    ck_assert_int_eq(told_fd, NOBODY_TOLD);
}
END_TEST

START_TEST(without_a_listener_the_kernel_is_told_nothing)
{
    server.listen_fd = -1;
    ck_assert_int_eq(se_server_set_backlog(&server, 1), 0);
    ck_assert_int_eq(se_server_set_keepalive(&server, 1), 0);
    ck_assert_int_eq(told_fd, NOBODY_TOLD);
}
END_TEST

START_TEST(a_listener_may_have_the_descriptor_0)
{
    server.listen_fd = 0;
    ck_assert_int_eq(se_server_set_backlog(&server, 1), BACKLOG_RESULT);
    ck_assert_int_eq(told_fd, 0);
    told_fd = NOBODY_TOLD;
    ck_assert_int_eq(se_server_set_keepalive(&server, 1), 0);
    ck_assert_int_eq(told_fd, 0);
}
END_TEST

/** The kernel's time is one in 64 and a second longer than the server's. */
static const struct {
    int64_t stall_ms;
    int64_t unacknowledged_ms;
} stalls[] = {
    {1, 1001},
    {64, 1065},
    {30000, 31468},
    {INT_MAX, INT_MAX + INT64_C(33555431)},
    {INT_MAX + INT64_C(1), -1},
    {INT64_MAX, -1},
    {SE_TIMEOUT_NONE, -1},
};

START_TEST(the_kernel_gives_a_peer_up_after_the_server_did)
{
    server.service.settings.keepalive_s = 7;
    ck_assert_int_eq(se_server_set_stall_timeout(&server, stalls[_i].stall_ms), 0);
    ck_assert_int_eq(told_fd, LISTEN_FD);
    ck_assert_int_eq(told_keepalive_s, 7);
    ck_assert_int_eq(told_unacknowledged_ms, stalls[_i].unacknowledged_ms);
}
END_TEST

START_TEST(the_kernel_is_told_of_keepalive_and_of_nothing_that_was_refused)
{
    server.service.settings.stall_ms = 64;
    ck_assert_int_eq(se_server_set_keepalive(&server, 9), 0);
    ck_assert_int_eq(told_fd, LISTEN_FD);
    ck_assert_int_eq(told_keepalive_s, 9);
    ck_assert_int_eq(told_unacknowledged_ms, 1065);
    told_fd = NOBODY_TOLD;
    ck_assert_int_eq(se_server_set_keepalive(&server, -1), -EINVAL);
    ck_assert_int_eq(se_server_set_stall_timeout(&server, 0), -EINVAL);
    ck_assert_int_eq(told_fd, NOBODY_TOLD);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("what the kernel is told of a listener");
    TCase *tcase = fixture_add_tcase(suite, "listener");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, the_backlog_goes_to_whoever_has_the_listener);
    tcase_add_test(tcase, a_backlog_that_is_refused_is_told_nobody);
    tcase_add_test(tcase, without_a_listener_the_kernel_is_told_nothing);
    tcase_add_test(tcase, a_listener_may_have_the_descriptor_0);
    tcase_add_loop_test(tcase, the_kernel_gives_a_peer_up_after_the_server_did, 0, sizeof(stalls) / sizeof(stalls[0]));
    tcase_add_test(tcase, the_kernel_is_told_of_keepalive_and_of_nothing_that_was_refused);
    return fixture_run(suite);
}
