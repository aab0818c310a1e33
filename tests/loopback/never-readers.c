/* Fifty peers that send all they can and never read: each costs the server a bounded piece of memory and loses its
 * connection when the stall timeout is over, and those who do read hardly notice. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "memory.h"
#include "pattern.h"
#include "raw.h"
#include "server-process.h"
#include "variants.h"

enum {
    READERS = 50,
    PINGER = READERS, /**< its place among those that are polled */
    STALL_MS = 1500,
    MARGIN_MS = 1500,
    PING_MOST_MS = 5000,
    BYTES_EACH = 300 << 10,
    CHUNK = 64 << 10,
};

struct never_reader {
    int fd;
    size_t sent;
    int64_t last_sent_ns;
    bool is_reset;
};

static struct never_reader readers[READERS];
static struct pollfd watched[READERS + 1];
static uint8_t chunk[CHUNK];
static size_t running; /**< readers that are not reset yet */

static int64_t ping_start_ns;
static int64_t slowest_ping_ns;
static size_t pings;

static void set_up(struct se_server *server)
{
    se_server_set_stall_timeout(server, STALL_MS);
}

static void ping(int fd)
{
    ping_start_ns = clock_now_ns();
    crowd_send(&fd, 1);
}

static void connect_all(int port)
{
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct never_reader){.fd = raw_connect(port), .last_sent_ns = clock_now_ns()};
        watched[i] = (struct pollfd){.fd = readers[i].fd, .events = POLLOUT};
    }
    watched[PINGER] = (struct pollfd){.fd = raw_connect(port), .events = POLLIN};
    running = READERS;
    pings = 0;
    slowest_ping_ns = 0;
    ping(watched[PINGER].fd);
}

static void send_some(struct never_reader *reader)
{
    ssize_t count = send(reader->fd, chunk, sizeof(chunk), MSG_NOSIGNAL | MSG_DONTWAIT);
    reader->is_reset = count < 0 && errno == ECONNRESET;
    if (count <= 0)
        return;
    reader->sent += (size_t)count;
    reader->last_sent_ns = clock_now_ns();
}

/** The reset comes in time after the last byte that it could send. The kernel tells of it once: the call that sends may
 * have heard it. */
static void end(int number)
{
    struct never_reader *reader = &readers[number];
    assert_took_less_than(reader->last_sent_ns, STALL_MS + MARGIN_MS);
    ck_assert_uint_gt(reader->sent, 0);
    if (!reader->is_reset)
        ck_assert_uint_lt(raw_expect_reset(reader->fd), reader->sent);
    close(reader->fd);
    watched[number].fd = -1;
    running--;
}

static void finish_ping(int fd)
{
    crowd_expect_echo(&fd, 1);
    int64_t took_ns = clock_now_ns() - ping_start_ns;
    slowest_ping_ns = took_ns > slowest_ping_ns ? took_ns : slowest_ping_ns;
    pings++;
    poll(NULL, 0, 1);
    ping(fd);
}

static void turn(void)
{
    int ready = poll(watched, READERS + 1, environment_patience_ms());
    ck_assert_int_gt(ready, 0);
    for (int i = 0; i < READERS; i++) {
        if (watched[i].fd >= 0 && (watched[i].revents & POLLOUT) && !(watched[i].revents & (POLLERR | POLLHUP)))
            send_some(&readers[i]);
        if (watched[i].fd >= 0 && (readers[i].is_reset || watched[i].revents & (POLLERR | POLLHUP)))
            end(i);
    }
    if (watched[PINGER].revents)
        finish_ping(watched[PINGER].fd);
}

/** An echo as large as they come: what the server needs for anybody is in use then. */
static void warm_up(int port)
{
    uint8_t *message = pattern_new(1 << 20, 1);
    raw_exchange(raw_connect(port), message, 1 << 20, 1 << 20);
    free(message);
}

START_TEST(fifty_that_never_read_cost_little_and_lose_their_connection)
{
    const struct server_process_plan plan = {.variant = _i, .set_up = set_up};
    struct server_process *process = server_process_start(&plan);
    if (!process)
        return;
    warm_up(server_process_port(process));
    int64_t before_bytes = server_process_resident_bytes(process);
    int64_t most_bytes = before_bytes;
    connect_all(server_process_port(process));
    while (running > 0) {
        turn();
        int64_t now_bytes = server_process_resident_bytes(process);
        most_bytes = now_bytes > most_bytes ? now_bytes : most_bytes;
    }
    if (memory_is_plain())
        ck_assert_int_lt(most_bytes - before_bytes, (int64_t)READERS * BYTES_EACH);
    ck_assert_int_lt(slowest_ping_ns / 1000000, PING_MOST_MS * environment_slow_factor());
    ck_assert_uint_gt(pings, READERS);
    server_process_await(process, SE_STAT_STALLED, READERS);
    close(watched[PINGER].fd);
    server_process_stop(process);
    server_process_end(process);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("peers that never read");
    TCase *tcase = fixture_add_tcase(suite, "fifty of them");
    tcase_add_loop_test(tcase, fifty_that_never_read_cost_little_and_lose_their_connection, 0, VARIANTS);
    return fixture_run(suite);
}
