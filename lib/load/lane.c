/* A message counts in the measurement when the moment that its latency counts from lies in it. */
#include "load/lane.h"

#include "system/socket.h"

#include <sockecho/error.h>

#include <errno.h>

enum { PIECES_MAX = 16 }; /* of a stream, for one send */

static bool is_measured(const struct se__lane_shop *shop, int64_t left_ns)
{
    return left_ns >= shop->timetable.measure_ns;
}

static int32_t next_slot(const struct se__plan *plan, int32_t slot)
{
    return slot + 1 < plan->depth ? slot + 1 : 0;
}

/* With a rate, each message has its own moment at which it was meant to leave. */
static int64_t departure_ns(const struct se__lane *lane, const struct se__lane_shop *shop, int64_t nth)
{
    const struct se__plan *plan = shop->plan;
    if (plan->rate == 0)
        return shop->now_ns;
    return se__plan_due_ns(plan, &shop->timetable, se__plan_number(plan, lane->number, nth));
}

static void note_departure(struct se__lane *lane, struct se__lane_shop *shop)
{
    int64_t left_ns = departure_ns(lane, shop, lane->begun);
    lane->left_ns[lane->begun_slot] = left_ns;
    lane->begun_slot = next_slot(shop->plan, lane->begun_slot);
    lane->begun++;
    if (!is_measured(shop, left_ns))
        return;
    shop->figures.stats[SE_LOAD_SENT]++;
    if (shop->plan->rate > 0)
        se__figures_late(&shop->figures, shop->now_ns > left_ns ? shop->now_ns - left_ns : 0);
}

static void note_departures(struct se__lane *lane, struct se__lane_shop *shop)
{
    uint64_t size = (uint64_t)shop->plan->size;
    for (uint64_t next_at = (uint64_t)lane->begun * size; next_at < lane->sent; next_at += size)
        note_departure(lane, shop);
}

/* The end of what may be sent now, as a position in the stream. */
static uint64_t send_limit(const struct se__lane *lane, const struct se__plan *plan)
{
    int64_t window = lane->whole + plan->depth;
    int64_t messages = lane->allowed < window ? lane->allowed : window;
    return (uint64_t)messages * (uint64_t)plan->size;
}

static int64_t send_stretch(const struct se__lane *lane, const struct se__lane_shop *shop, uint64_t limit)
{
    struct se__piece pieces[PIECES_MAX];
    int count = 0;
    for (uint64_t at = lane->sent; at < limit && count < PIECES_MAX; at += pieces[count++].length) {
        struct se__piece *piece = &pieces[count];
        piece->bytes = se__stream_at(shop->pool, (uint64_t)lane->number, at, &piece->length);
        if (piece->length > limit - at)
            piece->length = (size_t)(limit - at);
    }
    return se__socket_send_pieces(lane->fd, pieces, count);
}

int se__lane_send(struct se__lane *lane, struct se__lane_shop *shop)
{
    uint64_t limit = send_limit(lane, shop->plan);
    while (lane->sent < limit) {
        int64_t count = send_stretch(lane, shop, limit);
        if (count < 0)
            return (int)count;
        lane->sent += (uint64_t)count;
        note_departures(lane, shop);
    }
    return 0;
}

static void note_returns_of(struct se__lane_shop *shop, int64_t left_ns, int64_t count)
{
    if (!is_measured(shop, left_ns)) {
        shop->figures.stats[SE_LOAD_WARMUP] += count;
        return;
    }
    shop->figures.stats[SE_LOAD_RETURNED] += count;
    shop->figures.stats[SE_LOAD_RETURNED_BYTES] += count * shop->plan->size;
    shop->last_return_ns = shop->now_ns;
    se__histogram_record(&shop->figures.latency, shop->now_ns - left_ns, count);
}

/* Those that left together and came back together have one latency. */
static void note_returns(struct se__lane *lane, struct se__lane_shop *shop)
{
    uint64_t size = (uint64_t)shop->plan->size;
    uint64_t end_at = ((uint64_t)lane->whole + 1) * size;
    while (end_at <= lane->returned) {
        int64_t left_ns = lane->left_ns[lane->whole_slot];
        int64_t count = 0;
        for (; end_at <= lane->returned && lane->left_ns[lane->whole_slot] == left_ns; end_at += size, count++)
            lane->whole_slot = next_slot(shop->plan, lane->whole_slot);
        lane->whole += count;
        note_returns_of(shop, left_ns, count);
    }
}

/* A byte that is not out yet cannot be an echo, even where it would be right. */
static size_t right_bytes(const struct se__lane *lane, const struct se__lane_shop *shop, size_t count)
{
    uint64_t in_flight = lane->sent - lane->returned;
    size_t plausible = count < in_flight ? count : (size_t)in_flight;
    return se__stream_matching(shop->pool, (uint64_t)lane->number, lane->returned, shop->buffer, plausible);
}

int64_t se__lane_receive(struct se__lane *lane, struct se__lane_shop *shop)
{
    int64_t count = se__socket_receive(lane->fd, shop->buffer, shop->buffer_size);
    if (count <= 0)
        return count;
    shop->now_ns = se__clock_now_ns();
    size_t right = right_bytes(lane, shop, (size_t)count);
    lane->returned += right;
    note_returns(lane, shop);
    return right == (size_t)count ? count : SE_EMISMATCH;
}

enum se_load_stat se__lane_kind_of_loss(enum se__lane_state state, int error)
{
    switch (error) {
    case -ETIMEDOUT:
        return SE_LOAD_TIMED_OUT;
    case -EADDRNOTAVAIL:
        return SE_LOAD_NO_PORT;
    case -EMFILE:
    case -ENFILE:
    case -ENOBUFS:
    case -ENOMEM:
    case -ENOSPC: /* epoll(7) watches no more for this user */
        return SE_LOAD_NO_DESCRIPTOR;
    case SE_ECLOSED:
    case -EPIPE:
        return SE_LOAD_SHORT;
    case -ECONNRESET: /* also before the connect is told: somebody listens there, and turned us away */
        return SE_LOAD_RESET;
    default:
        return state == SE__LANE_CLOSED || state == SE__LANE_CONNECTING ? SE_LOAD_REFUSED : SE_LOAD_RESET;
    }
}

static void give_up(struct se__lane *lane, struct se__lane_shop *shop)
{
    if (lane->state == SE__LANE_FINISHING)
        return;
    lane->is_given_up = true;
    shop->given_up_ns = shop->now_ns;
}

void se__lane_count_loss(struct se__lane *lane, struct se__lane_shop *shop, int error)
{
    const struct se__plan *plan = shop->plan;
    give_up(lane, shop);
    if (error == SE_EMISMATCH)
        se__figures_mismatch(&shop->figures, lane->number, (int64_t)lane->returned);
    else if (error != -ECANCELED) /* the caller's own wish */
        shop->figures.stats[se__lane_kind_of_loss((enum se__lane_state)lane->state, error)]++;
    int32_t slot = lane->whole_slot;
    for (int64_t nth = lane->whole; nth < lane->begun; nth++, slot = next_slot(plan, slot))
        shop->figures.stats[SE_LOAD_LOST] += is_measured(shop, lane->left_ns[slot]);
}
