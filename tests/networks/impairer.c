/* Each packet gets a time at which it is due, and waits in a list until then. Time and chance are the only things that
 * decide about it. */
#include "impairer.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "dice.h"
#include "packet.h"

enum { PACKET_SIZE_MAX = 2048, WAITING_MAX = 16384, LATE_MS = 3, BATCH = 64 };

static const int64_t ns_per_ms = 1000000;

struct waiting {
    struct waiting *next;
    int64_t due_ns;
    int to_fd;
    size_t size;
    uint8_t bytes[PACKET_SIZE_MAX];
};

struct impairer {
    pthread_t thread;
    int tun_fds[2];
    int end_fd;
    struct impairment impairment;
    struct dice dice;
    atomic_bool is_down;
    _Atomic int64_t counts[IMPAIRER_COUNTS];
    struct waiting *first; /* in the order in which they are due */
    int waiting;
};

static void count(struct impairer *impairer, enum impairer_count what)
{
    atomic_fetch_add(&impairer->counts[what], 1);
}

static bool happens(struct impairer *impairer, int per_thousand)
{
    return (int)dice_roll(&impairer->dice, 1000) < per_thousand;
}

static void insert(struct impairer *impairer, struct waiting *packet)
{
    struct waiting **link = &impairer->first;
    while (*link && (*link)->due_ns <= packet->due_ns)
        link = &(*link)->next;
    packet->next = *link;
    *link = packet;
    impairer->waiting++;
}

/** A queue that is full drops, as a router's does. */
static void keep(struct impairer *impairer, int to_fd, const uint8_t *bytes, size_t size, int64_t due_ns)
{
    struct waiting *packet = impairer->waiting < WAITING_MAX ? malloc(sizeof(*packet)) : NULL;
    if (!packet) {
        count(impairer, IMPAIRER_LOST);
        return;
    }
    packet->due_ns = due_ns;
    packet->to_fd = to_fd;
    packet->size = size;
    memcpy(packet->bytes, bytes, size);
    insert(impairer, packet);
}

static void corrupt(struct impairer *impairer, uint8_t *bytes, size_t size)
{
    struct packet_layout layout;
    if (!packet_parse(bytes, size, &layout) || layout.payload == layout.end)
        return;
    size_t at = layout.payload + (size_t)dice_roll(&impairer->dice, layout.end - layout.payload);
    bytes[at] ^= (uint8_t)(1u << dice_roll(&impairer->dice, 8));
    if (impairer->impairment.repairs_checksum)
        packet_repair_checksum(bytes, &layout);
    count(impairer, IMPAIRER_CORRUPTED);
}

static void impair(struct impairer *impairer, int to_fd, uint8_t *bytes, size_t size)
{
    const struct impairment *impairment = &impairer->impairment;
    int64_t due_ns = clock_now_ns() + impairment->delay_ms * ns_per_ms;
    if (atomic_load(&impairer->is_down)) {
        count(impairer, IMPAIRER_CUT_OFF);
        return;
    }
    if (happens(impairer, impairment->lost)) {
        count(impairer, IMPAIRER_LOST);
        return;
    }
    if (happens(impairer, impairment->corrupted))
        corrupt(impairer, bytes, size);
    if (happens(impairer, impairment->duplicated)) {
        count(impairer, IMPAIRER_DUPLICATED);
        keep(impairer, to_fd, bytes, size, due_ns);
    }
    if (happens(impairer, impairment->reordered)) {
        count(impairer, IMPAIRER_REORDERED);
        due_ns += LATE_MS * ns_per_ms;
    }
    keep(impairer, to_fd, bytes, size, due_ns);
}

static void take(struct impairer *impairer, int from)
{
    uint8_t bytes[PACKET_SIZE_MAX];
    for (int i = 0; i < BATCH; i++) {
        ssize_t size = read(impairer->tun_fds[from], bytes, sizeof(bytes));
        if (size <= 0)
            return;
        impair(impairer, impairer->tun_fds[1 - from], bytes, (size_t)size);
    }
}

/** What the device does not take is lost. */
static void give(struct impairer *impairer)
{
    int64_t now_ns = clock_now_ns();
    while (impairer->first && impairer->first->due_ns <= now_ns) {
        struct waiting *packet = impairer->first;
        impairer->first = packet->next;
        impairer->waiting--;
        bool is_written = write(packet->to_fd, packet->bytes, packet->size) == (ssize_t)packet->size;
        count(impairer, is_written ? IMPAIRER_CARRIED : IMPAIRER_LOST);
        free(packet);
    }
}

static struct timespec time_left(const struct impairer *impairer)
{
    int64_t left_ns = impairer->first ? impairer->first->due_ns - clock_now_ns() : 1000 * ns_per_ms;
    left_ns = left_ns > 0 ? left_ns : 0;
    return (struct timespec){.tv_sec = (time_t)(left_ns / (1000 * ns_per_ms)),
                             .tv_nsec = (long)(left_ns % (1000 * ns_per_ms))};
}

static void *carry(void *argument)
{
    struct impairer *impairer = argument;
    struct pollfd watched[3] = {{.fd = impairer->end_fd, .events = POLLIN},
                                {.fd = impairer->tun_fds[0], .events = POLLIN},
                                {.fd = impairer->tun_fds[1], .events = POLLIN}};
    while (!watched[0].revents) {
        struct timespec left = time_left(impairer);
        ppoll(watched, 3, &left, NULL);
        take(impairer, 0);
        take(impairer, 1);
        give(impairer);
    }
    return NULL;
}

struct impairer *impairer_start(const int tun_fds[2], const struct impairment *impairment, uint64_t seed)
{
    struct impairer *impairer = calloc(1, sizeof(*impairer));
    ck_assert_ptr_nonnull(impairer);
    impairer->tun_fds[0] = tun_fds[0];
    impairer->tun_fds[1] = tun_fds[1];
    impairer->impairment = *impairment;
    impairer->dice = dice_new(seed);
    impairer->end_fd = eventfd(0, EFD_CLOEXEC);
    ck_assert_int_ge(impairer->end_fd, 0);
    ck_assert_int_eq(pthread_create(&impairer->thread, NULL, carry, impairer), 0);
    return impairer;
}

void impairer_set_down(struct impairer *impairer, bool down)
{
    atomic_store(&impairer->is_down, down);
}

int64_t impairer_count(const struct impairer *impairer, enum impairer_count what)
{
    return atomic_load(&impairer->counts[what]);
}

void impairer_end(struct impairer *impairer)
{
    ck_assert_int_eq(eventfd_write(impairer->end_fd, 1), 0);
    ck_assert_int_eq(pthread_join(impairer->thread, NULL), 0);
    close(impairer->end_fd);
    while (impairer->first) {
        struct waiting *packet = impairer->first;
        impairer->first = packet->next;
        free(packet);
    }
    free(impairer);
}
