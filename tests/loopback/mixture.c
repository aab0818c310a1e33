/* Two hundred peers of every kind at once, against a server with short times and few places. Whatever each of them got,
 * the figures fit together at the end, nothing is left, and every byte that came back was the right one. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoints.h"
#include "environment.h"
#include "figures.h"
#include "fixture.h"
#include "io.h"
#include "jam.h"
#include "pattern.h"
#include "raw.h"
#include "statistics.h"
#include "variants.h"

enum {
    PEERS = 200,
    THREADS = 10,
    PLACES = 8, /**< fewer than threads, so that some are refused now and then */
    SHORT_MS = 100,
    LENGTH = 2 << 20,
    RECEIVE_BUFFER = 32 << 10,
    LATE_JAMMED = 3,
};

static struct se_server *server;
static uint8_t *message;
static atomic_int connects;
static atomic_int wrong_bytes;

/** What a peer does once it is connected. It is in a thread of its own, and may be refused or reset at any time: so it
 * asserts nothing, and goes away as soon as something fails. */
typedef void (*behaviour)(int fd, size_t number);

/** Receives up to so many bytes and compares them. Returns how many came. */
static size_t receive_and_compare(int fd, size_t length)
{
    static const size_t room = 64 << 10;
    uint8_t bytes[64 << 10];
    size_t received = 0;
    while (received < length) {
        size_t wanted = length - received < room ? length - received : room;
        int64_t count = io_receive_some(fd, bytes, wanted);
        if (count <= 0)
            break;
        if (memcmp(bytes, message + received, (size_t)count) != 0)
            atomic_fetch_add(&wrong_bytes, 1);
        received += (size_t)count;
    }
    return received;
}

static void await_end(int fd)
{
    uint8_t bytes[1024];
    while (io_receive_some(fd, bytes, sizeof(bytes)) > 0)
        continue;
}

static void send_what_fits(int fd)
{
    size_t sent = 0;
    while (sent < LENGTH && io_wait(fd, POLLOUT, SHORT_MS / 5) > 0) {
        ssize_t count = send(fd, message + sent, LENGTH - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count <= 0)
            return;
        sent += (size_t)count;
    }
}

static void echo_in_order(int fd, size_t number)
{
    size_t length = 1 + number * 37 % 20000;
    if (io_send(fd, message, length, 0) == 0 && shutdown(fd, SHUT_WR) == 0)
        receive_and_compare(fd, length + 1);
    close(fd);
}

static void come_and_go(int fd, size_t number)
{
    (void)number;
    close(fd);
}

static void reset_at_once(int fd, size_t number)
{
    (void)number;
    io_reset(fd);
}

static void reset_amid_the_echo(int fd, size_t number)
{
    send_what_fits(fd);
    receive_and_compare(fd, number * 100);
    io_reset(fd);
}

static void close_with_unread_bytes(int fd, size_t number)
{
    io_send(fd, message, 1 + number * 50, 0);
    receive_and_compare(fd, 1);
    close(fd);
}

static void never_read(int fd, size_t number)
{
    (void)number;
    send_what_fits(fd);
    io_wait(fd, POLLRDHUP, environment_patience_ms());
    close(fd);
}

static void stay_idle(int fd, size_t number)
{
    io_send(fd, message, 1 + number, 0);
    receive_and_compare(fd, 1 + number);
    await_end(fd);
    close(fd);
}

static void stay_after_fin(int fd, size_t number)
{
    stay_idle(dup(fd), number);
    poll(NULL, 0, SHORT_MS / 2);
    io_send(fd, message, 1, 0);
    poll(NULL, 0, SHORT_MS);
    close(fd);
}

static void send_urgent_bytes(int fd, size_t number)
{
    if (io_send(fd, message, 1 + number, MSG_OOB) == 0)
        receive_and_compare(fd, 1 + number);
    close(fd);
}

static void dribble(int fd, size_t number)
{
    for (size_t i = 0; i < 5 + number % 5; i++) {
        io_send(fd, message + i, 1, 0);
        poll(NULL, 0, SHORT_MS / 10);
    }
    receive_and_compare(fd, 5);
    close(fd);
}

