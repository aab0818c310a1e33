/* Loads that differ in little. */
#include "load-in-world.h"

#include <check.h>

enum { PORT = 7 };

struct se_load *load;

void begin_count(int connections, int depth, int64_t rate, int64_t count)
{
    load = load_of_count(connections, SIZE, depth, count);
    ck_assert_int_eq(se_load_set_rate(load, rate), 0);
    ck_assert_int_eq(se_load_set_timeout(load, TIMEOUT_MS), 0);
}

void begin_duration(int connections, int depth, int64_t rate, int64_t duration_ms)
{
    begin_count(connections, depth, rate, 0);
    ck_assert_int_eq(se_load_set_duration(load, duration_ms), 0);
}

void run(void)
{
    load_run(load, PORT);
}

void end(void)
{
    se_load_free(load);
    world_end();
}

static void stop(void *argument)
{
    (void)argument;
    ck_assert_int_eq(se_load_stop(load), 0);
}

void stop_at(int64_t at_ns)
{
    world_at(at_ns, stop, NULL);
}

void assert_at(enum world_event event, int nth, int64_t at_ns)
{
    ck_assert_int_eq(world_nth(event, nth)->at_ns, at_ns);
}

void assert_only_loss(int stat, int64_t connections)
{
    for (int other = SE_LOAD_REFUSED; other <= SE_LOAD_NO_DESCRIPTOR; other++)
        assert_load_stat(load, other, other == stat ? connections : 0);
}

void assert_whole(int connections, int64_t messages)
{
    assert_load_is_whole(load, connections, messages, SIZE);
}
