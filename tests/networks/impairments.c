/* What a bad network does to packets does nothing to an echo: all bytes come back as they went, in time. Only a
 * wrong byte under a right checksum gets past TCP, and the client finds it. */
#include <stdlib.h>

#include "fixture.h"
#include "pattern.h"
#include "scene.h"
#include "statistics.h"

enum { MIB = 1 << 20, MTU_MIN_IPV4 = 576, MTU_MIN_IPV6 = 1280 };

/** An impairment, and the count that shows that it took place. */
static const struct {
    struct impairment impairment;
    enum impairer_count count;
} impairments[] = {
    {{.lost = 0}, IMPAIRER_CARRIED},
    {{.lost = 30}, IMPAIRER_LOST},
    {{.delay_ms = 20}, IMPAIRER_CARRIED},
    {{.reordered = 100}, IMPAIRER_REORDERED},
    {{.duplicated = 100}, IMPAIRER_DUPLICATED},
    {{.corrupted = 20}, IMPAIRER_CORRUPTED},
    {{.lost = 10, .duplicated = 20, .reordered = 30, .corrupted = 10, .delay_ms = 2}, IMPAIRER_CORRUPTED},
};

enum { IMPAIRMENTS = sizeof(impairments) / sizeof(impairments[0]) };

static struct scene scene;

static void assert_echo_and_end_in_order(void)
{
    ck_assert_int_eq(scene_echo(&scene), 0);
    scene_assert_identical(&scene);
    ck_assert_int_eq(se_client_finish(scene.client), 0);
    stat_await(scene.server, SE_STAT_ORDERLY, 1);
    ck_assert_int_eq(se_server_stat(scene.server, SE_STAT_ECHOED_BYTES), (int64_t)scene.length);
}

START_TEST(every_byte_comes_back_over_a_bad_link)
{
    const struct scene_plan plan = {.family = _i % LINK_FAMILIES,
                                    .mtu = LINK_MTU,
                                    .impairment = impairments[_i / LINK_FAMILIES].impairment,
                                    .length = 2 * MIB};
    if (!scene_begin(&scene, &plan))
        return;
    assert_echo_and_end_in_order();
    ck_assert_int_gt(impairer_count(scene.link.impairer, impairments[_i / LINK_FAMILIES].count), 0);
    scene_end(&scene);
}
END_TEST

START_TEST(every_byte_comes_back_in_the_smallest_packets)
{
    static const int mtus[LINK_FAMILIES] = {MTU_MIN_IPV4, MTU_MIN_IPV6};
    const struct scene_plan plan = {
        .family = _i, .mtu = mtus[_i], .impairment = {.lost = 5, .reordered = 20}, .length = 2 * MIB};
    if (!scene_begin(&scene, &plan))
        return;
    assert_echo_and_end_in_order();
    /* There and back. */
    ck_assert_int_gt(impairer_count(scene.link.impairer, IMPAIRER_CARRIED), 2 * 2 * MIB / mtus[_i]);
    scene_end(&scene);
}
END_TEST

START_TEST(small_messages_come_back_one_by_one_over_a_bad_link)
{
    enum { MESSAGES = 50, LENGTH = 100 };
    const struct scene_plan plan = {
        .family = _i, .mtu = LINK_MTU, .impairment = {.lost = 20, .duplicated = 50, .corrupted = 20}, .length = LENGTH};
    if (!scene_begin(&scene, &plan))
        return;
    for (int i = 0; i < MESSAGES; i++) {
        ck_assert_int_eq(scene_echo(&scene), 0);
        scene_assert_identical(&scene);
    }
    ck_assert_int_eq(se_client_finish(scene.client), 0);
    scene_end(&scene);
}
END_TEST

/** The server cannot know: it sends back what TCP gave it. */
START_TEST(a_wrong_byte_under_a_right_checksum_is_never_taken_for_an_echo)
{
    const struct scene_plan plan = {
        .family = _i, .mtu = LINK_MTU, .impairment = {.corrupted = 50, .repairs_checksum = true}, .length = 2 * MIB};
    if (!scene_begin(&scene, &plan))
        return;
    ck_assert_int_eq(scene_echo(&scene), SE_EMISMATCH);
    ck_assert_int_gt(impairer_count(scene.link.impairer, IMPAIRER_CORRUPTED), 0);
    int64_t wrong_at = se_client_mismatch_at(scene.client);
    ck_assert_int_ge(wrong_at, 0);
    ck_assert_int_lt(wrong_at, (int64_t)scene.length);
    assert_same_bytes(scene.reply, scene.message, (size_t)wrong_at);
    ck_assert_uint_ne(scene.reply[wrong_at], scene.message[wrong_at]);
    scene_end(&scene);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bad networks");
    TCase *tcase = fixture_add_tcase(suite, "impairments");
    tcase_add_loop_test(tcase, every_byte_comes_back_over_a_bad_link, 0, IMPAIRMENTS * LINK_FAMILIES);
    tcase_add_loop_test(tcase, every_byte_comes_back_in_the_smallest_packets, 0, LINK_FAMILIES);
    tcase_add_loop_test(tcase, small_messages_come_back_one_by_one_over_a_bad_link, 0, LINK_FAMILIES);
    tcase_add_loop_test(tcase, a_wrong_byte_under_a_right_checksum_is_never_taken_for_an_echo, 0, LINK_FAMILIES);
    return fixture_run(suite);
}