static const behaviour behaviours[] = {
    echo_in_order, come_and_go, reset_at_once,  reset_amid_the_echo, close_with_unread_bytes,
    never_read,    stay_idle,   stay_after_fin, send_urgent_bytes,   dribble,
};

enum { BEHAVIOURS = sizeof(behaviours) / sizeof(behaviours[0]) };

/** With a small buffer, so that it soon has all that it takes unread. Returns -1 where there is no connection, which
 * includes one that was refused and reset before connect(2) could return. */
static int connect_some_peer(void)
{
    struct sockaddr_in address = io_loopback_address(se_server_port(server));
    const int receive_buffer_bytes = RECEIVE_BUFFER;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
    int result = connect(fd, (const struct sockaddr *)&address, sizeof(address));
    if (result == 0 || errno == ECONNRESET)
        atomic_fetch_add(&connects, 1);
    if (result == 0)
        return fd;
    close(fd);
    return -1;
}

/** Every thread begins with another behaviour, and each behaviour meets every other one. */
static void *be_some_peers(void *argument)
{
    size_t thread = *(const size_t *)argument;
    for (size_t i = 0; i < PEERS / THREADS; i++) {
        int fd = connect_some_peer();
        if (fd >= 0)
            behaviours[(thread + i * 7) % BEHAVIOURS](fd, thread * 100 + i);
    }
    return NULL;
}

static bool serve(int variant)
{
    server = jam_narrow_server_new(variant);
    if (!server)
        return false;
    ck_assert_int_eq(se_server_set_max_connections(server, PLACES), 0);
    ck_assert_int_eq(se_server_set_idle_timeout(server, SHORT_MS), 0);
    ck_assert_int_eq(se_server_set_stall_timeout(server, SHORT_MS), 0);
    ck_assert_int_eq(se_server_set_linger_timeout(server, SHORT_MS), 0);
    ck_assert_int_eq(se_server_set_drain_timeout(server, SHORT_MS / 2), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    atomic_store(&connects, 0);
    atomic_store(&wrong_bytes, 0);
    return true;
}

static void be_all_peers(void)
{
    pthread_t threads[THREADS];
    size_t numbers[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        numbers[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, be_some_peers, &numbers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

/** The stop comes while some peers miss bytes that the server holds. */
static void stop_amid_echoes(void)
{
    int fds[LATE_JAMMED];
    stat_await(server, SE_STAT_ACTIVE, 0);
    for (size_t i = 0; i < LATE_JAMMED; i++) {
        fds[i] = connect_some_peer();
        ck_assert_int_ge(fds[i], 0);
        send_what_fits(fds[i]);
    }
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    for (size_t i = 0; i < LATE_JAMMED; i++)
        close(fds[i]);
}

START_TEST(figures_fit_together_after_two_hundred_peers_of_every_kind)
{
    static const int reasons[] = {SE_STAT_ORDERLY, SE_STAT_STALLED, SE_STAT_IDLE, SE_STAT_RESET};
    if (!serve(_i))
        return;
    message = pattern_new(LENGTH, 1);
    be_all_peers();
    stop_amid_echoes();
    struct figures figures = figures_now(server);
    figures_assert_consistent(&figures);
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        ck_assert_int_gt(figures.of[reasons[i]], 0);
    ck_assert_int_ge(atomic_load(&connects), PEERS);
    ck_assert_int_eq(figures.of[SE_STAT_ACCEPTED] + figures.of[SE_STAT_REFUSED], atomic_load(&connects));
    ck_assert_int_le(figures.of[SE_STAT_ACTIVE_MAX], PLACES);
    ck_assert_int_eq(atomic_load(&wrong_bytes), 0);
    se_server_free(server);
    free(message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a mixture of peers");
    TCase *tcase = fixture_add_tcase(suite, "two hundred of every kind");
    tcase_add_loop_test(tcase, figures_fit_together_after_two_hundred_peers_of_every_kind, 0, VARIANTS);
    return fixture_run(suite);
}
