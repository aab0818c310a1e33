/* A limit is a line in one table: see server-limits.h. */
#include "server-limits.h"

#include "arguments.h"
#include "report.h"

/* Exactly one of the setters is there; it tells what the argument is. */
struct limit {
    const char *name;
    int (*set_number)(struct se_server *server, int value);
    int (*set_time)(struct se_server *server, int64_t timeout_ms);
    int (*set_microseconds)(struct se_server *server, int64_t microseconds);
    int64_t least;
    int64_t most; /* how long a time in seconds may be is the same for all */
};

static const struct limit limits[LIMIT_COUNT] = {
    [LIMIT_MAX_CONNECTIONS] = {.name = "max-connections",
                               .set_number = se_server_set_max_connections,
                               .least = 0,
                               .most = 1000000},
    [LIMIT_MAX_PER_ADDRESS] = {.name = "max-per-address",
                               .set_number = se_server_set_max_per_address,
                               .least = 0,
                               .most = 1000000},
    [LIMIT_BACKLOG] = {.name = "backlog", .set_number = se_server_set_backlog, .least = 0, .most = 65535},
    [LIMIT_WORKERS] = {.name = "workers", .set_number = se_server_set_workers, .least = 1, .most = 256},
    [LIMIT_KEEPALIVE] = {.name = "keepalive", .set_number = se_server_set_keepalive, .least = 0, .most = 32767},
    [LIMIT_BUSY_POLL] = {.name = "busy-poll", .set_microseconds = se_server_set_busy_poll, .least = 0, .most = 1000000},
    [LIMIT_IDLE_TIMEOUT] = {.name = "idle-timeout", .set_time = se_server_set_idle_timeout, .least = 1},
    [LIMIT_STALL_TIMEOUT] = {.name = "stall-timeout", .set_time = se_server_set_stall_timeout, .least = 1},
    [LIMIT_LINGER_TIMEOUT] = {.name = "linger-timeout", .set_time = se_server_set_linger_timeout, .least = 1},
    [LIMIT_DRAIN_TIMEOUT] = {.name = "drain-timeout", .set_time = se_server_set_drain_timeout, .least = 0},
};

const char *limit_name(int limit)
{
    return limits[limit].name;
}

int read_limit(int limit, const char *text, int64_t *value_out)
{
    const struct limit *read = &limits[limit];
    if (read->set_time == NULL)
        return read_whole_number(read->name, text, read->least, read->most, value_out);
    return read_seconds_or_none(read->name, text, read->least, SE_TIMEOUT_NONE, value_out);
}

static int set_limit(struct se_server *server, const struct limit *limit, int64_t value)
{
    if (limit->set_number != NULL)
        return limit->set_number(server, (int)value);
    if (limit->set_microseconds != NULL)
        return limit->set_microseconds(server, value);
    return limit->set_time(server, value);
}

static int apply_limit(struct se_server *server, const struct limit *limit, int64_t value)
{
    int error = set_limit(server, limit, value);
    if (error < 0) {
        complain("cannot set %s: %s", limit->name, se_strerror(error));
        return -1;
    }
    return 0;
}

int apply_limits(struct se_server *server, const int64_t values[LIMIT_COUNT])
{
    for (int i = 0; i < LIMIT_COUNT; i++)
        if (values[i] != LIMIT_NOT_GIVEN && apply_limit(server, &limits[i], values[i]) < 0)
            return -1;
    return 0;
}
