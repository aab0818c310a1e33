/* A load of more connections than a wait tells of. Time is that of load-world.h. */
#include <errno.h>

#include "fixture.h"
#include "load-in-world.h"

enum { CROWD = 300, TOLD_AT_ONCE = 256 };

static void be_slow(void *argument)
{
    (void)argument;
    world_set_send_ns(4 * WORLD_MS);
}

/** All echoes are there after 300 us, and the turn of the first ones takes longer than a message may take. */
START_TEST(whoever_was_not_told_of_in_time_is_not_given_up)
{
    begin_count(CROWD, 1, 0, (int64_t)2 * CROWD);
    world_at(WORLD_ECHO_NS / 2, be_slow, NULL);
    run();
    ck_assert_int_ge(world_nth(WORLD_SEND, CROWD + TOLD_AT_ONCE - 1)->at_ns, (int64_t)TIMEOUT_MS * WORLD_MS);
    assert_whole(CROWD, (int64_t)2 * CROWD);
    end();
}
END_TEST

/** There is a silent one among them. */
START_TEST(whoever_has_nothing_to_tell_is_given_up_in_a_crowd)
{
    begin_count(CROWD, 1, 0, CROWD);
    world_peer(CROWD - 1)->echo_ns = WORLD_NEVER;
    run();
    assert_only_loss(SE_LOAD_TIMED_OUT, 1);
    assert_load_stat(load, SE_LOAD_RETURNED, CROWD - 1);
    end();
}
END_TEST

/** The echo comes while the kernel has no memory to tell of it. */
START_TEST(wait_without_memory_gives_nobody_up)
{
    begin_count(1, 1, 0, 1);
    world_fail_wait(0, -ENOMEM);
    run();
    assert_whole(1, 1);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a crowd of connections");
    TCase *tcase = fixture_add_tcase(suite, "crowd");
    tcase_add_checked_fixture(tcase, world_begin, NULL);
    tcase_add_test(tcase, whoever_was_not_told_of_in_time_is_not_given_up);
    tcase_add_test(tcase, whoever_has_nothing_to_tell_is_given_up_in_a_crowd);
    tcase_add_test(tcase, wait_without_memory_gives_nobody_up);
    return fixture_run(suite);
}
