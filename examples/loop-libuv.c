/* A server and three clients in a loop of libuv, all in one thread. Like the library, libuv gives -errno. */
#include "loop-visit.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <uv.h>

struct loop;

struct guest {
    struct visit visit;
    struct loop *loop;
};

struct loop {
    uv_loop_t uv;
    uv_timer_t server_timer;
    struct se_server *server;
    struct guest guests[VISIT_COUNT];
    int left; /* guests that are not over yet */
    int error;
};

static void free_poll(uv_handle_t *poll)
{
    free(poll);
}

static void close_handle(uv_handle_t *handle, void *data)
{
    (void)data;
    if (!uv_is_closing(handle))
        uv_close(handle, handle->type == UV_POLL ? free_poll : NULL);
}

/* The loop ends by itself when it has no handle any more. */
static void leave(struct loop *loop, int error)
{
    loop->error = error;
    uv_walk(&loop->uv, close_handle, NULL);
}

static int watch(uv_loop_t *uv, int fd, int events, uv_poll_cb on_ready, void *data)
{
    uv_poll_t *poll = malloc(sizeof *poll);
    if (poll == NULL)
        return UV_ENOMEM;
    int error = uv_poll_init(uv, poll, fd);
    if (error < 0) {
        free(poll);
        return error;
    }
    poll->data = data;
    return uv_poll_start(poll, events, on_ready);
}

static void on_server_due(uv_timer_t *timer);

static void serve(struct loop *loop)
{
    int result = se_server_run(loop->server);
    if (result != -EAGAIN) {
        leave(loop, result); /* 0: it was stopped, and its connections have ended */
        return;
    }
    int64_t next_ms = se_server_next_timeout(loop->server);
    if (next_ms < 0)
        uv_timer_stop(&loop->server_timer);
    else
        uv_timer_start(&loop->server_timer, on_server_due, (uint64_t)next_ms, 0);
}

static void on_server_due(uv_timer_t *timer)
{
    serve(timer->data);
}

static void on_server(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    serve(poll->data);
}

static void go_on(struct guest *guest);

/* The status is not looked at: the call that is made again tells more of what went wrong. */
static void on_client(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct guest *guest = poll->data;
    /* First of all: libuv must not watch a descriptor that the library closes. */
    uv_close((uv_handle_t *)poll, free_poll);
    go_on(guest);
}

/* Each wait gets a handle of its own, because both the descriptor and the events change as a client goes on. */
static int wait_for_client(struct guest *guest)
{
    int wanted = se_client_events(guest->visit.client);
    int events = (wanted & POLLIN ? UV_READABLE : 0) | (wanted & POLLOUT ? UV_WRITABLE : 0);
    return watch(&guest->loop->uv, se_client_fd(guest->visit.client), events, on_client, guest);
}

static void go_on(struct guest *guest)
{
    int result = visit_go_on(&guest->visit);
    if (result == 0 && --guest->loop->left == 0)
        se_server_stop(guest->loop->server); /* which makes the server's descriptor readable */
    if (result == -EAGAIN)
        result = wait_for_client(guest);
    if (result < 0)
        leave(guest->loop, result);
}

static int begin_server(struct loop *loop)
{
    int error = se_server_new("127.0.0.1", SE_PORT_ANY, &loop->server);
    error = error < 0 ? error : se_server_set_blocking(loop->server, 0);
    error = error < 0 ? error : se_server_set_linger_timeout(loop->server, SERVER_LINGER_MS);
    int fd = error < 0 ? error : se_server_fd(loop->server);
    if (fd < 0)
        return fd;
    uv_timer_init(&loop->uv, &loop->server_timer);
    loop->server_timer.data = loop;
    return watch(&loop->uv, fd, UV_READABLE, on_server, loop);
}

static int begin_guests(struct loop *loop)
{
    loop->left = VISIT_COUNT;
    for (int i = 0; i < VISIT_COUNT && loop->error == 0; i++) {
        loop->guests[i].loop = loop;
        int error = visit_begin(&loop->guests[i].visit, i, se_server_port(loop->server));
        if (error < 0)
            return error;
        go_on(&loop->guests[i]);
    }
    return loop->error;
}

static int run_loop(struct loop *loop)
{
    int error = begin_server(loop);
    error = error < 0 ? error : begin_guests(loop);
    if (error < 0)
        leave(loop, error);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_loop_close(&loop->uv);
    return loop->error;
}

int main(void)
{
    struct loop loop = {.server = NULL};
    int error = uv_loop_init(&loop.uv);
    error = error < 0 ? error : run_loop(&loop);
    int status = report_loop("libuv", loop.server, error);
    for (int i = 0; i < VISIT_COUNT; i++)
        visit_end(&loop.guests[i].visit);
    se_server_free(loop.server);
    return status;
}
