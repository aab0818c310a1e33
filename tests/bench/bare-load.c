/* bench-bare-load: what a load on an echo server costs at least. One epoll loop keeps messages in flight on many
 * connections and counts how many bytes came back. It looks at none of them, takes no time of any message, and has no
 * timeout: what it does not do is what the library's load engine pays for.
 *
 * usage: bench-bare-load [--connections N] [--size BYTES] [--depth N] [--duration SECONDS] -p PORT HOST
 */
#include "load-window.h"
#include "measure.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

const char program_name[] = "bench-bare-load";

enum { BUFFER_SIZE = 256 * 1024, EVENTS_MAX = 256, LOOK_AROUND_MS = 20 };

struct lane {
    int fd;
    uint32_t watched; /* events of epoll(7) */
    int64_t unsent;   /* bytes that may leave now */
    int64_t partial;  /* bytes of a message that has not come back whole */
};

struct load {
    const struct load_wish *wish;
    int epoll_fd;
    int64_t echoes;
    char *received;
    char *message;
    struct lane *lanes;
};

static void watch(const struct load *load, struct lane *lane, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = lane};
    if (lane->watched == events)
        return;
    if (epoll_ctl(load->epoll_fd, lane->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, lane->fd, &event) < 0)
        bench_die("cannot watch a connection: %s", strerror(errno));
    lane->watched = events;
}

static void send_on(const struct load *load, struct lane *lane)
{
    while (lane->unsent > 0) {
        size_t length = lane->unsent < BUFFER_SIZE ? (size_t)lane->unsent : BUFFER_SIZE;
        ssize_t sent = send(lane->fd, load->message, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            break;
        if (sent < 0 && errno != EINTR)
            bench_die("cannot send: %s", strerror(errno));
        lane->unsent -= sent > 0 ? sent : 0;
    }
    watch(load, lane, lane->unsent > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void count_echoes(struct load *load, struct lane *lane, int64_t bytes)
{
    int64_t size = load->wish->size;
    int64_t echoes = (lane->partial + bytes) / size;
    lane->partial += bytes - echoes * size;
    lane->unsent += echoes * size;
    load->echoes += echoes;
}

static void serve(struct load *load, struct lane *lane)
{
    ssize_t received = recv(lane->fd, load->received, BUFFER_SIZE, 0);
    if (received == 0)
        bench_die("the server has closed a connection");
    if (received < 0 && errno != EAGAIN && errno != EINTR)
        bench_die("cannot receive: %s", strerror(errno));
    if (received > 0)
        count_echoes(load, lane, received);
    send_on(load, lane);
}

static void begin(struct load *load)
{
    const struct load_wish *wish = load->wish;
    load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    load->received = malloc(BUFFER_SIZE);
    load->message = calloc(1, BUFFER_SIZE);
    load->lanes = calloc((size_t)wish->connections, sizeof *load->lanes);
    if (load->epoll_fd < 0 || load->received == NULL || load->message == NULL || load->lanes == NULL)
        bench_die("cannot begin: %s", strerror(errno));
    for (int64_t i = 0; i < wish->connections; i++) {
        load->lanes[i].fd = bench_connect(&wish->place);
        fcntl(load->lanes[i].fd, F_SETFL, O_NONBLOCK);
    }
    for (int64_t i = 0; i < wish->connections; i++) {
        load->lanes[i].unsent = wish->depth * wish->size;
        send_on(load, &load->lanes[i]);
    }
}

static struct load_mark run_for(struct load *load, int64_t duration_ms)
{
    static struct epoll_event events[EVENTS_MAX];
    int64_t end_ns = bench_now_ns() + duration_ms * 1000000;
    while (bench_now_ns() < end_ns) {
        int count = epoll_wait(load->epoll_fd, events, EVENTS_MAX, LOOK_AROUND_MS);
        if (count < 0 && errno != EINTR)
            bench_die("cannot wait: %s", strerror(errno));
        for (int i = 0; i < count; i++)
            serve(load, events[i].data.ptr);
    }
    return load_mark_now(load->echoes);
}

/* The end of the process closes the connections. */
static void end(struct load *load)
{
    free(load->received);
    free(load->message);
    free(load->lanes);
}

int main(int argc, char **argv)
{
    struct load_wish wish;
    if (prepare_standard_streams() < 0)
        return EXIT_FAILED;
    if (load_read_wish(argc, argv, &wish) < 0)
        return EXIT_USAGE;
    struct load load = {.wish = &wish};
    begin(&load);
    struct load_mark first = run_for(&load, wish.duration_ms / LOAD_TENTHS);
    struct load_mark last = run_for(&load, wish.duration_ms);
    end(&load);
    return load_print_window(&wish, &first, &last) < 0 ? EXIT_FAILED : EXIT_OK;
}
