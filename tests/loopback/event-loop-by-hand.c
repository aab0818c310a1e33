/* A whole life of a server in a loop as a program would write it: wait for the descriptor or the timeout, then run. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pattern.h"
#include "raw.h"
#include "statistics.h"

enum { IDLE_MS = 1000, MIB = 1 << 20 };

static struct se_server *server;
static int server_fd;

/** Without epoll there is no such descriptor, and nothing to test. */
static bool loop_begin(void)
{
    if (!poller_available(SE_POLLER_EPOLL))
        return false;
    server = server_new(SE_POLLER_EPOLL);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_set_idle_timeout(server, IDLE_MS), 0);
    server_fd = se_server_fd(server);
    ck_assert_int_ge(server_fd, 0);
    return true;
}

/** Waits for the descriptor or the timeout, and then runs the server once. Returns what that gave, and counts the runs
 * after which nothing was different. */
static int loop_turn(int *in_vain)
{
    int64_t timeout_ms = se_server_next_timeout(server);
    ck_assert_int_ge(timeout_ms, SE_TIMEOUT_NONE);
    int ready = io_wait(server_fd, POLLIN, timeout_ms < 0 ? environment_patience_ms() : (int)timeout_ms);
    ck_assert(ready > 0 || timeout_ms >= 0);
    int64_t echoed = se_server_stat(server, SE_STAT_ECHOED_BYTES);
    int64_t accepted = se_server_stat(server, SE_STAT_ACCEPTED);
    int64_t active = se_server_stat(server, SE_STAT_ACTIVE);
    int result = se_server_run(server);
    *in_vain += result == -EAGAIN && echoed == se_server_stat(server, SE_STAT_ECHOED_BYTES) &&
                accepted == se_server_stat(server, SE_STAT_ACCEPTED) &&
                active == se_server_stat(server, SE_STAT_ACTIVE);
    return result;
}

static void loop_until(int stat, int64_t value, int *in_vain)
{
    while (se_server_stat(server, stat) != value)
        ck_assert_int_eq(loop_turn(in_vain), -EAGAIN);
}

/** Accept, echo, idle limit and stop. In vain are: the FIN of the idle limit and that of the stop, which no figure
 * shows, and a few for what the kernel delivers late. */
START_TEST(hand_written_loop_hardly_runs_in_vain)
{
    enum { IN_VAIN_MAX = 6 };
    int in_vain = 0;
    if (!loop_begin())
        return;
    size_t length = environment_length(MIB);
    uint8_t *bytes = pattern_new(length, 1);
    struct se_client *client = client_connected(se_server_port(server), 0);
    loop_until(SE_STAT_ACCEPTED, 1, &in_vain);
    while (se_client_echo(client, bytes, length, NULL) == -EAGAIN)
        loop_turn(&in_vain);
    ck_assert_int_eq(se_client_events(client), 0);
    int fd = raw_connect(se_server_port(server));
    loop_until(SE_STAT_ACCEPTED, 2, &in_vain);
    ck_assert_int_eq(se_client_close(client), 0);
    loop_until(SE_STAT_ORDERLY, 1, &in_vain);
    while (io_wait(fd, POLLIN, 0) == 0)
        ck_assert_int_eq(loop_turn(&in_vain), -EAGAIN);
    raw_expect_fin(fd);
    close(fd);
    loop_until(SE_STAT_IDLE, 1, &in_vain);
    int last_fd = raw_connect(se_server_port(server));
    loop_until(SE_STAT_ACCEPTED, 3, &in_vain);
    ck_assert_int_eq(se_server_stop(server), 0);
    while (io_wait(last_fd, POLLIN, 0) == 0)
        ck_assert_int_eq(loop_turn(&in_vain), -EAGAIN);
    close(last_fd);
    while (loop_turn(&in_vain) == -EAGAIN)
        continue;
    ck_assert_int_le(in_vain, IN_VAIN_MAX);
    stat_assert_consistent(server);
    se_client_free(client);
    se_server_free(server);
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a loop written by hand");
    TCase *tcase = fixture_add_tcase(suite, "accept, echo, idle limit and stop");
    tcase_add_test(tcase, hand_written_loop_hardly_runs_in_vain);
    return fixture_run(suite);
}
