/* The options of sockecho-server that stand for one setter of the library each: limits of number and of time. What is
 * not given is not set, so that every default is the library's.
 */
#ifndef EXAMPLES_SERVER_LIMITS_H
#define EXAMPLES_SERVER_LIMITS_H

#include <sockecho.h>
#include <stdint.h>

/* One option each; they index the values below. */
enum server_limit {
    LIMIT_MAX_CONNECTIONS,
    LIMIT_MAX_PER_ADDRESS,
    LIMIT_BACKLOG,
    LIMIT_WORKERS,
    LIMIT_KEEPALIVE,
    LIMIT_BUSY_POLL,
    LIMIT_IDLE_TIMEOUT,
    LIMIT_STALL_TIMEOUT,
    LIMIT_LINGER_TIMEOUT,
    LIMIT_DRAIN_TIMEOUT,
    LIMIT_COUNT
};

/* As a value: the option was not given. SE_TIMEOUT_NONE is a value like others. */
enum { LIMIT_NOT_GIVEN = -2 };

/* The name of the long option, without the dashes. */
const char *limit_name(int limit);

/* 0 and the value for the setter, or -1 after a complaint. */
int read_limit(int limit, const char *text, int64_t *value_out);

/* Sets what was given. 0, or -1 after a complaint. */
int apply_limits(struct se_server *server, const int64_t values[LIMIT_COUNT]);

#endif
