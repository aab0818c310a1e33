/* Busy polling: who looks again and again gives its processor away only when its time to look is over, and keeps every
 * deadline all the same. A thread that sleeps gives its processor away by its own will, which the kernel counts; a few
 * of those can also come from memory that has to be fetched, so each test waits often enough to tell the two apart.
 * And who lost his processor until the deadline had come has no more time to sleep: most waits have to, not all. */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "pattern.h"
#include "peer.h"
#include "raw.h"
#include "variants.h"

enum {
    WAITS = 20,
    WAIT_MS = 10,
    FILL_MS = 200,
    CHANCE_SLEEPS = WAITS / 4,
    MOST_WAITS = WAITS / 2 + 1,
    LONG_US = 1000000,
    SHORT_US = 1000,
    LENGTH = 1000
};

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

/** Where everything is slow, a call that is to wait needs time to come to that. */
static int64_t wait_ms(void)
{
    return WAIT_MS * environment_slow_factor();
}

static long sleeps_so_far(void)
{
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_THREAD, &usage), 0);
    return usage.ru_nvcsw;
}

/** Never early. Who ignored the deadline while it looks would take a second for each wait. */
static void assert_waited(int64_t start_ns)
{
    ck_assert_int_ge(clock_ms_since(start_ns), WAITS * wait_ms());
    assert_took_less_than(start_ns, WAITS * LONG_US / 1000 / 2);
}

/** How often the calling thread slept while a server waited for nobody. */
static long sleeps_of_server(int poller, int64_t busy_poll_us)
{
    struct se_server *server = server_new(poller);
    ck_assert_int_eq(se_server_set_busy_poll(server, busy_poll_us), 0);
    ck_assert_int_eq(se_server_set_timeout(server, wait_ms()), 0);
    long before = sleeps_so_far();
    int64_t start_ns = clock_now_ns();
    for (int i = 0; i < WAITS; i++)
        ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    assert_waited(start_ns);
    long sleeps = sleeps_so_far() - before;
    se_server_free(server);
    return sleeps;
}

START_TEST(server_sleeps_at_once_unless_told)
{
    if (poller_available(pollers[_i]))
        ck_assert_int_ge(sleeps_of_server(pollers[_i], 0), MOST_WAITS);
}
END_TEST

START_TEST(busy_server_does_not_sleep_and_keeps_its_deadline)
{
    if (poller_available(pollers[_i]))
        ck_assert_int_le(sleeps_of_server(pollers[_i], LONG_US), CHANCE_SLEEPS);
}
END_TEST

START_TEST(busy_server_sleeps_when_its_time_to_look_is_over)
{
    if (poller_available(pollers[_i]))
        ck_assert_int_ge(sleeps_of_server(pollers[_i], SHORT_US), MOST_WAITS);
}
END_TEST

START_TEST(busy_server_serves_and_stops)
{
    struct se_server *server = variant_new(_i);
    if (!server)
        return;
    ck_assert_int_eq(se_server_set_busy_poll(server, LONG_US), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    for (int i = 0; i < 5; i++)
        raw_assert_served(se_server_port(server));
    server_end(server);
}
END_TEST

static struct se_client *busy_client(int port, int64_t busy_poll_us)
{
    struct se_client *client = client_new(wait_ms());
    ck_assert_int_eq(se_client_set_busy_poll(client, busy_poll_us), 0);
    ck_assert_int_eq(client_connect(client, port), 0);
    return client;
}

/** How often the calling thread slept while an echo was waited for that did not come. A long message keeps both
 * directions open, a short one only waits to receive. */
static long sleeps_of_client(int64_t busy_poll_us, size_t length)
{
    const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_AWAIT}, {0}};
    struct peer *peer = peer_start(script);
    struct se_client *client = busy_client(peer_port(peer), busy_poll_us);
    uint8_t *message = pattern_new(length, 1);
    /* First the kernel's buffers are filled: as long as bytes go out, nobody waits. */
    ck_assert_int_eq(se_client_set_timeout(client, FILL_MS * environment_slow_factor()), 0);
    ck_assert_int_eq(se_client_echo(client, message, length, NULL), -ETIMEDOUT);
    ck_assert_int_eq(se_client_set_timeout(client, wait_ms()), 0);
    long before = sleeps_so_far();
    int64_t start_ns = clock_now_ns();
    for (int i = 0; i < WAITS; i++)
        ck_assert_int_eq(se_client_echo(client, message, length, NULL), -ETIMEDOUT);
    assert_waited(start_ns);
    long sleeps = sleeps_so_far() - before;
    ck_assert_int_eq(se_client_close(client), 0);
    peer_tell(peer);
    peer_end(peer);
    se_client_free(client);
    free(message);
    return sleeps;
}

