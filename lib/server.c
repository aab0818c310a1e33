/* The public server: its settings and its life. What it does while it runs is the worker's. */
#include <sockecho/server.h>

#include "address.h"
#include "deadline.h"
#include "poller.h"
#include "socket.h"
#include "wakeup.h"
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct se_server {
    int listen_fd; /* until a worker has it */
    int port;
    char address[SE__ADDRESS_TEXT_SIZE];
    int64_t timeout_ms;
    int poller;
    struct se__worker *worker; /* from the first run on */
    struct se__wakeup wakeup;
    atomic_int stops;
    atomic_bool busy; /* it runs, or was started and not joined */
    bool started;
    pthread_t thread;
    int thread_result;
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

/* A server around a listening descriptor, which stays the caller's when this fails. */
static int new_around(int listen_fd, struct se_server **server_out)
{
    struct se_server *server = calloc(1, sizeof *server);
    if (!server)
        return -ENOMEM;
    server->listen_fd = listen_fd;
    server->timeout_ms = SE_TIMEOUT_NONE;
    int error = describe(server);
    if (!error)
        error = se__wakeup_begin(&server->wakeup);
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
    int error = 0;
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
    return error;
}

int se_server_new_from_fd(int listen_fd, struct se_server **server_out)
{
    if (!server_out)
        return -EINVAL;
    *server_out = NULL;
    int error = se__socket_adopt_listener(listen_fd);
    return error ? error : new_around(listen_fd, server_out);
}

void se_server_free(struct se_server *server)
{
    if (!server)
        return;
    if (server->started) {
        se_server_stop(server);
        se_server_stop(server);
        se_server_join(server);
    }
    if (server->worker)
        se__worker_free(server->worker);
    else
        se__socket_close(server->listen_fd);
    se__wakeup_end(&server->wakeup);
    free(server);
}

int se_server_port(const struct se_server *server)
{
    return server ? server->port : -EINVAL;
}

int se_server_address(const struct se_server *server, char *text, size_t size)
{
    if (!server || !text)
        return -EINVAL;
    size_t length = strlen(server->address);
    if (length < size) {
        memcpy(text, server->address, length + 1);
        return (int)length;
    }
    if (size > 0)
        text[0] = '\0';
    return -ENOSPC;
}

int se_server_set_blocking(struct se_server *server, int blocking)
{
    if (blocking != 0 && blocking != 1)
        return -EINVAL;
    return se_server_set_timeout(server, blocking ? SE_TIMEOUT_NONE : 0);
}

int se_server_set_timeout(struct se_server *server, int64_t timeout_ms)
{
    if (!server || timeout_ms < SE_TIMEOUT_NONE)
        return -EINVAL;
    if (atomic_load(&server->busy))
        return -EBUSY;
    server->timeout_ms = timeout_ms;
    return 0;
}

int64_t se_server_get_timeout(const struct se_server *server)
{
    return server ? server->timeout_ms : -EINVAL;
}

int se_server_set_poller(struct se_server *server, int poller)
{
    if (!server)
        return -EINVAL;
    int error = se__poller_check(poller);
    if (error)
        return error;
    if (atomic_load(&server->busy) || server->worker)
        return -EBUSY;
    server->poller = poller;
    return 0;
}

static int prepare(struct se_server *server)
{
    if (server->worker)
        return 0;
    const struct se__worker_setup setup = {
        .poller = server->poller,
        .listen_fd = server->listen_fd,
        .wakeup = &server->wakeup,
        .stops = &server->stops,
    };
    return se__worker_new(&setup, &server->worker);
}

static int serve(struct se_server *server)
{
    if (server->timeout_ms == 0)
        return se__worker_run_ready(server->worker);
    return se__worker_run(server->worker, se__deadline_in(server->timeout_ms));
}

/* Whoever gets 0 has the server for itself and must set busy to false at the end. */
static int claim(struct se_server *server)
{
    if (atomic_exchange(&server->busy, true))
        return -EBUSY;
    int error = prepare(server);
    if (error)
        atomic_store(&server->busy, false);
    return error;
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
    atomic_fetch_add(&server->stops, 1);
    se__wakeup_signal(&server->wakeup);
    return 0;
}

static void *thread_main(void *argument)
{
    struct se_server *server = argument;
    server->thread_result = serve(server);
    return NULL;
}

/* The new thread inherits the mask: a host's signals are for the host's own threads. */
static int create_thread(struct se_server *server)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&server->thread, NULL, thread_main, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

int se_server_start(struct se_server *server)
{
    if (!server)
        return -EINVAL;
    int error = claim(server);
    if (error)
        return error;
    error = create_thread(server);
    server->started = !error;
    if (error)
        atomic_store(&server->busy, false);
    return error;
}

int se_server_join(struct se_server *server)
{
    if (!server || !server->started)
        return -EINVAL;
    if (pthread_equal(server->thread, pthread_self()))
        return -EDEADLK;
    int error = pthread_join(server->thread, NULL);
    if (error)
        return -error;
    server->started = false;
    atomic_store(&server->busy, false);
    return server->thread_result;
}
