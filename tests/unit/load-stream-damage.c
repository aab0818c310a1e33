/* Streams that were damaged on their way: a stretch lost, doubled, exchanged, shifted or foreign, of every length up to
 * 4,096 bytes and of whole blocks, at random places. Where the first wrong byte is, a plain comparison of what was
 * sent with what came back tells; the library must say the same, and there must be one. */
#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "fixture.h"
#include "load/stream.h"

enum {
    BLOCK = SE__STREAM_BLOCK,
    EVERY_LENGTH = 4096,
    BLOCKS_MAX = 4,
    REST = 64, /* right bytes behind the damage; so many are not equal by chance */
    ROOM = 4 * BLOCKS_MAX * BLOCK,
    CONNECTIONS = 50
};

static struct se__stream_pool pool;
static unsigned char sent[ROOM];
static unsigned char came[ROOM];
static unsigned char foreign[ROOM];
static struct dice dice;

/** Where a stretch is damaged: before it, it, and behind it, as far as the stream was sent. */
struct place {
    uint64_t connection;
    uint64_t position; /**< of sent[0] in its stream */
    size_t at;
    size_t length;
    size_t sent_length;
};

static void begin(void)
{
    se__stream_pool_fill(&pool, 1);
    dice = dice_new(2014);
}

static void copy_stream(uint64_t connection, uint64_t position, unsigned char *copy, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t piece = 0;
        const unsigned char *there = se__stream_at(&pool, connection, position + at, &piece);
        piece = piece < length - at ? piece : length - at;
        memcpy(copy + at, there, piece);
        at += piece;
    }
}

static struct place choose_place(size_t length)
{
    struct place place = {
        .connection = dice_roll(&dice, CONNECTIONS),
        .position = dice_roll(&dice, 1000000),
        .at = dice_roll_size(&dice, 3000),
        .length = length,
    };
    place.sent_length = place.at + 2 * length + EVERY_LENGTH + REST;
    ck_assert_uint_le(place.sent_length + length, ROOM);
    copy_stream(place.connection, place.position, sent, place.sent_length);
    memcpy(came, sent, place.sent_length);
    return place;
}

/** What follows on the stretch at `from` comes at `to` instead. Returns how many bytes came in all. */
static size_t move_rest(const struct place *place, size_t from, size_t to)
{
    memcpy(came + to, sent + from, place->sent_length - from);
    return to + place->sent_length - from;
}

static size_t lose(const struct place *place)
{
    return move_rest(place, place->at + place->length, place->at);
}

static size_t come_twice(const struct place *place)
{
    return move_rest(place, place->at, place->at + place->length);
}

/** The stretch and another of its length, some bytes behind it, come in each other's place. */
static size_t come_in_the_other_order(const struct place *place)
{
    size_t second = place->at + place->length + dice_roll_size(&dice, EVERY_LENGTH);
    memcpy(came + place->at, sent + second, place->length);
    memcpy(came + second, sent + place->at, place->length);
    return place->sent_length;
}

/** The stretch comes whole, but its first bytes come last. */
static size_t come_shifted(const struct place *place)
{
    size_t by = place->length > 1 ? 1 + dice_roll_size(&dice, place->length - 1) : 0;
    for (size_t i = 0; i < place->length; i++)
        came[place->at + i] = sent[place->at + (i + by) % place->length];
    return place->sent_length;
}

/** The stretch is that of another connection, at the same position. */
static size_t come_from_another_connection(const struct place *place)
{
    uint64_t other = (place->connection + 1 + dice_roll(&dice, CONNECTIONS - 1)) % CONNECTIONS;
    copy_stream(other, place->position, foreign, place->sent_length);
    memcpy(came + place->at, foreign + place->at, place->length);
    return place->sent_length;
}

static size_t (*const damages[])(const struct place *place) = {
    lose, come_twice, come_in_the_other_order, come_shifted, come_from_another_connection,
};

enum { DAMAGES = sizeof(damages) / sizeof(damages[0]) };

static size_t first_difference(size_t length)
{
    size_t at = 0;
    while (at < length && came[at] == sent[at])
        at++;
    return at;
}

/** Returns 1 when the damage changed the bytes at all: two bytes may be the same by chance. */
static int damage_and_look(int damage, size_t length)
{
    struct place place = choose_place(length);
    size_t came_length = damages[damage](&place);
    size_t comparable = came_length < place.sent_length ? came_length : place.sent_length;
    size_t wrong_at = first_difference(comparable);
    size_t matching = se__stream_matching(&pool, place.connection, place.position, came, comparable);
    ck_assert_msg(matching == wrong_at, "damage %d of %zu bytes at %zu: %zu bytes match instead of %zu", damage, length,
                  place.at, matching, wrong_at);
    ck_assert_uint_ge(wrong_at, place.at);
    return wrong_at < comparable;
}

/** A stretch that was exchanged, shifted or foreign may be the same by chance where it is one byte, rarely two. */
static int chances(int damage)
{
    return damage < 2 ? 0 : EVERY_LENGTH / 256;
}

START_TEST(stretches_of_every_length_are_found_at_their_first_wrong_byte)
{
    int unseen = 0;
    for (size_t length = 1; length <= EVERY_LENGTH; length++) {
        int seen = damage_and_look(_i, length);
        ck_assert_msg(seen || length < 4, "damage %d of %zu bytes was not seen", _i, length);
        unseen += !seen;
    }
    ck_assert_int_le(unseen, chances(_i));
}
END_TEST

START_TEST(stretches_of_whole_blocks_are_found_at_their_first_wrong_byte)
{
    for (size_t blocks = 1; blocks <= BLOCKS_MAX; blocks++) {
        for (int round = 0; round < 100; round++)
            ck_assert_int_eq(damage_and_look(_i, blocks * BLOCK), 1);
    }
}
END_TEST

/** A short stretch at every place around a seam of two blocks. */
START_TEST(stretches_are_found_on_both_sides_of_a_seam)
{
    for (size_t at = BLOCK - 40; at < BLOCK + 40; at++) {
        struct place place = {.at = at, .length = 8, .sent_length = 2 * BLOCK};
        copy_stream(0, 0, sent, place.sent_length);
        memcpy(came, sent, place.sent_length);
        came[at] ^= 0x80;
        ck_assert_uint_eq(se__stream_matching(&pool, 0, 0, came, place.sent_length), at);
        came[at] ^= 0x80;
        size_t came_length = lose(&place);
        ck_assert_uint_eq(se__stream_matching(&pool, 0, 0, came, came_length), first_difference(came_length));
        ck_assert_uint_lt(first_difference(came_length), at + place.length);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("damaged streams");
    TCase *tcase = fixture_add_tcase(suite, "damage");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_loop_test(tcase, stretches_of_every_length_are_found_at_their_first_wrong_byte, 0, DAMAGES);
    tcase_add_loop_test(tcase, stretches_of_whole_blocks_are_found_at_their_first_wrong_byte, 0, DAMAGES);
    tcase_add_test(tcase, stretches_are_found_on_both_sides_of_a_seam);
    return fixture_run(suite);
}
