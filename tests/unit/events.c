/* What a callback may ask of a connection, also where it asks wrongly. The connection is made up. */
#include <errno.h>
#include <sockecho/events.h>
#include <stdint.h>
#include <string.h>

#include "fixture.h"
#include "pair.h"
#include "server/connection.h"

enum { TEXT_SIZE = 128 };

static const char expected[] = "127.0.0.1:4711";

static struct se__address peer;
static struct se_connection connection;
static char text[TEXT_SIZE];

static void begin(void)
{
    peer = pair_loopback(4711);
    connection = (struct se_connection){
        .session = {.received = UINT64_C(5000000000), .echoed = UINT64_C(4999999999)},
        .index = 3,
        .generation = 2,
        .reason = SE_STAT_STALLED,
        .peer = &peer,
    };
    memset(text, '#', sizeof(text));
}

START_TEST(a_connection_tells_what_it_is)
{
    ck_assert_int_eq(se_connection_id(&connection), (INT64_C(2) << 32) + 3);
    ck_assert_int_eq(se_connection_received(&connection), INT64_C(5000000000));
    ck_assert_int_eq(se_connection_echoed(&connection), INT64_C(4999999999));
    ck_assert_int_eq(se_connection_reason(&connection), SE_STAT_STALLED);
}
END_TEST

START_TEST(a_number_is_never_below_0)
{
    connection.generation = UINT32_MAX;
    connection.index = UINT32_MAX;
    ck_assert_int_eq(se_connection_id(&connection), INT64_MAX);
}
END_TEST

START_TEST(no_connection_tells_nothing)
{
    ck_assert_int_eq(se_connection_id(NULL), -EINVAL);
    ck_assert_int_eq(se_connection_received(NULL), -EINVAL);
    ck_assert_int_eq(se_connection_echoed(NULL), -EINVAL);
    ck_assert_int_eq(se_connection_reason(NULL), -EINVAL);
    ck_assert_int_eq(se_connection_peer(NULL, text, sizeof(text)), -EINVAL);
    ck_assert_int_eq(text[0], '#');
}
END_TEST

START_TEST(the_peer_is_told_where_its_text_fits)
{
    ck_assert_int_eq(se_connection_peer(&connection, text, sizeof(expected)), (int)strlen(expected));
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(text[sizeof(expected)], '#');
}
END_TEST

START_TEST(the_text_is_empty_where_that_of_the_peer_does_not_fit)
{
    for (size_t size = 1; size < sizeof(expected); size++) {
        memset(text, '#', sizeof(text));
        ck_assert_int_eq(se_connection_peer(&connection, text, size), -ENOSPC);
        ck_assert_str_eq(text, "");
        ck_assert_int_eq(text[1], '#');
    }
}
END_TEST

START_TEST(nothing_is_written_where_there_is_no_room)
{
    ck_assert_int_eq(se_connection_peer(&connection, text, 0), -ENOSPC);
    ck_assert_int_eq(text[0], '#');
    ck_assert_int_eq(se_connection_peer(&connection, NULL, sizeof(text)), -EINVAL);
}
END_TEST

START_TEST(an_address_of_no_known_family_leaves_the_text_alone)
{
    peer.storage.ss_family = 0;
    ck_assert_int_eq(se_connection_peer(&connection, text, sizeof(text)), -EINVAL);
    ck_assert_int_eq(text[0], '#');
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("what a callback may ask");
    TCase *tcase = fixture_add_tcase(suite, "questions");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, a_connection_tells_what_it_is);
    tcase_add_test(tcase, a_number_is_never_below_0);
    tcase_add_test(tcase, no_connection_tells_nothing);
    tcase_add_test(tcase, the_peer_is_told_where_its_text_fits);
    tcase_add_test(tcase, the_text_is_empty_where_that_of_the_peer_does_not_fit);
    tcase_add_test(tcase, nothing_is_written_where_there_is_no_room);
    tcase_add_test(tcase, an_address_of_no_known_family_leaves_the_text_alone);
    return fixture_run(suite);
}
