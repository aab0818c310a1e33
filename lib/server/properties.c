/* The properties of a public server: one setter each, refused while the server runs or outside the range, and what can
 * be asked of it. */
#include "server/server.h"

#include "system/deadline.h"
#include "system/poller.h"
#include "system/socket.h"

#include <sockecho/limits.h>

#include <errno.h>
#include <limits.h>
#include <string.h>

enum { CONNECTIONS_MAX = 1000000, BACKLOG_MAX = 65535, KEEPALIVE_MAX_S = 32767 };

static int set_number(struct se_server *server, int *property, int value, int least, int most)
{
    if (value < least || value > most)
        return -EINVAL;
    if (atomic_load(&server->busy))
        return -EBUSY;
    *property = value;
    return 0;
}

static int set_time(struct se_server *server, int64_t *property, int64_t timeout_ms, bool zero_is_fine)
{
    if (timeout_ms < SE_TIMEOUT_NONE || (timeout_ms == 0 && !zero_is_fine))
        return -EINVAL;
    if (atomic_load(&server->busy))
        return -EBUSY;
    *property = timeout_ms;
    return 0;
}

/* For what the workers are built with: it cannot change once they are there. */
static bool has_workers(const struct se_server *server)
{
    return atomic_load(&server->crew) != NULL;
}

int se_server_set_timeout(struct se_server *server, int64_t timeout_ms)
{
    return server ? set_time(server, &server->service.settings.timeout_ms, timeout_ms, true) : -EINVAL;
}

int se_server_set_blocking(struct se_server *server, int blocking)
{
    if (blocking != 0 && blocking != 1)
        return -EINVAL;
    return se_server_set_timeout(server, blocking ? SE_TIMEOUT_NONE : 0);
}

int64_t se_server_get_timeout(const struct se_server *server)
{
    return server ? server->service.settings.timeout_ms : -EINVAL;
}

int se_server_set_poller(struct se_server *server, int poller)
{
    if (!server)
        return -EINVAL;
    int error = se__poller_check(poller);
    if (error)
        return error;
    if (has_workers(server))
        return -EBUSY;
    return set_number(server, &server->service.settings.poller, poller, SE_POLLER_AUTO, SE_POLLER_POLL);
}

int se_server_set_busy_poll(struct se_server *server, int64_t busy_poll_us)
{
    if (!server || busy_poll_us < 0 || busy_poll_us > SE__BUSY_POLL_MAX_US)
        return -EINVAL;
    if (atomic_load(&server->busy))
        return -EBUSY;
    server->service.settings.busy_poll_us = busy_poll_us;
    return 0;
}

int se_server_set_workers(struct se_server *server, int workers)
{
    if (!server || workers < 1 || workers > SE__WORKERS_MAX)
        return -EINVAL;
    if (has_workers(server))
        return -EBUSY;
    return set_number(server, &server->service.settings.workers, workers, 1, SE__WORKERS_MAX);
}

int se_server_set_callback(struct se_server *server, se_event_callback callback, void *user_data)
{
    if (!server)
        return -EINVAL;
    if (atomic_load(&server->busy) || has_workers(server))
        return -EBUSY;
    server->service.settings.callback = callback;
    server->service.settings.user_data = user_data;
    return 0;
}

int se_server_set_max_connections(struct se_server *server, int connections)
{
    return server ? set_number(server, &server->service.settings.max_connections, connections, 0, CONNECTIONS_MAX)
                  : -EINVAL;
}

int se_server_set_max_per_address(struct se_server *server, int connections)
{
    return server ? set_number(server, &server->service.settings.max_per_address, connections, 0, CONNECTIONS_MAX)
                  : -EINVAL;
}

static int listener_of(const struct se_server *server)
{
    const struct se__crew *crew = atomic_load(&server->crew);
    return crew ? se__crew_listen_fd(crew) : server->listen_fd;
}

/* The kernel keeps this one: listening again changes it. */
int se_server_set_backlog(struct se_server *server, int backlog)
{
    int accepted;
    int error = server ? set_number(server, &accepted, backlog, 0, BACKLOG_MAX) : -EINVAL;
    if (error)
        return error;
    int listen_fd = listener_of(server);
    return listen_fd < 0 ? 0 : se__socket_set_backlog(listen_fd, accepted);
}

/* The kernel gets clearly more time than the server takes: whoever it gives up gets no RST. */
static int64_t unacknowledged_ms(int64_t stall_ms)
{
    return stall_ms < 0 || stall_ms > INT_MAX ? -1 : stall_ms + stall_ms / 64 + 1000;
}

void se__server_tell_listener(const struct se_server *server)
{
    const struct se__settings *settings = &server->service.settings;
    int listen_fd = listener_of(server);
    if (listen_fd >= 0)
        se__socket_set_vigilance(listen_fd, settings->keepalive_s, unacknowledged_ms(settings->stall_ms));
}

int se_server_set_idle_timeout(struct se_server *server, int64_t timeout_ms)
{
    return server ? set_time(server, &server->service.settings.idle_ms, timeout_ms, false) : -EINVAL;
}

int se_server_set_stall_timeout(struct se_server *server, int64_t timeout_ms)
{
    int error = server ? set_time(server, &server->service.settings.stall_ms, timeout_ms, false) : -EINVAL;
    if (!error)
        se__server_tell_listener(server);
    return error;
}

int se_server_set_linger_timeout(struct se_server *server, int64_t timeout_ms)
{
    return server ? set_time(server, &server->service.settings.linger_ms, timeout_ms, false) : -EINVAL;
}

int se_server_set_drain_timeout(struct se_server *server, int64_t timeout_ms)
{
    return server ? set_time(server, &server->service.settings.drain_ms, timeout_ms, true) : -EINVAL;
}

int se_server_set_keepalive(struct se_server *server, int idle_s)
{
    int error =
        server ? set_number(server, &server->service.settings.keepalive_s, idle_s, 0, KEEPALIVE_MAX_S) : -EINVAL;
    if (!error)
        se__server_tell_listener(server);
    return error;
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

int64_t se_server_stat(const struct se_server *server, int stat)
{
    if (!server || stat < 0 || stat >= SE__STAT_COUNT)
        return -EINVAL;
    if (stat == SE_STAT_ACTIVE)
        return atomic_load(&server->service.census.active);
    if (stat == SE_STAT_ACTIVE_MAX)
        return atomic_load(&server->service.census.most);
    const struct se__crew *crew = atomic_load(&server->crew);
    return crew ? se__crew_stat(crew, (enum se_server_stat)stat) : 0;
}
