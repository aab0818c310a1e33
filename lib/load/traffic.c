/* A lane that is owed something, a connection, an echo or a FIN, stands in the list of those who wait. */
#include "load/traffic-inside.h"

#include "system/socket.h"

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
    traffic->left_ns = calloc((size_t)traffic->count, (size_t)plan->depth * sizeof *traffic->left_ns);
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
    traffic->retry_ns = INT64_MAX;
    se__figures_begin(&traffic->shop.figures);
    se__deadline_list_begin(&traffic->waiting, plan->timeout_ms < 0 ? SE__NEVER : plan->timeout_ms);
    return 0;
}

int64_t se__traffic_memory(const struct se__traffic *traffic)
{
    size_t ring = (size_t)traffic->shop.plan->depth * sizeof *traffic->left_ns;
    return (int64_t)((size_t)traffic->count * (sizeof *traffic->lanes + ring));
}

int se__traffic_watch(struct se__traffic *traffic, struct se__lane *lane, int interest)
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

void se__traffic_look_away(struct se__traffic *traffic, struct se__lane *lane)
{
    if (lane->interest)
        se__poller_remove(traffic->poller, lane->fd);
    lane->interest = 0;
}

void se__traffic_close(struct se__traffic *traffic, struct se__lane *lane)
{
    se__traffic_look_away(traffic, lane);
    se__deadline_remove(&lane->deadline);
    if (lane->fd >= 0)
        se__socket_hang_up(lane->fd);
    lane->fd = -1;
    lane->is_starved = false;
    traffic->connecting -= lane->state == SE__LANE_CONNECTING;
    lane->state = SE__LANE_CLOSED;
    traffic->alive--;
}

void se__traffic_lose(struct se__traffic *traffic, struct se__lane *lane, int error)
{
    se__lane_count_loss(lane, &traffic->shop, error);
    se__traffic_look_away(traffic, lane);
    if (error == -EBADF)
        lane->fd = -1; /* somebody else has closed it: the number may be another's by now */
    se__traffic_close(traffic, lane);
}

/* ---- open ---- */

static void open_lane(struct se__traffic *traffic, struct se__lane *lane, int fd, int state)
{
    lane->fd = fd;
    lane->state = (uint8_t)state;
    traffic->alive++;
    traffic->connecting += state == SE__LANE_CONNECTING;
    traffic->shop.figures.stats[SE_LOAD_CONNECTED] += state == SE__LANE_OPEN;
    se__deadline_touch(&lane->deadline, &traffic->waiting, se__traffic_now_ms(traffic));
    int error = se__traffic_watch(traffic, lane, state == SE__LANE_OPEN ? SE__READ : SE__WRITE);
    if (error)
        se__traffic_lose(traffic, lane, error);
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

void se__traffic_owe(struct se__traffic *traffic, int index, int64_t messages)
{
    if (traffic->lanes[index].allowed < messages)
        traffic->lanes[index].allowed = messages;
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
            se__traffic_close(traffic, lane); /* it has nothing in flight that could be waited for */
        if (lane->state == SE__LANE_OPEN)
            se__traffic_half_close_if_done(traffic, lane);
    }
}

void se__traffic_abandon(struct se__traffic *traffic)
{
    for (int i = 0; i < traffic->count; i++) {
        struct se__lane *lane = &traffic->lanes[i];
        if (lane->state != SE__LANE_CLOSED)
            se__traffic_lose(traffic, lane, -ECANCELED);
    }
}

static struct se__lane *expired(const struct se__traffic *traffic, int64_t asked_ms)
{
    struct se__deadline *deadline = se__deadline_list_expired(&traffic->waiting, asked_ms);
    return deadline ? (struct se__lane *)((char *)deadline - offsetof(struct se__lane, deadline)) : NULL;
}

void se__traffic_keep_deadlines(struct se__traffic *traffic, int64_t asked_ms)
{
    struct se__lane *lane;
    while ((lane = expired(traffic, asked_ms))) {
        /* Whoever is owed nothing stays in the list, so that a busy lane need not leave and enter it for every echo. */
        if (lane->state == SE__LANE_OPEN && se__lane_is_owed_nothing(lane))
            se__deadline_touch(&lane->deadline, &traffic->waiting, se__traffic_now_ms(traffic));
        else
            se__traffic_lose(traffic, lane, -ETIMEDOUT);
    }
}

void se__traffic_end(struct se__traffic *traffic)
{
    for (int i = 0; traffic->lanes && i < traffic->count; i++)
        if (traffic->lanes[i].state != SE__LANE_CLOSED)
            se__traffic_close(traffic, &traffic->lanes[i]);
    free(traffic->lanes);
    free(traffic->left_ns);
    free(traffic->shop.buffer);
}