static const size_t lengths[] = {LENGTH, 16777216};

START_TEST(client_sleeps_at_once_unless_told)
{
    ck_assert_int_ge(sleeps_of_client(0, lengths[_i]), MOST_WAITS);
}
END_TEST

START_TEST(busy_client_does_not_sleep_and_keeps_its_deadline)
{
    ck_assert_int_le(sleeps_of_client(LONG_US, lengths[_i]), CHANCE_SLEEPS);
}
END_TEST

START_TEST(busy_client_sleeps_when_its_time_to_look_is_over)
{
    ck_assert_int_ge(sleeps_of_client(SHORT_US, lengths[_i]), MOST_WAITS);
}
END_TEST

START_TEST(busy_client_echoes_in_every_mode)
{
    static const int64_t timeouts_ms[] = {SE_TIMEOUT_NONE, 0, 20000};
    struct se_server *server = server_started(SE_POLLER_AUTO);
    struct se_client *client = client_new(timeouts_ms[_i]);
    ck_assert_int_eq(se_client_set_busy_poll(client, LONG_US), 0);
    ck_assert_int_eq(client_connect(client, se_server_port(server)), 0);
    uint8_t *message = pattern_new(LENGTH, 1);
    uint8_t *reply = bytes_new(LENGTH);
    ck_assert_int_eq(client_echo(client, message, LENGTH, reply), 0);
    assert_same_bytes(reply, message, LENGTH);
    ck_assert_int_eq(client_finish(client), 0);
    se_client_free(client);
    server_end(server);
    free(message);
    free(reply);
}
END_TEST

START_TEST(busy_client_that_does_not_block_returns_at_once)
{
    const struct peer_step script[] = {{.act = PEER_ACCEPT}, {.act = PEER_AWAIT}, {0}};
    struct peer *peer = peer_start(script);
    struct se_client *client = busy_client(peer_port(peer), LONG_US);
    ck_assert_int_eq(se_client_set_timeout(client, 0), 0);
    uint8_t *message = pattern_new(LENGTH, 1);
    int64_t start_ns = clock_now_ns();
    for (int i = 0; i < WAITS; i++)
        ck_assert_int_eq(se_client_echo(client, message, LENGTH, NULL), -EAGAIN);
    assert_took_less_than(start_ns, LONG_US / 1000);
    ck_assert_int_eq(se_client_close(client), 0);
    peer_tell(peer);
    peer_end(peer);
    se_client_free(client);
    free(message);
}
END_TEST

START_TEST(client_takes_a_time_to_look_in_its_range_and_no_other)
{
    static const int64_t bad_us[] = {-1, INT64_MIN, LONG_US + 1, INT64_MAX};
    struct se_client *client = client_new(0);
    ck_assert_int_eq(se_client_set_busy_poll(client, 0), 0);
    ck_assert_int_eq(se_client_set_busy_poll(client, LONG_US), 0);
    for (size_t i = 0; i < sizeof bad_us / sizeof bad_us[0]; i++)
        ck_assert_int_eq(se_client_set_busy_poll(client, bad_us[i]), -EINVAL);
    ck_assert_int_eq(se_client_set_busy_poll(NULL, 0), -EINVAL);
    se_client_free(client);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("busy-poll");
    TCase *server = fixture_add_tcase(suite, "server");
    tcase_add_loop_test(server, server_sleeps_at_once_unless_told, 0, 2);
    tcase_add_loop_test(server, busy_server_does_not_sleep_and_keeps_its_deadline, 0, 2);
    tcase_add_loop_test(server, busy_server_sleeps_when_its_time_to_look_is_over, 0, 2);
    tcase_add_loop_test(server, busy_server_serves_and_stops, 0, VARIANTS);
    TCase *client = fixture_add_tcase(suite, "client");
    tcase_add_loop_test(client, client_sleeps_at_once_unless_told, 0, 2);
    tcase_add_loop_test(client, busy_client_does_not_sleep_and_keeps_its_deadline, 0, 2);
    tcase_add_loop_test(client, busy_client_sleeps_when_its_time_to_look_is_over, 0, 2);
    tcase_add_loop_test(client, busy_client_echoes_in_every_mode, 0, 3);
    tcase_add_test(client, busy_client_that_does_not_block_returns_at_once);
    tcase_add_test(client, client_takes_a_time_to_look_in_its_range_and_no_other);
    return fixture_run(suite);
}
