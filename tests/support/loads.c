/* What a load came to is told by numbers; their names are needed when one of them is wrong. */
#include "loads.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>

#include "environment.h"

static const char *const stat_names[] = {
    [SE_LOAD_CONNECTED] = "connected",
    [SE_LOAD_SENT] = "sent",
    [SE_LOAD_RETURNED] = "returned",
    [SE_LOAD_RETURNED_BYTES] = "returned bytes",
    [SE_LOAD_WARMUP] = "warm-up",
    [SE_LOAD_UNSENT] = "unsent",
    [SE_LOAD_LOST] = "lost",
    [SE_LOAD_REFUSED] = "refused",
    [SE_LOAD_TIMED_OUT] = "timed out",
    [SE_LOAD_RESET] = "reset",
    [SE_LOAD_SHORT] = "short",
    [SE_LOAD_MISMATCH] = "mismatch",
    [SE_LOAD_NO_PORT] = "no port",
    [SE_LOAD_NO_DESCRIPTOR] = "no descriptor",
    [SE_LOAD_MISMATCH_CONNECTION] = "mismatch connection",
    [SE_LOAD_MISMATCH_AT] = "mismatch at",
    [SE_LOAD_ELAPSED_NS] = "elapsed ns",
    [SE_LOAD_LATE_MEAN_NS] = "late mean ns",
    [SE_LOAD_LATE_MAX_NS] = "late max ns",
    [SE_LOAD_BUSY_PERMILLE] = "busy permille",
    [SE_LOAD_MEMORY_BYTES] = "memory bytes",
};

enum { STATS = sizeof(stat_names) / sizeof(stat_names[0]), TEXT_SIZE = 1024 };

struct se_load *load_new(int connections, int64_t size_bytes, int depth)
{
    struct se_load *load = NULL;
    ck_assert_int_eq(se_load_new(&load), 0);
    ck_assert_ptr_nonnull(load);
    ck_assert_int_eq(se_load_set_connections(load, connections), 0);
    ck_assert_int_eq(se_load_set_size(load, size_bytes), 0);
    ck_assert_int_eq(se_load_set_depth(load, depth), 0);
    ck_assert_int_eq(se_load_set_duration(load, 0), 0);
    ck_assert_int_eq(se_load_set_timeout(load, environment_patience_ms()), 0);
    return load;
}

struct se_load *load_of_count(int connections, int64_t size_bytes, int depth, int64_t messages)
{
    struct se_load *load = load_new(connections, size_bytes, depth);
    ck_assert_int_eq(se_load_set_count(load, messages), 0);
    return load;
}

struct se_load *load_at_rate(int connections, int64_t size_bytes, int depth, int64_t rate, int64_t duration_ms)
{
    struct se_load *load = load_new(connections, size_bytes, depth);
    ck_assert_int_eq(se_load_set_rate(load, rate), 0);
    ck_assert_int_eq(se_load_set_duration(load, duration_ms), 0);
    return load;
}

void load_run(struct se_load *load, int port)
{
    ck_assert_int_eq(se_load_run(load, NULL, port), 0);
}

/** All figures in one line. The text is static: it is needed once, when a test fails. */
static const char *described(const struct se_load *load)
{
    static char text[TEXT_SIZE];
    size_t length = 0;
    for (int stat = 0; stat < STATS && length < sizeof(text); stat++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s %" PRId64 ", ", stat_names[stat],
                                   se_load_stat(load, stat));
    return text;
}

void assert_load_stat_between(const struct se_load *load, int stat, int64_t least, int64_t most)
{
    int64_t actual = se_load_stat(load, stat);
    ck_assert_msg(actual >= least && actual <= most, "%s is %" PRId64 " and not %" PRId64 " to %" PRId64 "; all: %s",
                  stat_names[stat], actual, least, most, described(load));
}

void assert_load_stat(const struct se_load *load, int stat, int64_t expected)
{
    assert_load_stat_between(load, stat, expected, expected);
}

void assert_load_lost_nothing(const struct se_load *load)
{
    for (int stat = SE_LOAD_UNSENT; stat <= SE_LOAD_NO_DESCRIPTOR; stat++)
        assert_load_stat(load, stat, 0);
    assert_load_stat(load, SE_LOAD_MISMATCH_CONNECTION, -1);
    assert_load_stat(load, SE_LOAD_MISMATCH_AT, -1);
    assert_load_stat(load, SE_LOAD_RETURNED, se_load_stat(load, SE_LOAD_SENT));
}

void assert_load_is_whole(const struct se_load *load, int connections, int64_t messages, int64_t size_bytes)
{
    assert_load_stat(load, SE_LOAD_CONNECTED, connections);
    assert_load_stat(load, SE_LOAD_SENT, messages);
    assert_load_stat(load, SE_LOAD_RETURNED_BYTES, messages * size_bytes);
    assert_load_lost_nothing(load);
    ck_assert_int_eq(se_load_count_up_to(load, INT64_MAX), messages);
}
