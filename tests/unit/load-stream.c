/* The bytes that a connection sends: the same whenever they are asked for and in whatever pieces, and others for
 * another seed, another connection, another place. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "fixture.h"
#include "load/stream.h"

enum { BLOCK = SE__STREAM_BLOCK, LENGTH = 4 * BLOCK, SEED = 7 };

static struct se__stream_pool pool;
static struct se__stream_pool second_pool;
static unsigned char bytes[LENGTH];
static unsigned char second_bytes[LENGTH];

static void begin(void)
{
    se__stream_pool_fill(&pool, SEED);
}

/** Copies a stretch, `most` bytes at a time and never beyond the piece that lies there. */
static void copy_stream(const struct se__stream_pool *from, uint64_t connection, uint64_t position, unsigned char *copy,
                        size_t length, size_t most)
{
    for (size_t at = 0; at < length;) {
        size_t piece = 0;
        const unsigned char *there = se__stream_at(from, connection, position + at, &piece);
        if (piece == 0)
            ck_abort_msg("an empty piece at %llu", (unsigned long long)(position + at));
        piece = piece < most ? piece : most;
        piece = piece < length - at ? piece : length - at;
        memcpy(copy + at, there, piece);
        at += piece;
    }
}

static size_t count_equal(const unsigned char *a, const unsigned char *b, size_t length)
{
    size_t equal = 0;
    for (size_t i = 0; i < length; i++)
        equal += a[i] == b[i];
    return equal;
}

/** Random bytes are equal once in 256; asserts that these are not more often so than twice in 256. */
static void assert_unrelated(const unsigned char *a, const unsigned char *b, size_t length)
{
    ck_assert_uint_lt(count_equal(a, b, length), length / 128);
}

START_TEST(the_same_seed_connection_and_position_give_the_same_byte)
{
    se__stream_pool_fill(&second_pool, SEED);
    for (uint64_t connection = 0; connection < 5; connection++) {
        copy_stream(&pool, connection, connection * 999, bytes, LENGTH, LENGTH);
        copy_stream(&second_pool, connection, connection * 999, second_bytes, LENGTH, LENGTH);
        ck_assert_int_eq(memcmp(bytes, second_bytes, LENGTH), 0);
    }
}
END_TEST

static uint64_t word_of(uint64_t seed, size_t at)
{
    uint64_t word;
    se__stream_pool_fill(&second_pool, seed);
    memcpy(&word, second_pool.bytes + at, sizeof(word));
    return word;
}

/** The first three numbers of SplitMix64 from the state 0, as its authors print them: a seed sends what it always sent.
 */
START_TEST(words_of_the_pool_are_those_of_splitmix64)
{
    const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
    ck_assert_uint_eq(word_of(0, 0), UINT64_C(0xe220a8397b1dcdaf));
    ck_assert_uint_eq(word_of(step, 0), UINT64_C(0x6e789e6aa1b965f4));
    ck_assert_uint_eq(word_of(2 * step, 0), UINT64_C(0x06c45d188009454f));
    ck_assert_uint_eq(word_of(SEED, 8), word_of(SEED + 8, 0));
}
END_TEST

static size_t window_of(uint64_t connection, uint64_t position)
{
    size_t length;
    return (size_t)(se__stream_at(&pool, connection, position, &length) - pool.bytes);
}

START_TEST(windows_of_a_block_are_as_far_apart_as_they_always_were)
{
    const size_t step = 0x1e377;
    for (uint64_t connection = 0; connection < 100; connection++) {
        size_t expected = (window_of(connection, 3 * BLOCK) + step) % SE__STREAM_WINDOWS;
        ck_assert_uint_eq(window_of(connection + 1, 3 * BLOCK), expected);
    }
}
END_TEST

START_TEST(any_pieces_add_up_to_the_same_stretch)
{
    static const size_t pieces[] = {1, 2, 3, 63, 64, 511, 4096, BLOCK - 1, BLOCK, BLOCK + 1};
    copy_stream(&pool, 3, 0, bytes, LENGTH, LENGTH);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        memset(second_bytes, 0, LENGTH);
        copy_stream(&pool, 3, 0, second_bytes, LENGTH, pieces[i]);
        ck_assert_int_eq(memcmp(bytes, second_bytes, LENGTH), 0);
    }
}
END_TEST

START_TEST(a_stretch_is_the_same_wherever_one_begins_to_read)
{
    static const uint64_t places[] = {0, BLOCK, UINT64_C(0xffffffff), UINT64_C(1) << 32, UINT64_C(1) << 45};
    struct dice dice = dice_new(11);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        copy_stream(&pool, 999999, places[i], bytes, LENGTH, LENGTH);
        for (int round = 0; round < 200; round++) {
            size_t at = dice_roll_size(&dice, LENGTH);
            size_t length = 1 + dice_roll_size(&dice, LENGTH - at);
            size_t most = 1 + dice_roll_size(&dice, 5000);
            copy_stream(&pool, 999999, places[i] + at, second_bytes, length, most);
            ck_assert_int_eq(memcmp(bytes + at, second_bytes, length), 0);
        }
    }
}
END_TEST

