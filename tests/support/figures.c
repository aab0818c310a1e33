/* Nothing tells when a figure changes, so the wait looks again every millisecond. */
#include "figures.h"

#include <check.h>
#include <inttypes.h>
#include <poll.h>

#include "clock.h"
#include "environment.h"

static int64_t figure_now(const struct se_server *server, int stat)
{
    int64_t value = se_server_stat(server, stat);
    ck_assert_int_ge(value, 0);
    return value;
}

struct figures figures_now(const struct se_server *server)
{
    struct figures figures;
    for (int stat = 0; stat < FIGURES; stat++)
        figures.of[stat] = figure_now(server, stat);
    return figures;
}

void figures_await_at_least(const struct se_server *server, int stat, int64_t value)
{
    int64_t start_ns = clock_now_ns();
    while (se_server_stat(server, stat) < value && clock_ms_since(start_ns) < environment_patience_ms())
        poll(NULL, 0, 1);
    int64_t now = figure_now(server, stat);
    ck_assert_msg(now >= value, "figure %d stays at %" PRId64 ", below %" PRId64, stat, now, value);
}

void figures_run_until(struct se_server *server, int stat, int64_t value)
{
    int64_t start_ns = clock_now_ns();
    do
        ck_assert_int_lt(se_server_run(server), 0);
    while (se_server_stat(server, stat) != value && clock_ms_since(start_ns) < environment_patience_ms());
    ck_assert_int_eq(se_server_stat(server, stat), value);
}

static int64_t expected_change(int stat, const struct figure_change *changes, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += changes[i].stat == stat ? changes[i].by : 0;
    return sum;
}

void figures_assert_changed(const struct se_server *server, const struct figures *before,
                            const struct figure_change *changes, size_t count)
{
    struct figures now = figures_now(server);
    for (int stat = 0; stat < FIGURES; stat++) {
        int64_t change = now.of[stat] - before->of[stat];
        int64_t expected = expected_change(stat, changes, count);
        ck_assert_msg(change == expected, "figure %d has changed by %" PRId64 ", not %" PRId64, stat, change, expected);
    }
}

void figures_assert_consistent(const struct figures *figures)
{
    static const int ends[] = {SE_STAT_ORDERLY, SE_STAT_STALLED, SE_STAT_IDLE,
                               SE_STAT_RESET,   SE_STAT_DRAIN,   SE_STAT_MEMORY};
    int64_t ended = 0;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        ended += figures->of[ends[i]];
    ck_assert_int_eq(figures->of[SE_STAT_ACTIVE], 0);
    ck_assert_int_eq(figures->of[SE_STAT_ACCEPTED], ended);
    ck_assert_int_eq(figures->of[SE_STAT_RECEIVED_BYTES],
                     figures->of[SE_STAT_ECHOED_BYTES] + figures->of[SE_STAT_GIVEN_UP_BYTES]);
}

void figures_end(struct se_server *server)
{
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_join(server), 0);
    struct figures figures = figures_now(server);
    figures_assert_consistent(&figures);
    se_server_free(server);
}
