/* The ends of a connection: which of them are orderly, and what the other side sees. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "pair.h"
#include "pattern.h"
#include "system/socket.h"

static struct pair pair;

static void begin(void)
{
    pair = pair_open();
}

static void end(void)
{
    pair_close(&pair);
}

START_TEST(sending_after_our_fin_is_epipe_and_no_signal)
{
    ck_assert_int_eq(se__socket_finish(pair.near), 0);
    ck_assert_int_eq(se__socket_send(pair.near, "x", 1), -EPIPE);
    const struct se__piece pieces[] = {{(const unsigned char *)"x", 1}, {(const unsigned char *)"y", 1}};
    ck_assert_int_eq(se__socket_send_pieces(pair.near, pieces, 2), -EPIPE);
}
END_TEST

START_TEST(finishing_sends_fin_and_leaves_the_other_direction_open)
{
    pair_send_text(pair.near, "last words");
    ck_assert_int_eq(se__socket_finish(pair.near), 0);
    pair_expect_text(pair.far, "last words");
    ck_assert_int_eq(pair_receive_next(pair.far), 0);
    ck_assert_int_eq(pair_receive_next(pair.far), 0);
    pair_send_text(pair.far, "answer");
    pair_expect_text(pair.near, "answer");
}
END_TEST

START_TEST(finishing_what_the_peer_has_reset_is_enotconn)
{
    io_reset(pair.far);
    pair.far = -1;
    ck_assert_int_gt(io_wait(pair.near, 0, environment_patience_ms()), 0);
    ck_assert_int_eq(se__socket_finish(pair.near), -ENOTCONN);
    ck_assert_int_eq(se__socket_finish(-1), -EBADF);
}
END_TEST

START_TEST(hanging_up_sends_fin_while_somebody_holds_a_duplicate)
{
    int duplicate = dup(pair.near);
    ck_assert_int_ge(duplicate, 0);
    se__socket_hang_up(pair.near);
    pair.near = duplicate;
    ck_assert_int_eq(pair_receive_next(pair.far), 0);
}
END_TEST

START_TEST(closing_still_delivers_everything_and_then_fin)
{
    uint8_t *bytes = pattern_new(PAIR_BYTES_MAX, 2);
    uint8_t *received = bytes_new(PAIR_BYTES_MAX);
    size_t sent = pair_send_until_full(pair.near, bytes);
    se__socket_close(pair.near);
    pair.near = -1;
    ck_assert_int_eq(io_receive(pair.far, received, sent), (int64_t)sent);
    assert_same_bytes(received, bytes, sent);
    ck_assert_int_eq(pair_receive_next(pair.far), 0);
    free(bytes);
    free(received);
}
END_TEST

static void finish_near(void)
{
    ck_assert_int_eq(se__socket_finish(pair.near), 0);
    ck_assert_int_eq(pair_receive_next(pair.far), 0);
}

static void finish_far(void)
{
    ck_assert_int_eq(se__socket_finish(pair.far), 0);
    ck_assert_int_eq(pair_receive_next(pair.near), 0);
}

static void leave_unread_bytes(void)
{
    pair_send_text(pair.far, "unread");
    pair_await_pending(pair.near, 6);
}

static void leave_as_it_is(void) {}

/** The states in which a connection may have to be cut, and what RST is for a peer: once it has our FIN, EPIPE. */
static const struct {
    void (*prepare)(void);
    int error;
} states[] = {
    {leave_as_it_is, ECONNRESET},
    {finish_near, EPIPE},
    {finish_far, ECONNRESET},
    {leave_unread_bytes, ECONNRESET},
};

/** Nothing is asked of poll(2) but what it always tells: errors and the end of both directions. */
static void expect_error(int fd, int error)
{
    ck_assert_int_gt(io_wait(fd, 0, environment_patience_ms()), 0);
    ck_assert_int_eq(se__socket_connect_result(fd), -error);
}

START_TEST(aborting_resets_in_every_state)
{
    states[_i].prepare();
    se__socket_abort(pair.near);
    pair.near = -1;
    expect_error(pair.far, states[_i].error);
}
END_TEST

/** Until the pipe is closed, a child holds a duplicate of every descriptor. */
static pid_t fork_holder(int pipe_ends[2])
{
    ck_assert_int_eq(pipe(pipe_ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char byte;
        close(pipe_ends[1]);
        _exit(read(pipe_ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    return child;
}

START_TEST(aborting_resets_while_a_forked_child_holds_a_duplicate)
{
    int pipe_ends[2];
    int status = -1;
    pid_t child = fork_holder(pipe_ends);
    states[_i].prepare();
    se__socket_abort(pair.near);
    pair.near = -1;
    expect_error(pair.far, states[_i].error);
    ck_assert_int_eq(waitpid(child, &status, WNOHANG), 0);
    close(pipe_ends[1]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    close(pipe_ends[0]);
}
END_TEST

/** It has no RST: the peer has to see the end all the same. */
START_TEST(aborting_ends_a_unix_connection_while_somebody_holds_a_duplicate)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    int duplicate = dup(ends[0]);
    se__socket_abort(ends[0]);
    ck_assert_int_eq(pair_receive_next(ends[1]), 0);
    ck_assert_int_eq(se__socket_send(ends[1], "x", 1), -EPIPE);
    close(duplicate);
    close(ends[1]);
}
END_TEST

int main(void)
{
    enum { STATES = sizeof(states) / sizeof(states[0]) };
    Suite *suite = suite_create("ends of connections");
    TCase *tcase = fixture_add_tcase(suite, "ends");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, sending_after_our_fin_is_epipe_and_no_signal);
    tcase_add_test(tcase, finishing_sends_fin_and_leaves_the_other_direction_open);
    tcase_add_test(tcase, finishing_what_the_peer_has_reset_is_enotconn);
    tcase_add_test(tcase, hanging_up_sends_fin_while_somebody_holds_a_duplicate);
    tcase_add_test(tcase, closing_still_delivers_everything_and_then_fin);
    tcase_add_loop_test(tcase, aborting_resets_in_every_state, 0, STATES);
    tcase_add_loop_test(tcase, aborting_resets_while_a_forked_child_holds_a_duplicate, 0, STATES);
    tcase_add_test(tcase, aborting_ends_a_unix_connection_while_somebody_holds_a_duplicate);
    return fixture_run(suite);
}
