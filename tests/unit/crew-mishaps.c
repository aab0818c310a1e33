/* Workers of which a call goes wrong while they serve, or when they are waited for: who is told, who is shed, and that
 * the server is as good as before. All of them wait in poll(2), which every build has. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sockecho.h>
#include <unistd.h>

#include "clock.h"
#include "environment.h"
#include "fixture.h"
#include "mishap.h"
#include "pair.h"
#include "system/socket.h"

static int join_error; /**< of the next join; 0: it is made */

int __real_pthread_join(pthread_t thread, void **result_out);
int __wrap_pthread_join(pthread_t thread, void **result_out);

int __wrap_pthread_join(pthread_t thread, void **result_out)
{
    int error = join_error;
    join_error = 0;
    return error ? error : __real_pthread_join(thread, result_out);
}

static struct se_server *server;
static struct se__address address;

static void begin(int workers)
{
    ck_assert_int_eq(se_server_new(NULL, SE_PORT_ANY, &server), 0);
    ck_assert_int_eq(se_server_set_poller(server, SE_POLLER_POLL), 0);
    ck_assert_int_eq(se_server_set_workers(server, workers), 0);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    address = pair_loopback(se_server_port(server));
}

static void run_until(int stat, int64_t value)
{
    int64_t start_ns = clock_now_ns();
    while (se_server_stat(server, stat) != value && clock_ms_since(start_ns) < environment_patience_ms())
        ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_stat(server, stat), value);
}

/** The worker after the one that fails has nothing to report but that it goes on. */
START_TEST(the_first_error_of_several_workers_is_told)
{
    enum { WORKERS = 3 };
    begin(WORKERS);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    mishap_begin("poll", _i, EFAULT, false);
    int result = se_server_run(server);
    ck_assert(mishap_end());
    ck_assert_int_eq(result, -EFAULT);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    se_server_free(server);
}
END_TEST

START_TEST(a_join_that_fails_can_be_made_again)
{
    begin(1);
    ck_assert_int_eq(se_server_set_blocking(server, 1), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    join_error = EDEADLK;
    ck_assert_int_eq(se_server_join(server), -EDEADLK);
    ck_assert_int_eq(join_error, 0);
    ck_assert_int_eq(se_server_set_blocking(server, 0), -EBUSY);
    ck_assert_int_eq(se_server_join(server), 0);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    se_server_free(server);
}
END_TEST

static int enter(int64_t as_the_nth)
{
    int fd = -1;
    int result = se__socket_connect(&address, &fd);
    ck_assert(result == 0 || result == -EINPROGRESS);
    run_until(SE_STAT_ACCEPTED, as_the_nth);
    return fd;
}

/** The last of three took the descriptor and the place of the first: both are lower than those of the second. */
START_TEST(the_peer_that_came_last_is_shed_whatever_its_descriptor_and_its_place)
{
    begin(1);
    int first_fd = enter(1);
    int stays_fd = enter(2);
    se__socket_close(first_fd);
    run_until(SE_STAT_ORDERLY, 1);
    int last_fd = enter(3);
    ck_assert_int_lt(last_fd, stays_fd);
    mishap_begin("poll", 0, EINVAL, false);
    run_until(SE_STAT_MEMORY, 1);
    ck_assert(mishap_end());
    ck_assert_int_eq(pair_receive_next(last_fd), -ECONNRESET);
    pair_send_text(stays_fd, "still here");
    run_until(SE_STAT_ECHOED_BYTES, 10);
    pair_expect_text(stays_fd, "still here");
    se__socket_close(last_fd);
    se__socket_close(stays_fd);
    se_server_free(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a call of a crew that goes wrong");
    TCase *tcase = fixture_add_tcase(suite, "crew");
    tcase_add_loop_test(tcase, the_first_error_of_several_workers_is_told, 0, 3);
    tcase_add_test(tcase, a_join_that_fails_can_be_made_again);
    tcase_add_test(tcase, the_peer_that_came_last_is_shed_whatever_its_descriptor_and_its_place);
    return fixture_run(suite);
}
