/* A lane that is owed something, a connection, an echo or a FIN, stands in the list of those who wait. */
#include "load/traffic.h"

#include "system/socket.h"

#include <sockecho/error.h>

#include <errno.h>
#include <stdlib.h>

enum {
    BUFFER_SIZE = 256 * 1024,
    CONNECTING_MAX = 128 /* stays below every listener's usual backlog */
};

int se__traffic_begin(struct se__traffic *traffic, const struct se__plan *plan, const struct se__stream_pool *pool,
                      int thread)
{
    traffic->count = se__plan_share(plan, thread);
    traffic->lanes = calloc((size_t)traffic->count, sizeof *traffic->lanes);
    traffic->left_ns = calloc((size_t)traffic->count * (size_t)plan->depth, sizeof *traffic->left_ns);
    traffic->shop.plan = plan;
    traffic->shop.pool = pool;
    traffic->shop.buffer_size = BUFFER_SIZE;
    traffic->shop.buffer = malloc(BUFFER_SIZE);
    if ((traffic->count > 0 && (!traffic->lanes || !traffic->left_ns)) || !traffic->shop.buffer)
        return -ENOMEM;
    for (int i = 0; i < traffic->count; i++) {
        traffic->lanes[i].fd = -1;
        traffic->lanes[i].number = se__plan_connection(plan, thread, i);
        traffic->lanes[i].left_ns = traffic->left_ns + (size_t)i * (size_t)plan->depth;
    }
    se__figures_begin(&traffic->shop.figures);
    se__deadline_list_begin(&traffic->waiting, plan->timeout_ms < 0 ? SE__NEVER : plan->timeout_ms);
    return 0;
}

int64_t se__traffic_memory(const struct se__traffic *traffic)
{
    size_t ring = (size_t)traffic->shop.plan->depth * sizeof *traffic->left_ns;
    return (int64_t)((size_t)traffic->count * (sizeof *traffic->lanes + ring));
}

static int64_t now_ms(const struct se__traffic *traffic)
{
    return traffic->shop.now_ns / 1000000;
}

static int watch(struct se__traffic *traffic, struct se__lane *lane, int interest)
{
    if (lane->interest == interest)
        return 0;
    uint64_t tag = (uint64_t)(lane - traffic->lanes);
    int error = lane->interest ? se__poller_modify(traffic->poller, lane->fd, interest, tag)
                               : se__poller_add(traffic->poller, lane->fd, interest, tag);
    if (!error)
        lane->interest = (uint8_t)interest;
    return error;
}

static void close_lane(struct se__traffic *traffic, struct se__lane *lane)
{
    if (lane->interest)
        se__poller_remove(traffic->poller, lane->fd);
    lane->interest = 0;
    se__deadline_remove(&lane->deadline);
    se__socket_hang_up(lane->fd);
    lane->fd = -1;
    traffic->connecting -= lane->state == SE__LANE_CONNECTING;
    lane->state = SE__LANE_CLOSED;
    traffic->alive--;
}

static void lose(struct se__traffic *traffic, struct se__lane *lane, int error)
{
    se__lane_count_loss(lane, &traffic->shop, error);
    close_lane(traffic, lane);
}

/* ---- open ---- */

static void open_lane(struct se__traffic *traffic, struct se__lane *lane, int fd, int state)
{
    lane->fd = fd;
    lane->state = (uint8_t)state;
    traffic->alive++;
    traffic->connecting += state == SE__LANE_CONNECTING;
    traffic->shop.figures.stats[SE_LOAD_CONNECTED] += state == SE__LANE_OPEN;
    se__deadline_touch(&lane->deadline, &traffic->waiting, now_ms(traffic));
    int error = watch(traffic, lane, state == SE__LANE_OPEN ? SE__READ : SE__WRITE);
    if (error)
        lose(traffic, lane, error);
}

void se__traffic_adopt(struct se__traffic *traffic, int fd)
{
    traffic->shop.now_ns = se__clock_now_ns();
    open_lane(traffic, &traffic->lanes[traffic->to_open++], fd, SE__LANE_OPEN);
}

static void connect_lane(struct se__traffic *traffic, struct se__lane *lane)
{
    int fd;
    int result = se__socket_connect(traffic->address, &fd);
    if (result == 0 || result == -EINPROGRESS)
        open_lane(traffic, lane, fd, SE__LANE_CONNECTING);
    else
        se__lane_count_loss(lane, &traffic->shop, result == -EAGAIN ? -EADDRNOTAVAIL : result);
}

void se__traffic_open(struct se__traffic *traffic)
{
    traffic->shop.now_ns = se__clock_now_ns();
    while (traffic->to_open < traffic->count && traffic->connecting < CONNECTING_MAX)
        connect_lane(traffic, &traffic->lanes[traffic->to_open++]);
}

bool se__traffic_is_opening(const struct se__traffic *traffic)
{
    return traffic->connecting > 0;
}

/* ---- serve ---- */

static bool is_done(const struct se__traffic *traffic, const struct se__lane *lane)
{
    return traffic->is_ending && lane->returned == lane->sent && lane->begun >= lane->allowed;
}

static void half_close(struct se__traffic *traffic, struct se__lane *lane)
{
    lane->state = SE__LANE_FINISHING;
    se__deadline_touch(&lane->deadline, &traffic->waiting, now_ms(traffic));
    int error = se__socket_finish(lane->fd);
    if (error && error != -ENOTCONN)
        lose(traffic, lane, error);
}

