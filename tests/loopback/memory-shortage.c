/* A server that gets no memory: it cuts or refuses the one connection that needs it, counts it as such, and goes on
 * with the others. What cannot be made says so and leaves nothing behind. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "allocations.h"
#include "clock.h"
#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "figures.h"
#include "fixture.h"
#include "io.h"
#include "jam.h"
#include "pattern.h"
#include "raw.h"
#include "sources.h"
#include "statistics.h"
#include "variants.h"

enum { RECEIVE_BUFFER = 128 << 10, PEERS_MAX = 256 };

static struct se_server *server;
static uint8_t *message;

static void make_message(void)
{
    message = pattern_new(JAM_NARROW_MOST, 1);
}

static void free_message(void)
{
    free(message);
}

/** A test that failed may have left the server without memory. */
static void allow_all(void)
{
    allocations_allow(-1);
}

/** A started server with one peer inside. */
static bool serve(int variant, int *inside_fd_out)
{
    server = jam_narrow_server_new(variant);
    if (!server)
        return false;
    ck_assert_int_eq(se_server_start(server), 0);
    *inside_fd_out = raw_connect(se_server_port(server));
    crowd_send(inside_fd_out, 1);
    crowd_expect_echo(inside_fd_out, 1);
    return true;
}

/** Sends until the server needs memory for what the kernel does not take, and cuts the connection. */
static void send_until_cut(int fd)
{
    int64_t start_ns = clock_now_ns();
    ssize_t count = 0;
    for (size_t sent = 0; count >= 0 || errno == EAGAIN; sent += count > 0 ? (size_t)count : 0) {
        ck_assert_int_lt(clock_ms_since(start_ns), environment_patience_ms());
        io_wait(fd, POLLOUT, 1);
        count = send(fd, message + sent, JAM_NARROW_MOST - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    ck_assert_int_eq(errno, ECONNRESET);
}

START_TEST(a_connection_whose_bytes_cannot_be_held_is_cut_and_counted)
{
    int inside_fd = -1;
    if (!serve(_i, &inside_fd))
        return;
    int fd = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
    stat_await(server, SE_STAT_ACCEPTED, 2);
    allocations_allow(0);
    send_until_cut(fd);
    ck_assert_int_gt(allocations_refused(), 0);
    allocations_allow(-1);
    close(fd);
    stat_await(server, SE_STAT_ACTIVE, 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_MEMORY), 1);
    ck_assert_int_gt(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), 0);
    crowd_send(&inside_fd, 1);
    crowd_expect_echo(&inside_fd, 1);
    close(inside_fd);
    figures_end(server);
}
END_TEST

/** Connects one after the other until the server has no memory for one, who gets RST. Returns how many got in. */
static size_t connect_until_refused(int *fds)
{
    size_t inside = 0;
    while (inside < PEERS_MAX - 1) {
        fds[inside] = source_connect_here(se_server_port(server));
        if (!source_is_in(fds[inside]))
            break;
        inside++;
    }
    close(fds[inside]);
    return inside;
}

/** There is memory again: the next one gets in, and those inside have noticed nothing. */
static void assert_recovers(int *fds, size_t inside)
{
    allocations_allow(-1);
    fds[inside++] = raw_connect(se_server_port(server));
    crowd_send(fds, inside);
    crowd_expect_echo(fds, inside);
    crowd_close(fds, inside);
    stat_await(server, SE_STAT_ACTIVE, 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_MEMORY), 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPTED), (int64_t)inside);
}

START_TEST(a_peer_for_whom_there_is_no_place_is_refused_and_accepting_pauses)
{
    int fds[PEERS_MAX];
    if (!serve(_i, &fds[0]))
        return;
    allocations_allow(0);
    size_t inside = 1 + connect_until_refused(&fds[1]);
    ck_assert_int_gt(allocations_refused(), 0);
    figures_await_at_least(server, SE_STAT_PAUSES, 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_REFUSED), 1);
    assert_recovers(fds, inside);
    figures_end(server);
}
END_TEST

START_TEST(a_peer_whose_address_cannot_be_counted_is_refused)
{
    int fds[PEERS_MAX];
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_max_per_address(server, PEERS_MAX), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    allocations_allow(0);
    size_t inside = connect_until_refused(fds);
    ck_assert_uint_eq(inside, 0);
    ck_assert_int_gt(allocations_refused(), 0);
    stat_await(server, SE_STAT_REFUSED, 1);
    assert_recovers(fds, inside);
    figures_end(server);
}
END_TEST

static int keep(struct se_server *of, int event, const struct se_connection *connection, void *user_data)
{
    (void)of;
    (void)connection;
    *(atomic_int *)user_data += event == SE_EVENT_OPENED;
    return 0;
}

START_TEST(a_peer_whose_address_cannot_be_remembered_is_refused)
{
    int fds[PEERS_MAX];
    atomic_int opened = 0;
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_callback(server, keep, &opened), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    fds[0] = raw_connect(se_server_port(server));
    ck_assert(source_is_in(fds[0]));
    allocations_allow(0);
    ck_assert_uint_eq(connect_until_refused(&fds[1]), 0);
    figures_await_at_least(server, SE_STAT_PAUSES, 1);
    stat_await(server, SE_STAT_REFUSED, 1);
    assert_recovers(fds, 1);
    ck_assert_int_eq(atomic_load(&opened), 2);
    figures_end(server);
}
END_TEST

/** Makes a server and runs it once, with so much memory only. Returns the first failure. */
static int make_and_run(int variant)
{
    struct se_server *made = NULL;
    int result = se_server_new(NULL, SE_PORT_ANY, &made);
    if (result != 0) {
        ck_assert_ptr_null(made);
        return result;
    }
    if (!variant_apply(variant, made))
        return -EAGAIN;
    ck_assert_int_eq(se_server_set_blocking(made, 0), 0);
    result = se_server_run(made);
    se_server_free(made);
    return result;
}

START_TEST(a_server_that_cannot_be_made_says_so_and_leaves_nothing)
{
    enum { PIECES_MAX = 1000 };
    long living_before = allocations_living();
    int result = -ENOMEM;
    long pieces = 0;
    for (; pieces < PIECES_MAX && result == -ENOMEM; pieces++) {
        allocations_allow(pieces);
        result = make_and_run(_i);
        ck_assert_int_eq(allocations_living(), living_before);
    }
    allocations_allow(-1);
    ck_assert_int_eq(result, -EAGAIN);
    ck_assert_int_gt(pieces, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shortage of memory");
    TCase *tcase = fixture_add_tcase(suite, "requests that fail");
    tcase_add_unchecked_fixture(tcase, make_message, free_message);
    tcase_add_checked_fixture(tcase, NULL, allow_all);
    tcase_add_loop_test(tcase, a_connection_whose_bytes_cannot_be_held_is_cut_and_counted, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_peer_for_whom_there_is_no_place_is_refused_and_accepting_pauses, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_peer_whose_address_cannot_be_counted_is_refused, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_peer_whose_address_cannot_be_remembered_is_refused, 0, VARIANTS);
    tcase_add_loop_test(tcase, a_server_that_cannot_be_made_says_so_and_leaves_nothing, 0, VARIANTS);
    return fixture_run(suite);
}
