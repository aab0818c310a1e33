/* How many connections may wait to be accepted: what the kernel was told, and what peers of a server that does not run
 * yet notice of it. */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "figures.h"
#include "fixture.h"
#include "io.h"
#include "raw.h"

enum { ANSWER_MS = 200, QUEUE_MAX = 32 };

/** Of a listener Linux tells in this field how long its queue may get. */
static int queue_length(int listen_fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);
    ck_assert_int_eq(getsockopt(listen_fd, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return (int)info.tcpi_sacked;
}

/** The kernel lowers what is above its own limit. */
static int longest_queue(void)
{
    int longest = SOMAXCONN;
    FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
    if (!file)
        return longest;
    ck_assert_int_eq(fscanf(file, "%d", &longest), 1);
    fclose(file);
    return longest;
}

static int shorter(int a, int b)
{
    return a < b ? a : b;
}

static struct se_server *server_around(int *listen_fd_out)
{
    struct se_server *server = NULL;
    int port = 0;
    *listen_fd_out = io_listen(5, 0, &port);
    ck_assert_int_ge(*listen_fd_out, 0);
    ck_assert_int_eq(se_server_new_from_fd(*listen_fd_out, &server), 0);
    return server;
}

START_TEST(the_kernel_is_told_the_backlog)
{
    int listen_fd = -1;
    struct se_server *server = server_around(&listen_fd);
    ck_assert_int_eq(queue_length(listen_fd), 5);
    for (int backlog = 1; backlog <= 65535; backlog = 2 * backlog + 1) {
        ck_assert_int_eq(se_server_set_backlog(server, backlog), 0);
        ck_assert_int_eq(queue_length(listen_fd), shorter(backlog, longest_queue()));
    }
    ck_assert_int_eq(se_server_set_backlog(server, 0), 0);
    ck_assert_int_eq(queue_length(listen_fd), shorter(SOMAXCONN, longest_queue()));
    se_server_free(server);
}
END_TEST

START_TEST(a_backlog_that_is_refused_changes_nothing)
{
    int listen_fd = -1;
    struct se_server *server = server_around(&listen_fd);
    ck_assert_int_eq(se_server_set_backlog(server, 7), 0);
    ck_assert_int_eq(se_server_set_backlog(server, -1), -EINVAL);
    ck_assert_int_eq(se_server_set_backlog(server, 65536), -EINVAL);
    ck_assert_int_eq(queue_length(listen_fd), 7);
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_server_set_backlog(server, 8), -EBUSY);
    ck_assert_int_eq(queue_length(listen_fd), 7);
    figures_end(server);
}
END_TEST

START_TEST(the_backlog_can_be_changed_between_two_runs)
{
    int listen_fd = -1;
    struct se_server *server = server_around(&listen_fd);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_set_backlog(server, 9), 0);
    ck_assert_int_eq(queue_length(listen_fd), 9);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(queue_length(listen_fd), 9);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    ck_assert_int_eq(se_server_set_backlog(server, 10), 0);
    se_server_free(server);
}
END_TEST

/** Starts to connect. Returns whether an answer comes at once; it may still come later. */
static bool is_answered(int port, int *fd_out)
{
    struct sockaddr_in address = io_loopback_address(port);
    *fd_out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(*fd_out, 0);
    int result = connect(*fd_out, (const struct sockaddr *)&address, sizeof(address));
    ck_assert(result == 0 || errno == EINPROGRESS);
    return io_wait(*fd_out, POLLOUT, ANSWER_MS * environment_slow_factor()) != 0;
}

/** The attempt that was not answered is repeated by the kernel, and succeeds once the server accepts. */
START_TEST(whoever_comes_beyond_the_backlog_waits_and_is_served_later)
{
    enum { BACKLOG = 4 };
    int fds[QUEUE_MAX];
    size_t answered = 0;
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_backlog(server, BACKLOG), 0);
    while (answered < QUEUE_MAX - 1 && is_answered(se_server_port(server), &fds[answered]))
        answered++;
    ck_assert_uint_ge(answered, BACKLOG);
    ck_assert_uint_le(answered, 2 * BACKLOG);
    ck_assert_int_eq(se_server_start(server), 0);
    crowd_send(fds, answered + 1);
    crowd_expect_echo(fds, answered + 1);
    crowd_close(fds, answered + 1);
    figures_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("backlog");
    TCase *tcase = fixture_add_tcase(suite, "listen queue");
    tcase_add_test(tcase, the_kernel_is_told_the_backlog);
    tcase_add_test(tcase, a_backlog_that_is_refused_changes_nothing);
    tcase_add_test(tcase, the_backlog_can_be_changed_between_two_runs);
    tcase_add_test(tcase, whoever_comes_beyond_the_backlog_waits_and_is_served_later);
    return fixture_run(suite);
}
