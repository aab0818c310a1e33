/* Answers of the kernel that come seldom: a descriptor 0, a connect that was begun before, an interrupted call, bytes
 * of which there are none. Where the kernel gives one only by chance, a hook gives it; errno is never touched by
 * success. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pair.h"
#include "system/socket.h"
#include "vacancy.h"

static bool is_connect_told; /**< by the test, and not asked of the kernel */
static int connect_error;    /**< 0: it stands */
static int interruptions;    /**< so many of the next calls are interrupted */
static int calls;

int __real_connect(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);
ssize_t __real_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __real_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    if (!is_connect_told)
        return __real_connect(fd, address, length);
    calls++;
    if (connect_error)
        errno = connect_error;
    return connect_error ? -1 : 0;
}

static bool is_interrupted(void)
{
    calls++;
    if (interruptions == 0)
        return false;
    interruptions--;
    errno = EINTR;
    return true;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags)
{
    return is_interrupted() ? -1 : __real_recv(fd, bytes, size, flags);
}

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
    return is_interrupted() ? -1 : __real_send(fd, bytes, size, flags);
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    return is_interrupted() ? -1 : __real_sendmsg(fd, message, flags);
}

static struct pollfd waited_for;
static struct timespec waited;
static int wait_result;

int __wrap_ppoll(struct pollfd *watched, nfds_t count, const struct timespec *timeout, const sigset_t *mask);

int __wrap_ppoll(struct pollfd *watched, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    ck_assert_uint_eq(count, 1);
    ck_assert_ptr_null(mask);
    waited_for = *watched;
    waited = *timeout;
    return is_interrupted() ? -1 : wait_result;
}

static struct pair pair;

static void begin(void)
{
    is_connect_told = false;
    interruptions = 0;
    pair = pair_open();
    calls = 0;
}

static void end(void)
{
    pair_close(&pair);
}

START_TEST(a_listener_may_be_the_first_descriptor_of_all)
{
    struct se__address address = pair_loopback(0);
    int fd = -1;
    vacancy_begin();
    ck_assert_int_eq(se__socket_listen(&address, &fd), 0);
    ck_assert_int_eq(fd, 0);
    se__socket_close(fd);
    vacancy_end();
}
END_TEST

START_TEST(a_connecting_socket_may_be_the_first_descriptor_of_all)
{
    struct se__address address;
    int fd = -1;
    ck_assert_int_eq(se__socket_local_address(pair.listen_fd, &address), 0);
    vacancy_begin();
    int result = se__socket_connect(&address, &fd);
    ck_assert(result == 0 || result == -EINPROGRESS);
    ck_assert_int_eq(fd, 0);
    se__socket_close(fd);
    vacancy_end();
}
END_TEST

START_TEST(an_accepted_socket_may_be_the_first_descriptor_of_all)
{
    int near_fd = pair_connect(pair.listen_fd);
    vacancy_begin();
    int far_fd = pair_accept(pair.listen_fd);
    ck_assert_int_eq(far_fd, 0);
    se__socket_close(far_fd);
    vacancy_end();
    se__socket_close(near_fd);
}
END_TEST

/** What connect(2) says, and what has become of the attempt. */
static const struct {
    int error;
    int result;
} connects[] = {
    {0, 0},
    {EISCONN, 0},
    {EINPROGRESS, -EINPROGRESS},
    {EINTR, -EINPROGRESS},
    {EALREADY, -EINPROGRESS},
    {ECONNREFUSED, -ECONNREFUSED},
    {EAGAIN, -EAGAIN},
};

START_TEST(an_attempt_to_connect_is_made_once_and_ends_stands_or_goes_on)
{
    struct se__address address = pair_loopback(7);
    bool is_open = connects[_i].result == 0 || connects[_i].result == -EINPROGRESS;
    int fd = -1;
    is_connect_told = true;
    connect_error = connects[_i].error;
    errno = EIO;
    ck_assert_int_eq(se__socket_connect(&address, &fd), connects[_i].result);
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(fd >= 0, is_open);
    if (is_open)
        se__socket_close(fd);
}
END_TEST

START_TEST(an_interrupted_send_is_made_again)
{
    const struct se__piece pieces[] = {{(const unsigned char *)"b", 1}, {(const unsigned char *)"c", 1}};
    interruptions = 2;
    ck_assert_int_eq(se__socket_send(pair.near, "a", 1), 1);
    ck_assert_int_eq(calls, 3);
    interruptions = 2;
    ck_assert_int_eq(se__socket_send_pieces(pair.near, pieces, 2), 2);
    ck_assert_int_eq(calls, 6);
    pair_expect_text(pair.far, "abc");
}
END_TEST

