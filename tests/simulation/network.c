/* The queue is a ring. */
#include "network.h"

#include "clock.h"
#include "failure.h"
#include "judge.h"

#include <errno.h>

struct network network;

void network_begin(struct link *(*new_link)(void), network_connect connect)
{
    network.listener = (struct listener){.fd = -1};
    network.new_link = new_link;
    network.connect = connect;
}

bool network_queue(struct link *link)
{
    struct listener *listener = &network.listener;
    if (listener->fd < 0 || (int)listener->count >= listener->backlog || listener->count == NETWORK_QUEUE_MAX)
        return false;
    listener->queue[(listener->first + listener->count++) % NETWORK_QUEUE_MAX] = link;
    judge_queued(link);
    return true;
}

struct link *network_take(void)
{
    struct listener *listener = &network.listener;
    if (listener->count == 0) {
        listener->empty_ns = clock_ns();
        return NULL;
    }
    struct link *link = listener->queue[listener->first];
    listener->first = (listener->first + 1) % NETWORK_QUEUE_MAX;
    listener->count--;
    return link;
}

void network_close(void)
{
    struct link *link;
    int64_t empty_ns = network.listener.empty_ns;
    while ((link = network_take())) {
        demand(judge_lets_queue_go(link, empty_ns), "whoever waits is accepted before the listener closes", -1);
        link->is_cut = true;
        link->is_closed = true;
        link_reset(link, ECONNRESET);
    }
    network.listener.fd = -1;
}
