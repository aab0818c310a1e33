/* No thread asserts: it counts what went wrong, and says it. Only what a client does to itself (its own RST) may end a
 * connection early; no fault that the soak makes is an excuse for the server to lose a byte. */
#include "clients.h"

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dice.h"
#include "environment.h"
#include "io.h"
#include "pattern.h"

enum {
    KIB = 1 << 10,
    MIB = 1 << 20,
    MESSAGE_MAX = 4 * MIB,
    SLOW_MAX = 16 * MIB, /**< more than the kernel keeps for a peer, so that the server has to */
    OFFSETS = MIB,
    THREADS_MAX = 32,
    EVERYTHING = INT32_MAX,
};

/** A kind of client: how it sends, reads and ends. */
struct kind {
    const char *name;
    int threads;
    size_t length_max;  /**< of a message, which is all that one connection carries */
    size_t send_max;    /**< bytes a call */
    size_t receive_max; /**< bytes a call */
    int receive_buffer; /**< SO_RCVBUF; 0 leaves the system's */
    int pause_ms;       /**< after each receive */
    bool finishes_late; /**< half-closes when all is back, not when all is sent */
    bool resets;        /**< somewhere on the way */
};

static const struct kind kinds[] = {
    {.name = "fast",
     .threads = 3,
     .length_max = MESSAGE_MAX,
     .send_max = MIB,
     .receive_max = MIB,
     .finishes_late = true},
    {.name = "slow",
     .threads = 4,
     .length_max = SLOW_MAX,
     .send_max = MIB,
     .receive_max = 16 * KIB,
     .receive_buffer = 16 * KIB,
     .pause_ms = 1},
    {.name = "resetting", .threads = 2, .length_max = MIB, .send_max = MIB, .receive_max = 64 * KIB, .resets = true},
    {.name = "half-closing", .threads = 3, .length_max = MESSAGE_MAX, .send_max = MIB, .receive_max = 256 * KIB},
    {.name = "dribbling",
     .threads = 4,
     .length_max = 200,
     .send_max = 1,
     .receive_max = 3,
     .pause_ms = 1,
     .finishes_late = true},
};

struct thread {
    pthread_t id;
    struct clients *clients;
    const struct kind *kind;
    struct dice dice;
    struct clients_figures figures;
};

struct clients {
    int port;
    uint8_t *bytes; /**< that every message is a part of */
    atomic_uint visits;
    atomic_bool is_over;
    int count;
    struct thread threads[THREADS_MAX];
};

/** One connection. */
struct visit {
    struct thread *thread;
    int fd;
    const uint8_t *message; /**< another one than those before it, so that the echo of another visit is a wrong one */
    size_t length;
    size_t reset_at; /**< received bytes after which the client resets */
    size_t sent;
    size_t received;
    bool has_finished;
};

enum progress { GOES_ON, HAS_ENDED, HAS_FAILED };

