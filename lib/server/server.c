/* The life of a public server: it is made around a listener, runs in the caller's thread or in one of its own, is asked
 * to stop, and goes. What it does while it runs is the workers'. */
#include "server/server.h"

#include "system/deadline.h"
#include "system/descriptors.h"
#include "system/socket.h"
#include "system/thread.h"

#include <errno.h>
#include <stdlib.h>

enum { DRAIN = 1, CUT = 2 }; /* what the first stop and every further one ask for */

static const struct se__settings defaults = {
    .timeout_ms = SE_TIMEOUT_NONE,
    .idle_ms = 300000,
    .stall_ms = 30000,
    .linger_ms = 5000,
    .drain_ms = 5000,
    .keepalive_s = 60,
    .poller = SE_POLLER_AUTO,
    .workers = 1,
    .max_connections = 1024,
};

static int describe(struct se_server *server)
{
    struct se__address address;
    int error = se__socket_local_address(server->listen_fd, &address);
    if (error)
        return error;
    server->port = se__address_port(&address);
    int length = se__address_text(&address, server->address, sizeof server->address);
    return length < 0 ? length : 0;
}

static int begin(struct se_server *server, int listen_fd)
{
    server->listen_fd = listen_fd;
    server->service.settings = defaults;
    int error = describe(server);
    if (error)
        return error;
    error = se__service_begin(&server->service, server, &server->wakeup);
    if (error)
        return error;
    error = se__wakeup_begin(&server->wakeup);
    if (error)
        se__service_end(&server->service);
    else
        se__server_tell_listener(server);
    return error;
}

/* A server around a listening descriptor, which stays the caller's when this fails. */
static int new_around(int listen_fd, struct se_server **server_out)
{
    struct se_server *server = calloc(1, sizeof *server);
    if (!server)
        return -ENOMEM;
    int error = begin(server, listen_fd);
    if (error) {
        free(server);
        return error;
    }
    *server_out = server;
    return 0;
}

/* The first address that can be listened on; the last error where there is none. */
static int listen_on_any(const struct se__address *list, int count, int *fd_out)
{
    int error = -EADDRNOTAVAIL;
    for (int i = 0; i < count; i++) {
        error = se__socket_listen(&list[i], fd_out);
        if (error != -EAFNOSUPPORT && error != -EADDRNOTAVAIL)
            break;
    }
    return error;
}

static int listen_on_host(const char *host, int port, int *fd_out)
{
    struct se__address *list;
    int count = se__address_resolve(host, port == SE_PORT_ANY ? 0 : port, &list);
    if (count < 0)
        return count;
    int error = listen_on_any(list, count, fd_out);
    free(list);
    return error;
}

int se_server_new(const char *host, int port, struct se_server **server_out)
{
    if (!server_out)
        return -EINVAL;
    *server_out = NULL;
    if (port != SE_PORT_ANY && (port < 1 || port > 65535))
        return -EINVAL;
    int fd;
    int error = listen_on_host(host, port, &fd);
    if (error)
        return error;
    error = new_around(fd, server_out);
    if (error)
        se__socket_close(fd);
    else
        (*server_out)->service.peers_inherit = true;
    return error;
}

int se_server_new_unix(const char *path, struct se_server **server_out)
{
    if (!server_out)
        return -EINVAL;
    *server_out = NULL;
    if (!path)
        return -EINVAL;
    int fd;
    struct se__unix_file file;
    int error = se__unix_file_listen(path, &file, &fd);
    if (error)
        return error;
    error = new_around(fd, server_out);
    if (error) {
        se__unix_file_remove(&file); /* first, as in acceptor.c */
        se__socket_close(fd);
        return error;
    }
    (*server_out)->service.file = file;
    return 0;
}

int se_server_new_from_fd(int listen_fd, struct se_server **server_out)
{
    if (!server_out)
        return -EINVAL;
    *server_out = NULL;
    int error = se__socket_adopt_listener(listen_fd);
    if (!error)
        error = new_around(listen_fd, server_out);
    if (!error)
        (*server_out)->service.is_listener_shared = true;
    return error;
}

static void end_thread(struct se_server *server)
{
    if (!server->started)
        return;
    se_server_stop(server);
    se_server_stop(server);
    se_server_join(server);
}

