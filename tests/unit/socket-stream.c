/* Moving bytes over a connected socket, and waiting for them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "clock.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pair.h"
#include "pattern.h"
#include "storm.h"
#include "system/socket.h"

enum { NS_PER_MS = 1000000 };

static struct pair pair;

static void begin(void)
{
    pair = pair_open();
}

static void end(void)
{
    pair_close(&pair);
}

START_TEST(receiving_never_waits_even_on_a_blocking_socket)
{
    char byte;
    ck_assert_int_eq(se__socket_receive(pair.far, &byte, 1), -EAGAIN);
    ck_assert_int_eq(se__socket_set_blocking(pair.far, true), 0);
    ck_assert_int_eq(se__socket_receive(pair.far, &byte, 1), -EAGAIN);
    pair_send_text(pair.near, "hello");
    pair_expect_text(pair.far, "hello");
}
END_TEST

START_TEST(sending_never_waits_even_on_a_blocking_socket)
{
    uint8_t *bytes = pattern_new(PAIR_BYTES_MAX, 1);
    ck_assert_int_eq(se__socket_set_blocking(pair.near, true), 0);
    ck_assert_uint_gt(pair_send_until_full(pair.near, bytes), 0);
    free(bytes);
}
END_TEST

/** A send takes sixteen of them; the rest is for the next one. */
START_TEST(pieces_are_sent_in_order_and_no_more_than_fit_into_one_call)
{
    enum { PIECES = 17 };
    static const unsigned char letters[] = "abcdefghijklmnopq";
    struct se__piece pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++)
        pieces[i] = (struct se__piece){.bytes = letters + i, .length = 1};
    ck_assert_int_eq(se__socket_send_pieces(pair.near, pieces, PIECES), PIECES - 1);
    pair_expect_text(pair.far, "abcdefghijklmnop");
    ck_assert_int_eq(se__socket_send_pieces(pair.near, pieces + PIECES - 1, 1), 1);
    pair_expect_text(pair.far, "q");
}
END_TEST

START_TEST(an_urgent_byte_is_part_of_the_stream)
{
    const int fds[][2] = {{pair.near, pair.far}, {pair.far, pair.near}};
    for (int i = 0; i < 2; i++) {
        pair_send_text(fds[i][0], "be");
        ck_assert_int_eq(send(fds[i][0], "f", 1, MSG_OOB), 1);
        pair_send_text(fds[i][0], "ore");
        char text[8] = "";
        ck_assert_int_eq(io_receive(fds[i][1], (uint8_t *)text, 6), 6);
        ck_assert_str_eq(text, "before");
        ck_assert_int_eq(se__socket_receive(fds[i][1], text, 1), -EAGAIN);
    }
}
END_TEST

START_TEST(pending_counts_bytes_and_not_fin)
{
    char byte;
    ck_assert_int_eq(se__socket_pending(pair.far), 0);
    pair_send_text(pair.near, "hello");
    pair_await_pending(pair.far, 5);
    ck_assert_int_eq(se__socket_pending(pair.far), 5);
    ck_assert_int_eq(se__socket_receive(pair.far, &byte, 1), 1);
    ck_assert_int_eq(se__socket_pending(pair.far), 4);
    ck_assert_int_eq(se__socket_finish(pair.near), 0);
    ck_assert_int_eq(io_wait(pair.far, POLLRDHUP, environment_patience_ms()), POLLRDHUP);
    ck_assert_int_eq(se__socket_pending(pair.far), 4);
    pair_expect_text(pair.far, "ello");
    ck_assert_int_eq(se__socket_pending(pair.far), 0);
    ck_assert_int_eq(se__socket_pending(-1), -EBADF);
}
END_TEST

START_TEST(a_waiting_receive_gives_up_after_its_timeout)
{
    enum { TIMEOUT_MS = 50 };
    char byte;
    ck_assert_int_eq(se__socket_set_blocking(pair.far, true), 0);
    ck_assert_int_eq(se__socket_set_receive_timeout(pair.far, TIMEOUT_MS), 0);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se__socket_receive_waiting(pair.far, &byte, 1), -EAGAIN);
    ck_assert_int_ge(clock_now_ns() - start_ns, (TIMEOUT_MS - 1) * NS_PER_MS);
    pair_send_text(pair.near, "a");
    ck_assert_int_eq(se__socket_receive_waiting(pair.far, &byte, 1), 1);
}
END_TEST

