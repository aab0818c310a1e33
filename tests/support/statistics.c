/* Nothing tells when a figure changes, so this looks again and again. */
#include "statistics.h"

#include <check.h>
#include <sched.h>

#include "clock.h"
#include "environment.h"

void stat_await(const struct se_server *server, int stat, int64_t value)
{
    int64_t start_ns = clock_now_ns();
    while (se_server_stat(server, stat) != value && clock_ms_since(start_ns) < environment_patience_ms())
        sched_yield();
    ck_assert_int_eq(se_server_stat(server, stat), value);
}

void stat_assert_consistent(const struct se_server *server)
{
    static const int ends[] = {SE_STAT_ORDERLY, SE_STAT_STALLED, SE_STAT_IDLE,
                               SE_STAT_RESET,   SE_STAT_DRAIN,   SE_STAT_MEMORY};
    int64_t ended = 0;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        ended += se_server_stat(server, ends[i]);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPTED), ended);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_RECEIVED_BYTES),
                     se_server_stat(server, SE_STAT_ECHOED_BYTES) + se_server_stat(server, SE_STAT_GIVEN_UP_BYTES));
}