START_TEST(an_interrupted_receive_is_made_again_unless_it_waits)
{
    char byte;
    pair_send_text(pair.near, "ab");
    pair_await_pending(pair.far, 2);
    calls = 0;
    interruptions = 2;
    ck_assert_int_eq(se__socket_receive(pair.far, &byte, 1), 1);
    ck_assert_int_eq(calls, 3);
    interruptions = 1;
    ck_assert_int_eq(se__socket_receive_waiting(pair.far, &byte, 1), -EINTR);
    ck_assert_int_eq(calls, 4);
}
END_TEST

START_TEST(no_bytes_are_sent_as_none_whatever_was_before)
{
    static const int before[] = {0, EINTR, EIO};
    const struct se__piece pieces[] = {{(const unsigned char *)"", 0}, {(const unsigned char *)"", 0}};
    for (int i = 0; i < 3; i++) {
        calls = 0;
        errno = before[i];
        ck_assert_int_eq(se__socket_send(pair.near, "", 0), 0);
        errno = before[i];
        ck_assert_int_eq(se__socket_send_pieces(pair.near, pieces, 2), 0);
        ck_assert_int_eq(calls, 2);
    }
}
END_TEST

/** Where the system cannot dissolve a connection, closing does it; a socket that lingered would send FIN first. */
START_TEST(a_connection_that_cannot_be_dissolved_is_reset_when_it_is_closed)
{
    is_connect_told = true;
    connect_error = EAFNOSUPPORT;
    se__socket_abort(pair.near);
    pair.near = -1;
    ck_assert_int_eq(calls, 1);
    ck_assert_int_gt(io_wait(pair.far, 0, environment_patience_ms()), 0);
    ck_assert_int_eq(se__socket_connect_result(pair.far), -ECONNRESET);
}
END_TEST

/** What ppoll(2) is asked for a time, to the nanosecond. */
static const struct {
    int64_t timeout_ns;
    time_t seconds;
    long rest_ns;
} times[] = {
    {0, 0, 0}, {1, 0, 1}, {999999999, 0, 999999999}, {1000000000, 1, 0}, {INT64_C(7500000001), 7, 500000001},
};

START_TEST(a_wait_to_the_nanosecond_is_as_long_as_it_was_told)
{
    wait_result = 0;
    ck_assert_int_eq(se__socket_wait_ns(pair.far, times[_i].timeout_ns), 0);
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(waited_for.fd, pair.far);
    ck_assert_int_eq(waited_for.events, POLLIN);
    ck_assert_int_eq(waited.tv_sec, times[_i].seconds);
    ck_assert_int_eq(waited.tv_nsec, times[_i].rest_ns);
}
END_TEST

START_TEST(a_wait_to_the_nanosecond_tells_ready_from_not_ready_and_from_interrupted)
{
    errno = EIO;
    wait_result = 0;
    ck_assert_int_eq(se__socket_wait_ns(pair.far, 1), 0);
    wait_result = 1;
    ck_assert_int_eq(se__socket_wait_ns(pair.far, 1), 1);
    interruptions = 1;
    ck_assert_int_eq(se__socket_wait_ns(pair.far, 1), -EINTR);
}
END_TEST

START_TEST(two_pieces_are_one_call)
{
    const struct se__piece pieces[] = {{(const unsigned char *)"ab", 2}, {(const unsigned char *)"cde", 3}};
    ck_assert_int_eq(se__socket_send_pieces(pair.near, pieces, 2), 5);
    ck_assert_int_eq(calls, 1);
    pair_expect_text(pair.far, "abcde");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answers that come seldom");
    TCase *tcase = fixture_add_tcase(suite, "answers");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_listener_may_be_the_first_descriptor_of_all);
    tcase_add_test(tcase, a_connecting_socket_may_be_the_first_descriptor_of_all);
    tcase_add_test(tcase, an_accepted_socket_may_be_the_first_descriptor_of_all);
    tcase_add_loop_test(tcase, an_attempt_to_connect_is_made_once_and_ends_stands_or_goes_on, 0,
                        sizeof(connects) / sizeof(connects[0]));
    tcase_add_test(tcase, an_interrupted_send_is_made_again);
    tcase_add_test(tcase, an_interrupted_receive_is_made_again_unless_it_waits);
    tcase_add_test(tcase, no_bytes_are_sent_as_none_whatever_was_before);
    tcase_add_test(tcase, a_connection_that_cannot_be_dissolved_is_reset_when_it_is_closed);
    tcase_add_loop_test(tcase, a_wait_to_the_nanosecond_is_as_long_as_it_was_told, 0, sizeof(times) / sizeof(times[0]));
    tcase_add_test(tcase, a_wait_to_the_nanosecond_tells_ready_from_not_ready_and_from_interrupted);
    tcase_add_test(tcase, two_pieces_are_one_call);
    return fixture_run(suite);
}
