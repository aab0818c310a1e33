/* A server and three clients in GLib's main loop, all in one thread. */
#include "loop-visit.h"

#include <errno.h>
#include <glib-unix.h>

struct loop;

struct guest {
    struct visit visit;
    struct loop *loop;
};

struct loop {
    GMainLoop *main_loop;
    struct se_server *server;
    struct guest guests[VISIT_COUNT];
    int left; /* guests that are not over yet */
    int error;
};

static void leave(struct loop *loop, int error)
{
    loop->error = error;
    g_main_loop_quit(loop->main_loop);
}

/* One source does for both: it is dispatched when the descriptor is readable and when the ready time has come. */
static gboolean on_server(gint fd, GIOCondition condition, gpointer data)
{
    struct loop *loop = data;
    (void)fd;
    (void)condition;
    int result = se_server_run(loop->server);
    if (result != -EAGAIN) {
        leave(loop, result); /* 0: it was stopped, and its connections have ended */
        return G_SOURCE_REMOVE;
    }
    int64_t next_ms = se_server_next_timeout(loop->server);
    g_source_set_ready_time(g_main_current_source(), next_ms < 0 ? -1 : g_get_monotonic_time() + next_ms * 1000);
    return G_SOURCE_CONTINUE;
}

static void go_on(struct guest *guest);

static gboolean on_client(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd;
    (void)condition;
    go_on(data);
    return G_SOURCE_REMOVE;
}

/* Each wait gets a source of its own, because both the descriptor and the events change as a client goes on. The events
 * are those of poll(2), and so are GLib's conditions. */
static void go_on(struct guest *guest)
{
    int result = visit_go_on(&guest->visit);
    if (result == -EAGAIN)
        g_unix_fd_add(se_client_fd(guest->visit.client), (GIOCondition)se_client_events(guest->visit.client), on_client,
                      guest);
    else if (result < 0)
        leave(guest->loop, result);
    else if (--guest->loop->left == 0)
        se_server_stop(guest->loop->server); /* which makes the server's descriptor readable */
}

static int begin_server(struct loop *loop)
{
    int error = se_server_new("127.0.0.1", SE_PORT_ANY, &loop->server);
    error = error < 0 ? error : se_server_set_blocking(loop->server, 0);
    error = error < 0 ? error : se_server_set_linger_timeout(loop->server, SERVER_LINGER_MS);
    int fd = error < 0 ? error : se_server_fd(loop->server);
    if (fd < 0)
        return fd;
    g_unix_fd_add(fd, G_IO_IN, on_server, loop);
    return 0;
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
    return loop->error; /* quitting a main loop that does not run yet has no effect */
}

int main(void)
{
    struct loop loop = {.main_loop = g_main_loop_new(NULL, FALSE)};
    loop.error = begin_server(&loop);
    if (loop.error == 0)
        loop.error = begin_guests(&loop);
    if (loop.error == 0)
        g_main_loop_run(loop.main_loop);
    int status = report_loop("glib", loop.server, loop.error);
    for (int i = 0; i < VISIT_COUNT; i++)
        visit_end(&loop.guests[i].visit);
    se_server_free(loop.server);
    g_main_loop_unref(loop.main_loop);
    return status;
}