static void end_connect(struct se__traffic *traffic, struct se__lane *lane)
{
    int error = se__socket_connect_result(lane->fd);
    if (!error && se__socket_is_connected_to_itself(lane->fd))
        error = -ECONNREFUSED;
    if (!error)
        error = watch(traffic, lane, SE__READ);
    if (error) {
        lose(traffic, lane, error);
        return;
    }
    traffic->connecting--;
    lane->state = SE__LANE_OPEN;
    traffic->shop.figures.stats[SE_LOAD_CONNECTED]++;
}

static void send_on(struct se__traffic *traffic, struct se__lane *lane)
{
    if (lane->sent == lane->returned)
        se__deadline_touch(&lane->deadline, &traffic->waiting, now_ms(traffic));
    int result = lane->send_error ? 0 : se__lane_send(lane, &traffic->shop);
    bool is_blocked = result == -EAGAIN || result == -ENOBUFS || result == -ENOMEM;
    if (result && !is_blocked)
        lane->send_error = result; /* what is there to receive comes first */
    int error = watch(traffic, lane, is_blocked ? SE__READ | SE__WRITE : SE__READ);
    if (error)
        lose(traffic, lane, error);
    else if (is_done(traffic, lane))
        half_close(traffic, lane);
}

static void end_of_stream(struct se__traffic *traffic, struct se__lane *lane)
{
    if (lane->send_error)
        lose(traffic, lane, lane->send_error);
    else if (lane->state == SE__LANE_FINISHING)
        close_lane(traffic, lane);
    else
        lose(traffic, lane, SE_ECLOSED);
}

static void receive_on(struct se__traffic *traffic, struct se__lane *lane)
{
    int64_t count = se__lane_receive(lane, &traffic->shop);
    if (count > 0)
        se__deadline_touch(&lane->deadline, &traffic->waiting, now_ms(traffic));
    else if (count == 0)
        end_of_stream(traffic, lane);
    else if (count != -EAGAIN)
        lose(traffic, lane, (int)count);
}

void se__traffic_serve(struct se__traffic *traffic, uint64_t tag)
{
    struct se__lane *lane = &traffic->lanes[tag];
    if (lane->state == SE__LANE_CONNECTING) {
        end_connect(traffic, lane);
        return;
    }
    receive_on(traffic, lane);
    if (lane->state == SE__LANE_OPEN)
        send_on(traffic, lane);
}

void se__traffic_owe(struct se__traffic *traffic, int index, int64_t messages)
{
    if (traffic->lanes[index].allowed < messages)
        traffic->lanes[index].allowed = messages;
}

void se__traffic_allow(struct se__traffic *traffic, int index, int64_t messages)
{
    struct se__lane *lane = &traffic->lanes[index];
    lane->allowed += messages;
    if (lane->state == SE__LANE_OPEN)
        send_on(traffic, lane);
}

/* ---- end ---- */

/* At a rate, whatever was allowed was due. */
static void take_back(struct se__traffic *traffic, struct se__lane *lane)
{
    int64_t unsent = lane->allowed - lane->begun;
    if (unsent <= 0)
        return;
    lane->allowed -= unsent;
    if (traffic->shop.plan->rate > 0)
        traffic->shop.figures.stats[SE_LOAD_UNSENT] += unsent;
}

void se__traffic_finish(struct se__traffic *traffic, bool at_once)
{
    traffic->is_ending = true;
    for (int i = 0; i < traffic->count; i++) {
        struct se__lane *lane = &traffic->lanes[i];
        if (at_once)
            take_back(traffic, lane);
        if (at_once && lane->state == SE__LANE_CONNECTING)
            close_lane(traffic, lane); /* it has nothing in flight that could be waited for */
        if (lane->state == SE__LANE_OPEN && is_done(traffic, lane))
            half_close(traffic, lane);
    }
}

void se__traffic_abandon(struct se__traffic *traffic)
{
    for (int i = 0; i < traffic->count; i++) {
        struct se__lane *lane = &traffic->lanes[i];
        if (lane->state != SE__LANE_CLOSED)
            lose(traffic, lane, -ECANCELED);
    }
}

static struct se__lane *expired(const struct se__traffic *traffic)
{
    struct se__deadline *deadline = se__deadline_list_expired(&traffic->waiting, now_ms(traffic));
    return deadline ? (struct se__lane *)((char *)deadline - offsetof(struct se__lane, deadline)) : NULL;
}

void se__traffic_keep_deadlines(struct se__traffic *traffic)
{
    struct se__lane *lane;
    while ((lane = expired(traffic))) {
        /* Whoever is owed nothing stays in the list, so that a busy lane need not leave and enter it for every echo. */
        if (lane->state == SE__LANE_OPEN && lane->sent == lane->returned)
            se__deadline_touch(&lane->deadline, &traffic->waiting, now_ms(traffic));
        else
            lose(traffic, lane, -ETIMEDOUT);
    }
}

void se__traffic_end(struct se__traffic *traffic)
{
    for (int i = 0; traffic->lanes && i < traffic->count; i++)
        if (traffic->lanes[i].state != SE__LANE_CLOSED)
            close_lane(traffic, &traffic->lanes[i]);
    free(traffic->lanes);
    free(traffic->left_ns);
    free(traffic->shop.buffer);
}
