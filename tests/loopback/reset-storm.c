/* Ten thousand peers that reset in every state of their connection: waiting to be accepted, idle, amid the echo, after
 * the server's FIN, and while it drains. Not a descriptor nor a piece of memory may be left of them. */
#include <errno.h>
#include <sched.h>
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
#include "pattern.h"
#include "raw.h"
#include "statistics.h"
#include "variants.h"

enum {
    ALL = 2000, /**< in each of the five states, on a usual machine */
    BATCH = 50,
    BACKLOG = 128,
    MOST = 64 << 10,
    SEND_BUFFER = 4096,
    RECEIVE_BUFFER = 4096,
};

static struct se_server *server;
static int fds[BATCH];
static uint8_t *message;

static void make_message(void)
{
    message = pattern_new(MOST, 1);
}

static void free_message(void)
{
    free(message);
}

static int batches(void)
{
    int count = ALL / BATCH / environment_slow_factor();
    return count > 0 ? count : 1;
}

static void reset_all(void)
{
    for (int i = 0; i < BATCH; i++)
        io_reset(fds[i]);
}

/** A server that has nobody any more has nothing of them any more. */
static void assert_gone(int64_t accepted)
{
    stat_await(server, SE_STAT_ACCEPTED, accepted);
    stat_await(server, SE_STAT_ACTIVE, 0);
}

/** Makes a server, lets the peers of all batches come and go, and ends it. Memory is as it was before. */
static void weather(struct se_server *(*make)(int variant), void (*batch)(void), int variant)
{
    long living_before = allocations_living();
    server = make(variant);
    if (!server)
        return;
    for (int i = 0; i < batches(); i++) {
        batch();
        assert_gone((i + 1) * (int64_t)BATCH);
    }
    figures_end(server);
    ck_assert_int_eq(allocations_living(), living_before);
}

static struct se_server *started(int variant)
{
    struct se_server *made = variant_new(variant);
    if (made)
        ck_assert_int_eq(se_server_start(made), 0);
    return made;
}

static void reset_idle(void)
{
    crowd_connect(fds, BATCH, se_server_port(server));
    crowd_send(fds, BATCH);
    crowd_expect_echo(fds, BATCH);
    reset_all();
}

START_TEST(idle_peers)
{
    weather(started, reset_idle, _i);
}
END_TEST

/** The kernel's buffers are as small as they can be, so that a peer soon misses bytes that the server holds. */
static struct se_server *started_narrow(int variant)
{
    struct se_server *made = NULL;
    const int send_buffer_bytes = SEND_BUFFER;
    int port = 0;
    int fd = io_listen(BACKLOG, 0, &port);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof(send_buffer_bytes)), 0);
    ck_assert_int_eq(se_server_new_from_fd(fd, &made), 0);
    if (!variant_apply(variant, made))
        return NULL;
    ck_assert_int_eq(se_server_start(made), 0);
    return made;
}

/** The server has begun to take the bytes of this peer, and cannot send them all back. */
static void await_received_more_than(int64_t received)
{
    int64_t start_ns = clock_now_ns();
    while (se_server_stat(server, SE_STAT_RECEIVED_BYTES) <= received &&
           clock_ms_since(start_ns) < environment_patience_ms())
        sched_yield();
    ck_assert_int_gt(se_server_stat(server, SE_STAT_RECEIVED_BYTES), received);
}

static void reset_amid_the_echo(void)
{
    int64_t given_up = se_server_stat(server, SE_STAT_GIVEN_UP_BYTES);
    for (int i = 0; i < BATCH; i++) {
        int64_t received = se_server_stat(server, SE_STAT_RECEIVED_BYTES);
        fds[i] = raw_connect_narrow(se_server_port(server), RECEIVE_BUFFER);
        raw_send(fds[i], message, MOST);
        await_received_more_than(received);
    }
    reset_all();
    stat_await(server, SE_STAT_ACTIVE, 0);
    ck_assert_int_gt(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), given_up);
}

START_TEST(peers_amid_the_echo)
{
    weather(started_narrow, reset_amid_the_echo, _i);
}
END_TEST

static struct se_server *started_impatient(int variant)
{
    struct se_server *made = variant_new(variant);
    if (!made)
        return NULL;
    ck_assert_int_eq(se_server_set_idle_timeout(made, 1), 0);
    ck_assert_int_eq(se_server_start(made), 0);
    return made;
}

static void reset_after_fin(void)
{
    crowd_connect(fds, BATCH, se_server_port(server));
    crowd_expect_fin(fds, BATCH);
    reset_all();
}

START_TEST(peers_that_have_got_fin)
{
    weather(started_impatient, reset_after_fin, _i);
}
END_TEST

/** Half of them have sent something, so that some are received from before the reset shows. */
static void queue_and_reset(void)
{
    crowd_connect(fds, BATCH, se_server_port(server));
    crowd_send(fds, BATCH / 2);
    reset_all();
}

static void run_until_gone(int64_t accepted)
{
    int64_t start_ns = clock_now_ns();
    do
        ck_assert_int_eq(se_server_run(server), -EAGAIN);
    while ((se_server_stat(server, SE_STAT_ACCEPTED) < accepted || se_server_stat(server, SE_STAT_ACTIVE) > 0) &&
           clock_ms_since(start_ns) < environment_patience_ms());
    assert_gone(accepted);
}

START_TEST(peers_in_the_listen_queue)
{
    long living_before = allocations_living();
    server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    for (int i = 0; i < batches(); i++) {
        queue_and_reset();
        run_until_gone((i + 1) * (int64_t)BATCH);
    }
    se_server_free(server);
    ck_assert_int_eq(allocations_living(), living_before);
}
END_TEST

/** Each batch needs a server of its own, for it drains once. */
START_TEST(peers_of_a_server_that_drains)
{
    long living_before = allocations_living();
    for (int i = 0; i < batches(); i++) {
        server = started(_i);
        if (!server)
            return;
        crowd_connect(fds, BATCH, se_server_port(server));
        crowd_send(fds, BATCH / 2);
        ck_assert_int_eq(se_server_stop(server), 0);
        crowd_expect_echo(fds, BATCH / 2);
        crowd_expect_fin(fds, BATCH);
        reset_all();
        ck_assert_int_eq(se_server_join(server), 0);
        assert_gone(BATCH);
        se_server_free(server);
    }
    ck_assert_int_eq(allocations_living(), living_before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ten thousand resets");
    TCase *tcase = fixture_add_tcase(suite, "reset in every state");
    tcase_add_unchecked_fixture(tcase, make_message, free_message);
    tcase_add_loop_test(tcase, peers_in_the_listen_queue, 0, VARIANTS);
    tcase_add_loop_test(tcase, idle_peers, 0, VARIANTS);
    tcase_add_loop_test(tcase, peers_amid_the_echo, 0, VARIANTS);
    tcase_add_loop_test(tcase, peers_that_have_got_fin, 0, VARIANTS);
    tcase_add_loop_test(tcase, peers_of_a_server_that_drains, 0, VARIANTS);
    return fixture_run(suite);
}