static enum progress failure(const struct visit *visit, const char *what, int error)
{
    fprintf(stderr, "%s client: %s (%s) after %zu bytes out and %zu back of %zu\n", visit->thread->kind->name, what,
            strerror(error), visit->sent, visit->received, visit->length);
    return HAS_FAILED;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum progress send_some(struct visit *visit)
{
    size_t size = smaller(visit->length - visit->sent, visit->thread->kind->send_max);
    ssize_t count = send(visit->fd, visit->message + visit->sent, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN)
        return failure(visit, "cannot send", errno);
    visit->sent += count > 0 ? (size_t)count : 0;
    return GOES_ON;
}

static enum progress receive_some(struct visit *visit, uint8_t *buffer)
{
    ssize_t count = recv(visit->fd, buffer, visit->thread->kind->receive_max, MSG_DONTWAIT);
    if (count < 0)
        return errno == EAGAIN ? GOES_ON : failure(visit, "cannot receive", errno);
    if (count == 0)
        return visit->received == visit->length ? HAS_ENDED : failure(visit, "FIN before all was back", 0);
    if (visit->received + (size_t)count > visit->sent)
        return failure(visit, "more came than went", 0);
    if (memcmp(buffer, visit->message + visit->received, (size_t)count) != 0)
        return failure(visit, "a wrong byte", 0);
    visit->received += (size_t)count;
    if (visit->thread->kind->pause_ms > 0)
        poll(NULL, 0, visit->thread->kind->pause_ms);
    return GOES_ON;
}

static bool is_time_to_finish(const struct visit *visit)
{
    size_t so_far = visit->thread->kind->finishes_late ? visit->received : visit->sent;
    return !visit->has_finished && so_far == visit->length;
}

/** One turn of sending and receiving, whichever is possible. */
static enum progress take_turn(struct visit *visit, uint8_t *buffer)
{
    if (is_time_to_finish(visit)) {
        shutdown(visit->fd, SHUT_WR);
        visit->has_finished = true;
    }
    short wanted = visit->sent < visit->length ? POLLIN | POLLOUT : POLLIN;
    int ready = io_wait(visit->fd, wanted, environment_patience_ms());
    if (ready <= 0)
        return failure(visit, "nothing happens", ETIMEDOUT);
    enum progress progress = ready & ~POLLOUT ? receive_some(visit, buffer) : GOES_ON;
    if (progress == GOES_ON && ready & wanted & POLLOUT)
        progress = send_some(visit);
    return progress;
}

static void carry_out(struct visit *visit, uint8_t *buffer)
{
    enum progress progress = GOES_ON;
    while (progress == GOES_ON && visit->received < visit->reset_at)
        progress = take_turn(visit, buffer);
    visit->thread->figures.failures += progress == HAS_FAILED;
    if (progress != GOES_ON) {
        close(visit->fd);
        return;
    }
    visit->thread->figures.resets++;
    io_reset(visit->fd);
}

static int connect_to(const struct thread *thread)
{
    struct sockaddr_in address = io_loopback_address(thread->clients->port);
    const int buffer = thread->kind->receive_buffer;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (buffer > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    fprintf(stderr, "%s client: cannot connect: %s\n", thread->kind->name, strerror(errno));
    close(fd);
    return -1;
}

static void make_visit(struct thread *thread, uint8_t *buffer)
{
    size_t offset = atomic_fetch_add(&thread->clients->visits, 1) % OFFSETS;
    struct visit visit = {
        .thread = thread, .fd = connect_to(thread), .message = thread->clients->bytes + offset, .reset_at = EVERYTHING};
    visit.length = 1 + (size_t)dice_roll(&thread->dice, thread->kind->length_max);
    if (thread->kind->resets)
        visit.reset_at = (size_t)dice_roll(&thread->dice, visit.length);
    thread->figures.connections += visit.fd >= 0;
    thread->figures.failures += visit.fd < 0;
    if (visit.fd >= 0)
        carry_out(&visit, buffer);
}

static void *live(void *argument)
{
    struct thread *thread = argument;
    uint8_t *buffer = bytes_new(thread->kind->receive_max);
    while (!atomic_load(&thread->clients->is_over) && thread->figures.failures == 0)
        make_visit(thread, buffer);
    free(buffer);
    return NULL;
}

static void add_thread(struct clients *clients, const struct kind *kind, uint64_t seed)
{
    ck_assert_int_lt(clients->count, THREADS_MAX);
    struct thread *thread = &clients->threads[clients->count];
    *thread = (struct thread){.clients = clients, .kind = kind, .dice = {.state = seed + (uint64_t)clients->count}};
    ck_assert_int_eq(pthread_create(&thread->id, NULL, live, thread), 0);
    clients->count++;
}

struct clients *clients_start(int port, uint64_t seed)
{
    struct clients *clients = calloc(1, sizeof(*clients));
    ck_assert_ptr_nonnull(clients);
    clients->port = port;
    clients->bytes = pattern_new(OFFSETS + SLOW_MAX, seed);
    fprintf(stderr, "clients: seed %" PRIu64 "\n", seed);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (int j = 0; j < kinds[i].threads; j++)
            add_thread(clients, &kinds[i], seed);
    return clients;
}

void clients_end(struct clients *clients, struct clients_figures *figures)
{
    atomic_store(&clients->is_over, true);
    for (int i = 0; i < clients->count; i++) {
        const struct clients_figures *own = &clients->threads[i].figures;
        ck_assert_int_eq(pthread_join(clients->threads[i].id, NULL), 0);
        figures->connections += own->connections;
        figures->resets += own->resets;
        figures->failures += own->failures;
    }
    free(clients->bytes);
    free(clients);
}