START_TEST(a_receive_timeout_is_the_kernels_and_can_be_taken_away)
{
    struct timeval timeout;
    socklen_t size = sizeof(timeout);
    ck_assert_int_eq(se__socket_set_receive_timeout(pair.far, 1000000000), 0);
    ck_assert_int_eq(getsockopt(pair.far, SOL_SOCKET, SO_RCVTIMEO, &timeout, &size), 0);
    ck_assert_int_eq(timeout.tv_sec, 1000000);
    ck_assert_int_eq(se__socket_set_receive_timeout(pair.far, 2500), 0);
    ck_assert_int_eq(getsockopt(pair.far, SOL_SOCKET, SO_RCVTIMEO, &timeout, &size), 0);
    ck_assert_int_eq(timeout.tv_sec, 2);
    ck_assert_int_eq(timeout.tv_usec, 500000);
    ck_assert_int_eq(se__socket_set_receive_timeout(pair.far, 0), 0);
    ck_assert_int_eq(getsockopt(pair.far, SOL_SOCKET, SO_RCVTIMEO, &timeout, &size), 0);
    ck_assert_int_eq(timeout.tv_sec, 0);
    ck_assert_int_eq(timeout.tv_usec, 0);
}
END_TEST

START_TEST(blocking_is_switched_and_no_other_flag)
{
    ck_assert_int_eq(fcntl(pair.far, F_SETFL, O_NONBLOCK | O_APPEND), 0);
    int flags = fcntl(pair.far, F_GETFL);
    ck_assert_int_eq(flags & (O_NONBLOCK | O_APPEND), O_NONBLOCK | O_APPEND);
    ck_assert_int_eq(se__socket_set_blocking(pair.far, true), 0);
    ck_assert_int_eq(fcntl(pair.far, F_GETFL), flags & ~O_NONBLOCK);
    ck_assert_int_eq(se__socket_set_blocking(pair.far, false), 0);
    ck_assert_int_eq(fcntl(pair.far, F_GETFL), flags);
    ck_assert_int_eq(se__socket_set_blocking(-1, true), -EBADF);
}
END_TEST

START_TEST(a_wait_tells_ready_from_not_ready_and_from_interrupted)
{
    ck_assert_int_eq(se__socket_wait(pair.far, POLLIN, 0), 0);
    ck_assert_int_eq(se__socket_wait(pair.far, POLLIN | POLLOUT, 0), 1);
    pair_send_text(pair.near, "a");
    ck_assert_int_eq(se__socket_wait(pair.far, POLLIN, -1), 1);
    storm_begin(SA_RESTART);
    ck_assert_int_eq(se__socket_wait(-1, 0, -1), -EINTR);
    ck_assert_int_gt(storm_end(), 0);
}
END_TEST

START_TEST(a_wait_for_nothing_is_a_pause)
{
    enum { PAUSE_MS = 20 };
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se__socket_wait(-1, 0, PAUSE_MS), 0);
    ck_assert_int_ge(clock_now_ns() - start_ns, (PAUSE_MS - 1) * NS_PER_MS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bytes on connected sockets");
    TCase *tcase = fixture_add_tcase(suite, "bytes");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, receiving_never_waits_even_on_a_blocking_socket);
    tcase_add_test(tcase, sending_never_waits_even_on_a_blocking_socket);
    tcase_add_test(tcase, pieces_are_sent_in_order_and_no_more_than_fit_into_one_call);
    tcase_add_test(tcase, an_urgent_byte_is_part_of_the_stream);
    tcase_add_test(tcase, pending_counts_bytes_and_not_fin);
    tcase_add_test(tcase, a_waiting_receive_gives_up_after_its_timeout);
    tcase_add_test(tcase, a_receive_timeout_is_the_kernels_and_can_be_taken_away);
    tcase_add_test(tcase, blocking_is_switched_and_no_other_flag);
    tcase_add_test(tcase, a_wait_tells_ready_from_not_ready_and_from_interrupted);
    tcase_add_test(tcase, a_wait_for_nothing_is_a_pause);
    return fixture_run(suite);
}
