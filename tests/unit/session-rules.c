/* What the runs of short messages do not reach: very large counts, a drain that comes twice or too late, and the
 * session at its very beginning. */
#include <errno.h>

#include "fixture.h"
#include "server/session.h"

enum { BUFFER_SIZE = 1000 };

static struct se__session session;

static void begin(void)
{
    se__session_begin(&session);
}

static void receive_and_send_back(uint64_t count)
{
    ck_assert_int_eq(se__session_want(&session), SE__WANT_RECEIVE);
    se__session_received(&session, count);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_SEND);
    se__session_sent(&session, count);
}

START_TEST(a_new_session_wants_to_receive_a_whole_buffer)
{
    ck_assert_int_eq(se__session_want(&session), SE__WANT_RECEIVE);
    ck_assert_uint_eq(se__session_room(&session, BUFFER_SIZE), BUFFER_SIZE);
    ck_assert_uint_eq(se__session_unsent(&session), 0);
    ck_assert(!se__session_is_draining(&session));
    ck_assert(!se__session_is_cut(&session));
}
END_TEST

START_TEST(counts_go_beyond_32_bits)
{
    const uint64_t piece = UINT32_MAX;
    for (uint64_t i = 1; i <= 5; i++) {
        receive_and_send_back(piece);
        ck_assert_uint_eq(session.received, i * piece);
        ck_assert_uint_eq(session.echoed, i * piece);
        ck_assert_uint_eq(se__session_unsent(&session), 0);
    }
    se__session_received(&session, 3 * piece);
    se__session_sent(&session, piece);
    ck_assert_uint_eq(se__session_unsent(&session), 2 * piece);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_SEND);
    se__session_drain(&session, piece + 1);
    se__session_sent(&session, 2 * piece);
    ck_assert_uint_eq(se__session_room(&session, UINT64_MAX), piece + 1);
}
END_TEST

START_TEST(a_drain_of_unknown_length_takes_whole_buffers_until_nothing_is_there)
{
    receive_and_send_back(BUFFER_SIZE);
    se__session_drain(&session, INT64_MAX);
    ck_assert(se__session_is_draining(&session));
    ck_assert_uint_eq(se__session_room(&session, BUFFER_SIZE), BUFFER_SIZE);
    receive_and_send_back(BUFFER_SIZE);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_RECEIVE);
    se__session_drained(&session);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_FINISH);
}
END_TEST

START_TEST(a_second_drain_counts_from_its_own_moment)
{
    se__session_drain(&session, 10);
    receive_and_send_back(4);
    ck_assert_uint_eq(se__session_room(&session, BUFFER_SIZE), 6);
    se__session_drain(&session, 20);
    ck_assert_uint_eq(se__session_room(&session, BUFFER_SIZE), 20);
    receive_and_send_back(20);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_FINISH);
}
END_TEST

START_TEST(a_drain_with_unsent_bytes_sends_them_before_it_finishes)
{
    se__session_received(&session, 5);
    se__session_drain(&session, 0);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_SEND);
    ck_assert_uint_eq(se__session_unsent(&session), 5);
    se__session_sent(&session, 5);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_FINISH);
}
END_TEST

START_TEST(a_drain_after_our_fin_changes_nothing)
{
    se__session_drain(&session, 0);
    se__session_finished(&session);
    se__session_received(&session, 7);
    se__session_drain(&session, 3);
    se__session_drained(&session);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_DISCARD);
    ck_assert_uint_eq(se__session_room(&session, BUFFER_SIZE), BUFFER_SIZE);
    se__session_received(&session, 0);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_NOTHING);
}
END_TEST

START_TEST(a_drain_after_both_fin_does_not_make_it_drain)
{
    se__session_received(&session, 0);
    se__session_finished(&session);
    se__session_drain(&session, 0);
    ck_assert(!se__session_is_draining(&session));
    se__session_drained(&session);
    ck_assert(!se__session_is_draining(&session));
    ck_assert_int_eq(se__session_want(&session), SE__WANT_NOTHING);
}
END_TEST

START_TEST(discarded_bytes_are_received_but_never_unsent)
{
    receive_and_send_back(5);
    se__session_drain(&session, 0);
    se__session_finished(&session);
    se__session_received(&session, 7);
    ck_assert_uint_eq(session.received, 12);
    ck_assert_uint_eq(session.echoed, 5);
    ck_assert_uint_eq(se__session_unsent(&session), 0);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_DISCARD);
}
END_TEST

START_TEST(a_peer_that_only_finishes_gets_fin_and_that_is_all)
{
    se__session_received(&session, 0);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_FINISH);
    se__session_finished(&session);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_NOTHING);
    ck_assert(!se__session_is_cut(&session));
}
END_TEST

START_TEST(a_cut_keeps_its_reason)
{
    se__session_received(&session, 5);
    se__session_sent(&session, 2);
    se__session_cut(&session, -EPIPE);
    ck_assert_int_eq(session.error, -EPIPE);
    ck_assert_uint_eq(se__session_unsent(&session), 3);
    ck_assert_int_eq(se__session_want(&session), SE__WANT_NOTHING);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the rules of a session");
    TCase *tcase = fixture_add_tcase(suite, "rules");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, a_new_session_wants_to_receive_a_whole_buffer);
    tcase_add_test(tcase, counts_go_beyond_32_bits);
    tcase_add_test(tcase, a_drain_of_unknown_length_takes_whole_buffers_until_nothing_is_there);
    tcase_add_test(tcase, a_second_drain_counts_from_its_own_moment);
    tcase_add_test(tcase, a_drain_with_unsent_bytes_sends_them_before_it_finishes);
    tcase_add_test(tcase, a_drain_after_our_fin_changes_nothing);
    tcase_add_test(tcase, a_drain_after_both_fin_does_not_make_it_drain);
    tcase_add_test(tcase, discarded_bytes_are_received_but_never_unsent);
    tcase_add_test(tcase, a_peer_that_only_finishes_gets_fin_and_that_is_all);
    tcase_add_test(tcase, a_cut_keeps_its_reason);
    return fixture_run(suite);
}
