/* What happens on a lane that is ready: its connect has ended, bytes have come, or there is room to send. */
#include "load/traffic-inside.h"

#include "system/socket.h"

#include <sockecho/error.h>

#include <errno.h>

enum { RETRY_MS = 10 };

static bool is_done(const struct se__traffic *traffic, const struct se__lane *lane)
{
    return traffic->is_ending && se__lane_is_owed_nothing(lane) && lane->begun >= lane->allowed;
}

static void half_close(struct se__traffic *traffic, struct se__lane *lane)
{
    lane->state = SE__LANE_FINISHING;
    se__deadline_touch(&lane->deadline, &traffic->waiting, se__traffic_now_ms(traffic));
    int error = se__socket_finish(lane->fd);
    if (error && error != -ENOTCONN)
        se__traffic_lose(traffic, lane, error);
}

void se__traffic_half_close_if_done(struct se__traffic *traffic, struct se__lane *lane)
{
    if (is_done(traffic, lane))
        half_close(traffic, lane);
}

static void end_connect(struct se__traffic *traffic, struct se__lane *lane)
{
    int error = se__socket_connect_result(lane->fd);
    if (!error && se__socket_is_connected_to_itself(lane->fd))
        error = -ECONNREFUSED;
    if (!error)
        error = se__traffic_watch(traffic, lane, SE__READ);
    if (error) {
        se__traffic_lose(traffic, lane, error);
        return;
    }
    traffic->connecting--;
    lane->state = SE__LANE_OPEN;
    traffic->shop.figures.stats[SE_LOAD_CONNECTED]++;
}

static void end_of_stream(struct se__traffic *traffic, struct se__lane *lane)
{
    if (lane->send_error)
        se__traffic_lose(traffic, lane, lane->send_error);
    else if (lane->state == SE__LANE_FINISHING)
        se__traffic_close(traffic, lane);
    else
        se__traffic_lose(traffic, lane, SE_ECLOSED);
}

/* Once a send has failed for good, nothing comes but the rest of what is out. */
static bool is_hopeless(const struct se__lane *lane)
{
    return lane->send_error && lane->sent == lane->returned;
}

/* For want of kernel memory, of which no readiness tells: it is tried again a while later. */
static void starve(struct se__traffic *traffic, struct se__lane *lane)
{
    se__traffic_look_away(traffic, lane);
    lane->is_starved = true;
    int64_t retry_ns = se__later_ns(traffic->shop.now_ns, RETRY_MS);
    if (retry_ns < traffic->retry_ns)
        traffic->retry_ns = retry_ns;
}

static void receive_on(struct se__traffic *traffic, struct se__lane *lane)
{
    int64_t count = se__lane_receive(lane, &traffic->shop);
    if (count > 0)
        se__deadline_touch(&lane->deadline, &traffic->waiting, se__traffic_now_ms(traffic));
    else if (count == 0)
        end_of_stream(traffic, lane);
    else if (count == -ENOMEM)
        starve(traffic, lane);
    else if (count != -EAGAIN)
        se__traffic_lose(traffic, lane, (int)count);
    else if (is_hopeless(lane))
        se__traffic_lose(traffic, lane, lane->send_error);
}

/* What is there to receive comes first. */
static void give_up_sending(struct se__traffic *traffic, struct se__lane *lane, int error)
{
    lane->send_error = error;
    int failure = error == -EBADF ? error : se__traffic_watch(traffic, lane, SE__READ);
    if (failure)
        se__traffic_lose(traffic, lane, failure);
    else if (is_hopeless(lane))
        receive_on(traffic, lane);
}

static int send_now(struct se__traffic *traffic, struct se__lane *lane)
{
    if (se__lane_is_owed_nothing(lane))
        se__deadline_touch(&lane->deadline, &traffic->waiting, se__traffic_now_ms(traffic));
    return lane->send_error ? lane->send_error : se__lane_send(lane, &traffic->shop);
}

static void watch_on(struct se__traffic *traffic, struct se__lane *lane, bool is_blocked)
{
    int error = se__traffic_watch(traffic, lane, is_blocked ? SE__READ | SE__WRITE : SE__READ);
    if (error)
        se__traffic_lose(traffic, lane, error);
    else
        se__traffic_half_close_if_done(traffic, lane);
}

static void send_on(struct se__traffic *traffic, struct se__lane *lane)
{
    if (lane->is_starved)
        return;
    int result = send_now(traffic, lane);
    if (result == 0 || result == -EAGAIN)
        watch_on(traffic, lane, result != 0);
    else if (result == -ENOBUFS || result == -ENOMEM)
        starve(traffic, lane);
    else
        give_up_sending(traffic, lane, result);
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

static void retry(struct se__traffic *traffic, struct se__lane *lane)
{
    lane->is_starved = false;
    int error = se__traffic_watch(traffic, lane, SE__READ);
    if (error)
        se__traffic_lose(traffic, lane, error);
    else
        se__traffic_serve(traffic, (uint64_t)(lane - traffic->lanes));
}

void se__traffic_retry(struct se__traffic *traffic)
{
    if (traffic->shop.now_ns < traffic->retry_ns)
        return;
    traffic->retry_ns = INT64_MAX;
    for (int i = 0; i < traffic->count; i++)
        if (traffic->lanes[i].is_starved)
            retry(traffic, &traffic->lanes[i]);
}

void se__traffic_allow(struct se__traffic *traffic, int index, int64_t messages)
{
    struct se__lane *lane = &traffic->lanes[index];
    lane->allowed += messages;
    if (lane->state == SE__LANE_OPEN)
        send_on(traffic, lane);
}
