/* What the runs of short messages do not reach: long ones, none at all, and an exchange that is begun anew. */
#include <errno.h>
#include <sockecho/error.h>
#include <stdlib.h>

#include "client/exchange.h"
#include "fixture.h"
#include "pattern.h"

enum { LENGTH = 300000, PIECE = 70000 };

static struct se__exchange exchange;
static uint8_t *message;

static void make_message(void)
{
    message = pattern_new(LENGTH, 1);
}

static void free_message(void)
{
    free(message);
}

/** Takes the bytes in pieces; returns what the last piece that was taken came to. */
static int receive_all(const uint8_t *bytes)
{
    int result = 0;
    for (size_t offset = 0; offset < LENGTH && result == 0; offset += PIECE) {
        size_t left = LENGTH - offset;
        result = se__exchange_received(&exchange, bytes + offset, left < PIECE ? left : PIECE);
    }
    return result;
}

START_TEST(a_wrong_byte_far_into_a_message_is_found_at_its_offset)
{
    static const size_t offsets[] = {0, 1, 4095, 4096, 65535, 65536, PIECE - 1, PIECE, 2 * PIECE + 7, LENGTH - 1};
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        uint8_t *reply = copy_with_wrong_byte(message, LENGTH, offsets[i]);
        se__exchange_begin(&exchange, message, LENGTH);
        se__exchange_sent(&exchange, LENGTH);
        ck_assert_int_eq(receive_all(reply), SE_EMISMATCH);
        ck_assert_int_eq(exchange.mismatch_at, (int64_t)offsets[i]);
        free(reply);
    }
}
END_TEST

START_TEST(the_first_of_several_wrong_bytes_is_told)
{
    uint8_t *once_wrong = copy_with_wrong_byte(message, LENGTH, 200);
    uint8_t *twice_wrong = copy_with_wrong_byte(once_wrong, LENGTH, 100);
    se__exchange_begin(&exchange, message, LENGTH);
    se__exchange_sent(&exchange, LENGTH);
    ck_assert_int_eq(receive_all(twice_wrong), SE_EMISMATCH);
    ck_assert_int_eq(exchange.mismatch_at, 100);
    free(once_wrong);
    free(twice_wrong);
}
END_TEST

START_TEST(a_whole_long_echo_is_right)
{
    se__exchange_begin(&exchange, message, LENGTH);
    se__exchange_sent(&exchange, LENGTH);
    ck_assert_int_eq(receive_all(message), 0);
    ck_assert_uint_eq(se__exchange_to_receive(&exchange), 0);
    ck_assert_int_eq(exchange.mismatch_at, -1);
}
END_TEST

START_TEST(an_exchange_of_nothing_has_nothing_left_to_do)
{
    se__exchange_begin(&exchange, NULL, 0);
    ck_assert_uint_eq(se__exchange_to_send(&exchange), 0);
    ck_assert_uint_eq(se__exchange_to_receive(&exchange), 0);
    ck_assert_int_eq(exchange.mismatch_at, -1);
}
END_TEST

START_TEST(a_new_exchange_forgets_the_last_one)
{
    se__exchange_begin(&exchange, message, 10);
    se__exchange_sent(&exchange, 5);
    ck_assert_int_eq(se__exchange_received(&exchange, message + 1, 1), SE_EMISMATCH);
    se__exchange_send_failed(&exchange, -ECONNRESET);
    se__exchange_begin(&exchange, message, 20);
    ck_assert_int_eq(exchange.mismatch_at, -1);
    ck_assert_uint_eq(se__exchange_to_send(&exchange), 20);
    ck_assert_uint_eq(se__exchange_to_receive(&exchange), 20);
    ck_assert_int_eq(se__exchange_closed(&exchange), SE_ECLOSED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the rules of an exchange");
    TCase *tcase = fixture_add_tcase(suite, "rules");
    tcase_add_checked_fixture(tcase, make_message, free_message);
    tcase_add_test(tcase, a_wrong_byte_far_into_a_message_is_found_at_its_offset);
    tcase_add_test(tcase, the_first_of_several_wrong_bytes_is_told);
    tcase_add_test(tcase, a_whole_long_echo_is_right);
    tcase_add_test(tcase, an_exchange_of_nothing_has_nothing_left_to_do);
    tcase_add_test(tcase, a_new_exchange_forgets_the_last_one);
    return fixture_run(suite);
}
