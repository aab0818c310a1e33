/* Links that go down and peers that vanish: nobody tells anybody. The client ends its call by its own deadline;
 * the server ends the connection by one of its limits, counts it, and accounts for every byte. */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "environment.h"
#include "figures.h"
#include "fixture.h"
#include "pattern.h"
#include "scene.h"
#include "statistics.h"

enum { MIB = 1 << 20, LARGE = 16 * MIB, SMALL = 10, SHORT_MS = 300, IDLE_MS = 2000, FOUND_MOST_MS = 15000 };

static struct scene scene;

static void stall_soon(struct se_server *server)
{
    ck_assert_int_eq(se_server_set_stall_timeout(server, SHORT_MS), 0);
    ck_assert_int_eq(se_server_set_keepalive(server, 1), 0);
}

static void end_idle_ones_soon(struct se_server *server)
{
    ck_assert_int_eq(se_server_set_idle_timeout(server, IDLE_MS), 0);
    ck_assert_int_eq(se_server_set_linger_timeout(server, SHORT_MS), 0);
    ck_assert_int_eq(se_server_set_keepalive(server, 0), 0);
}

/** A slow link, so that a message is under way for a while. */
static bool begin(int family, size_t length, void (*set_up)(struct se_server *server))
{
    const struct scene_plan plan = {
        .family = family, .mtu = LINK_MTU, .impairment = {.delay_ms = 10}, .length = length, .set_up = set_up};
    return scene_begin(&scene, &plan);
}

/** One echo, after which the peer is silent. */
static void meet(void)
{
    ck_assert_int_eq(scene_echo(&scene), 0);
}

static void begin_echo(void)
{
    ck_assert_int_eq(se_client_set_timeout(scene.client, 0), 0);
    int64_t start_ns = clock_now_ns();
    while (se_server_stat(scene.server, SE_STAT_ECHOED_BYTES) < MIB) {
        ck_assert_int_eq(scene_echo(&scene), -EAGAIN);
        ck_assert_int_lt(clock_ms_since(start_ns), environment_patience_ms());
    }
}

static void assert_call_times_out(void)
{
    ck_assert_int_eq(se_client_set_timeout(scene.client, SHORT_MS), 0);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(scene_echo(&scene), -ETIMEDOUT);
    assert_took_about(start_ns, SHORT_MS);
}

/** By the stall timeout, or by the kernel's user timeout or keepalive; which comes first, the moment decides. */
static void assert_found_stalled(int64_t start_ns)
{
    stat_await(scene.server, SE_STAT_ACTIVE, 0);
    assert_took_less_than(start_ns, FOUND_MOST_MS);
    ck_assert_int_eq(se_server_stat(scene.server, SE_STAT_STALLED), 1);
}

START_TEST(a_link_that_comes_back_lets_the_echo_go_on)
{
    if (!begin(_i, LARGE, NULL))
        return;
    begin_echo();
    impairer_set_down(scene.link.impairer, true);
    assert_call_times_out();
    impairer_set_down(scene.link.impairer, false);
    ck_assert_int_eq(se_client_set_timeout(scene.client, environment_patience_ms()), 0);
    ck_assert_int_eq(scene_echo(&scene), 0);
    scene_assert_identical(&scene);
    ck_assert_int_gt(impairer_count(scene.link.impairer, IMPAIRER_CUT_OFF), 0);
    ck_assert_int_eq(se_client_finish(scene.client), 0);
    scene_end(&scene);
}
END_TEST

START_TEST(a_link_that_stays_down_amid_the_echo_ends_the_connection)
{
    if (!begin(_i, LARGE, stall_soon))
        return;
    begin_echo();
    impairer_set_down(scene.link.impairer, true);
    int64_t start_ns = clock_now_ns();
    assert_call_times_out();
    assert_found_stalled(start_ns);
    ck_assert_int_eq(se_client_close(scene.client), 0);
    scene_end(&scene);
}
END_TEST

START_TEST(a_peer_whose_network_vanishes_amid_the_echo_is_ended)
{
    if (!begin(_i, LARGE, stall_soon))
        return;
    begin_echo();
    link_destroy_client(&scene.link);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_client_close(scene.client), 0);
    assert_found_stalled(start_ns);
    scene_end(&scene);
}
END_TEST

START_TEST(a_silent_peer_whose_network_vanishes_is_found_by_questions)
{
    if (!begin(_i, SMALL, stall_soon))
        return;
    meet();
    link_destroy_client(&scene.link);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_client_close(scene.client), 0);
    assert_found_stalled(start_ns);
    ck_assert_int_eq(se_server_stat(scene.server, SE_STAT_GIVEN_UP_BYTES), 0);
    scene_end(&scene);
}
END_TEST

/** Nobody asks: the idle timeout sends FIN, and the linger timeout does not wait for ever for the other one. */
START_TEST(a_silent_peer_whose_network_vanishes_meets_the_idle_timeout)
{
    if (!begin(_i, SMALL, end_idle_ones_soon))
        return;
    meet();
    link_destroy_client(&scene.link);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_client_close(scene.client), 0);
    stat_await(scene.server, SE_STAT_ACTIVE, 0);
    assert_took_less_than(start_ns, FOUND_MOST_MS);
    ck_assert_int_eq(se_server_stat(scene.server, SE_STAT_IDLE), 1);
    ck_assert_int_eq(se_server_stat(scene.server, SE_STAT_GIVEN_UP_BYTES), 0);
    scene_end(&scene);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_a_peer_that_vanished_longer_than_the_drain_timeout)
{
    if (!begin(_i, LARGE, NULL))
        return;
    begin_echo();
    link_destroy_client(&scene.link);
    ck_assert_int_eq(se_client_close(scene.client), 0);
    int64_t start_ns = clock_now_ns();
    ck_assert_int_eq(se_server_stop(scene.server), 0);
    stat_await(scene.server, SE_STAT_ACTIVE, 0);
    assert_took_less_than(start_ns, FOUND_MOST_MS);
    scene_end(&scene);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("links that go down");
    TCase *tcase = fixture_add_tcase(suite, "outages");
    tcase_add_loop_test(tcase, a_link_that_comes_back_lets_the_echo_go_on, 0, LINK_FAMILIES);
    tcase_add_loop_test(tcase, a_link_that_stays_down_amid_the_echo_ends_the_connection, 0, LINK_FAMILIES);
    tcase_add_loop_test(tcase, a_peer_whose_network_vanishes_amid_the_echo_is_ended, 0, LINK_FAMILIES);
    tcase_add_loop_test(tcase, a_silent_peer_whose_network_vanishes_is_found_by_questions, 0, LINK_FAMILIES);
    tcase_add_loop_test(tcase, a_silent_peer_whose_network_vanishes_meets_the_idle_timeout, 0, LINK_FAMILIES);
    tcase_add_loop_test(tcase, a_stop_does_not_wait_for_a_peer_that_vanished_longer_than_the_drain_timeout, 0,
                        LINK_FAMILIES);
    return fixture_run(suite);
}
