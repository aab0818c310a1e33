/* The connections of a load, driven by hand: what no peer can make of one. */
#include <errno.h>
#include <fcntl.h>
#include <sockecho/server.h>
#include <stdlib.h>
#include <unistd.h>

#include "fixture.h"
#include "load/traffic.h"
#include "pair.h"

static struct se__plan plan;
static struct se__traffic traffic;

enum { PLENTY = 1 << 24 }; /**< so many bytes at once there are not, from here on */
static uint64_t most_asked;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    uint64_t asked = (uint64_t)count * size;
    if (asked > most_asked)
        most_asked = asked;
    return asked < PLENTY ? __real_calloc(count, size) : NULL;
}

static void begin(void)
{
    se__plan_begin(&plan);
    traffic = (struct se__traffic){0};
    ck_assert_int_eq(se__poller_new(SE_POLLER_AUTO, &traffic.poller), 0);
    ck_assert_int_eq(se__traffic_begin(&traffic, &plan, NULL, 0), 0);
}

static void end(void)
{
    se__traffic_end(&traffic);
    se__poller_free(traffic.poller);
}

/** As if a connect to a free port of this machine had got that very port for its own end. */
START_TEST(a_connect_that_is_connected_to_itself_counts_as_refused)
{
    begin();
    traffic.lanes[0].fd = pair_connect_to_itself();
    traffic.lanes[0].state = SE__LANE_CONNECTING;
    traffic.alive = traffic.connecting = 1;
    se__traffic_serve(&traffic, 0);
    ck_assert_int_eq(traffic.lanes[0].state, SE__LANE_CLOSED);
    ck_assert_int_eq(traffic.alive, 0);
    ck_assert_int_eq(traffic.connecting, 0);
    ck_assert_int_eq(traffic.shop.figures.stats[SE_LOAD_CONNECTED], 0);
    ck_assert_int_eq(traffic.shop.figures.stats[SE_LOAD_REFUSED], 1);
    end();
}
END_TEST

/** A descriptor that epoll(7) cannot watch; where poll(2) serves, receiving fails instead. */
START_TEST(a_lane_that_cannot_be_watched_again_is_lost)
{
    begin();
    struct se__lane *lane = &traffic.lanes[0];
    lane->fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(lane->fd, 0);
    lane->state = SE__LANE_OPEN;
    lane->is_starved = true;
    traffic.alive = 1;
    traffic.retry_ns = traffic.shop.now_ns = 1000;
    se__traffic_retry(&traffic);
    ck_assert_int_eq(lane->state, SE__LANE_CLOSED);
    ck_assert_int_eq(traffic.alive, 0);
    ck_assert_int_eq(traffic.retry_ns, INT64_MAX);
    ck_assert_int_eq(traffic.shop.figures.stats[SE_LOAD_RESET], 1);
    end();
}
END_TEST

/** As in a program that has closed its standard input. */
START_TEST(a_connection_whose_descriptor_is_0_is_closed)
{
    begin();
    struct pair pair = pair_open();
    int input = fcntl(0, F_DUPFD_CLOEXEC, 1);
    ck_assert_int_eq(dup2(pair.near, 0), 0);
    traffic.lanes[0].fd = 0;
    traffic.lanes[0].state = SE__LANE_OPEN;
    traffic.alive = 1;
    se__traffic_abandon(&traffic);
    ck_assert_int_eq(fcntl(0, F_GETFD), -1);
    ck_assert_int_eq(traffic.alive, 0);
    if (input >= 0)
        dup2(input, 0);
    close(input);
    pair_close(&pair);
    end();
}
END_TEST

/** On a machine of 32 bits their number alone is 0 in a size_t, and so is their size. */
START_TEST(rings_that_no_memory_holds_are_not_made_smaller)
{
    enum { CONNECTIONS = 65536, DEPTH = 65536 };
    se__plan_begin(&plan);
    plan.connections = CONNECTIONS;
    plan.depth = DEPTH;
    traffic = (struct se__traffic){0};
    most_asked = 0;
    ck_assert_int_eq(se__traffic_begin(&traffic, &plan, NULL, 0), -ENOMEM);
    ck_assert_uint_eq(most_asked, (uint64_t)CONNECTIONS * DEPTH * sizeof(int64_t));
    se__traffic_end(&traffic);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connections of a load");
    TCase *tcase = fixture_add_tcase(suite, "lanes");
    tcase_add_test(tcase, a_connect_that_is_connected_to_itself_counts_as_refused);
    tcase_add_test(tcase, a_lane_that_cannot_be_watched_again_is_lost);
    tcase_add_test(tcase, a_connection_whose_descriptor_is_0_is_closed);
    tcase_add_test(tcase, rings_that_no_memory_holds_are_not_made_smaller);
    return fixture_run(suite);
}