START_TEST(what_was_sent_matches_in_any_pieces)
{
    struct dice dice = dice_new(12);
    copy_stream(&pool, 5, 1000, bytes, LENGTH, LENGTH);
    ck_assert_uint_eq(se__stream_matching(&pool, 5, 1000, bytes, LENGTH), LENGTH);
    ck_assert_uint_eq(se__stream_matching(&pool, 5, 1000, bytes, 0), 0);
    for (int round = 0; round < 500; round++) {
        size_t at = dice_roll_size(&dice, LENGTH);
        size_t length = 1 + dice_roll_size(&dice, LENGTH - at);
        ck_assert_uint_eq(se__stream_matching(&pool, 5, 1000 + at, bytes + at, length), length);
    }
}
END_TEST

START_TEST(one_wrong_bit_is_found_at_its_byte)
{
    struct dice dice = dice_new(13);
    copy_stream(&pool, 5, 100, bytes, LENGTH, LENGTH);
    for (int round = 0; round < 4000; round++) {
        size_t at = dice_roll_size(&dice, LENGTH);
        unsigned char bit = (unsigned char)(1 << dice_roll(&dice, 8));
        bytes[at] ^= bit;
        ck_assert_uint_eq(se__stream_matching(&pool, 5, 100, bytes, LENGTH), at);
        bytes[at] ^= bit;
    }
    for (size_t at = BLOCK - 102; at < BLOCK - 98; at++) {
        bytes[at] ^= 1;
        ck_assert_uint_eq(se__stream_matching(&pool, 5, 100, bytes, LENGTH), at);
        bytes[at] ^= 1;
    }
}
END_TEST

START_TEST(streams_of_different_connections_are_unrelated)
{
    static const uint64_t numbers[] = {0, 1, 2, 3, 4, 7, 8, 15, 16, 255, 256, 9999, 65535, 65536, 999999};
    enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };
    for (size_t i = 0; i < NUMBERS; i++) {
        copy_stream(&pool, numbers[i], 0, bytes, LENGTH, LENGTH);
        for (size_t j = 0; j < i; j++) {
            copy_stream(&pool, numbers[j], 0, second_bytes, LENGTH, LENGTH);
            assert_unrelated(bytes, second_bytes, LENGTH);
        }
    }
}
END_TEST

/** Also of seeds that are one word of the pool apart: the pool is made word by word. */
START_TEST(streams_of_different_seeds_are_unrelated)
{
    static const uint64_t seeds[] = {0, 1, SEED - 1, SEED + 1, SEED + 8, SEED + 16, SEED << 8, UINT64_MAX};
    copy_stream(&pool, 0, 0, bytes, LENGTH, LENGTH);
    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        se__stream_pool_fill(&second_pool, seeds[i]);
        copy_stream(&second_pool, 0, 0, second_bytes, LENGTH, LENGTH);
        assert_unrelated(bytes, second_bytes, LENGTH);
    }
}
END_TEST

START_TEST(a_stream_has_no_short_period)
{
    enum { PROBE = 8192 };
    copy_stream(&pool, 0, 0, bytes, LENGTH, LENGTH);
    size_t repeated = 0;
    for (size_t period = 1; period <= LENGTH - PROBE; period++)
        repeated += memcmp(bytes, bytes + period, 16) == 0;
    ck_assert_uint_eq(repeated, 0);
    for (size_t period = 1; period <= 4096; period++)
        repeated += count_equal(bytes + BLOCK, bytes + BLOCK + period, PROBE) >= PROBE / 128;
    ck_assert_uint_eq(repeated, 0);
}
END_TEST

START_TEST(blocks_of_a_stream_are_unrelated_however_far_apart)
{
    copy_stream(&pool, 1, 0, bytes, BLOCK, BLOCK);
    for (uint64_t block = 1; block <= 500; block++) {
        copy_stream(&pool, 1, block * BLOCK, second_bytes, BLOCK, BLOCK);
        assert_unrelated(bytes, second_bytes, BLOCK);
    }
}
END_TEST

/** A stream that lacked some values, or favoured one, would hide damage among equal bytes. */
START_TEST(every_value_is_about_as_frequent_as_the_others)
{
    size_t frequency[256] = {0};
    for (uint64_t part = 0; part < 16; part++) {
        copy_stream(&pool, 2, part * LENGTH, bytes, LENGTH, LENGTH);
        for (size_t i = 0; i < LENGTH; i++)
            frequency[bytes[i]]++;
    }
    const size_t expected = (size_t)16 * LENGTH / 256;
    for (int value = 0; value < 256; value++) {
        ck_assert_uint_gt(frequency[value], expected * 8 / 10);
        ck_assert_uint_lt(frequency[value], expected * 12 / 10);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stream of a connection");
    TCase *tcase = fixture_add_tcase(suite, "bytes");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, the_same_seed_connection_and_position_give_the_same_byte);
    tcase_add_test(tcase, words_of_the_pool_are_those_of_splitmix64);
    tcase_add_test(tcase, windows_of_a_block_are_as_far_apart_as_they_always_were);
    tcase_add_test(tcase, any_pieces_add_up_to_the_same_stretch);
    tcase_add_test(tcase, a_stretch_is_the_same_wherever_one_begins_to_read);
    tcase_add_test(tcase, what_was_sent_matches_in_any_pieces);
    tcase_add_test(tcase, one_wrong_bit_is_found_at_its_byte);
    tcase_add_test(tcase, streams_of_different_connections_are_unrelated);
    tcase_add_test(tcase, streams_of_different_seeds_are_unrelated);
    tcase_add_test(tcase, a_stream_has_no_short_period);
    tcase_add_test(tcase, blocks_of_a_stream_are_unrelated_however_far_apart);
    tcase_add_test(tcase, every_value_is_about_as_frequent_as_the_others);
    return fixture_run(suite);
}