void se_server_free(struct se_server *server)
{
    if (!server || se__service_is_in_callback(&server->service))
        return;
    end_thread(server);
    atomic_store(&server->busy, true); /* callbacks may still come */
    se__unix_file_remove(&server->service.file);
    struct se__crew *crew = atomic_load(&server->crew);
    if (crew)
        se__crew_free(crew);
    else
        se__socket_close_listener(server->listen_fd, server->service.is_listener_shared);
    se__wakeup_end(&server->wakeup);
    se__service_end(&server->service);
    free(server);
}

static int make_crew(struct se_server *server)
{
    struct se__crew *crew;
    int error = se__crew_new(&server->service, &server->wakeup, server->listen_fd, &crew);
    if (error)
        return error;
    server->host_descriptors = se__descriptors_open();
    atomic_store(&server->crew, crew);
    return 0;
}

static void apply_limits(struct se_server *server)
{
    const struct se__settings *settings = &server->service.settings;
    struct se__census *census = &server->service.census;
    /* One more is for accepting a peer who is only reset. */
    int room = se__descriptors_limit() - server->host_descriptors - 1;
    bool is_bounded = settings->max_connections > 0 && settings->max_connections < room;
    census->limit = is_bounded ? settings->max_connections : room;
    census->limit_per_address = settings->max_per_address;
}

/* Whoever gets 0 has the server for itself and must set busy to false at the end. */
static int claim(struct se_server *server)
{
    if (atomic_exchange(&server->busy, true))
        return -EBUSY;
    int error = atomic_load(&server->crew) ? 0 : make_crew(server);
    if (error) {
        atomic_store(&server->busy, false);
        return error;
    }
    apply_limits(server);
    return 0;
}

static int serve(struct se_server *server)
{
    struct se__crew *crew = atomic_load(&server->crew);
    int64_t timeout_ms = server->service.settings.timeout_ms;
    return timeout_ms == 0 ? se__crew_run_ready(crew) : se__crew_run(crew, se__deadline_in(timeout_ms));
}

int se_server_run(struct se_server *server)
{
    if (!server)
        return -EINVAL;
    int error = claim(server);
    if (error)
        return error;
    int result = serve(server);
    atomic_store(&server->busy, false);
    return result;
}

int se_server_stop(struct se_server *server)
{
    if (!server)
        return -EINVAL;
    int none = 0;
    if (!atomic_compare_exchange_strong(&server->service.stops, &none, DRAIN))
        atomic_store(&server->service.stops, CUT);
    se__wakeup_signal(&server->wakeup);
    return 0;
}

static void *thread_main(void *argument)
{
    struct se_server *server = argument;
    server->thread_result = serve(server);
    return NULL;
}

int se_server_start(struct se_server *server)
{
    if (!server)
        return -EINVAL;
    int error = claim(server);
    if (error)
        return error;
    error = se__thread_start(&server->thread, thread_main, server);
    server->started = !error;
    if (error)
        atomic_store(&server->busy, false);
    return error;
}

int se_server_join(struct se_server *server)
{
    if (!server)
        return -EINVAL;
    if (se__service_is_in_callback(&server->service))
        return -EDEADLK;
    if (!server->started)
        return -EINVAL;
    int error = se__thread_join(server->thread);
    if (error)
        return error;
    server->started = false;
    atomic_store(&server->busy, false);
    return server->thread_result;
}

int se_server_fd(struct se_server *server)
{
    if (!server)
        return -EINVAL;
    if (server->service.settings.workers > 1 || server->service.settings.poller == SE_POLLER_POLL)
        return -ENOSYS;
    int error = claim(server);
    if (error)
        return error;
    int fd = se__crew_fd(atomic_load(&server->crew));
    atomic_store(&server->busy, false);
    return fd;
}

int64_t se_server_next_timeout(const struct se_server *server)
{
    if (!server)
        return -EINVAL;
    if (atomic_load(&server->busy))
        return -EBUSY;
    const struct se__crew *crew = atomic_load(&server->crew);
    int64_t due_ms = crew ? se__crew_due_ms(crew) : SE__NEVER;
    if (due_ms == SE__NEVER)
        return SE_TIMEOUT_NONE;
    int64_t now_ms = se__clock_now_ms();
    return due_ms > now_ms ? due_ms - now_ms : 0;
}
