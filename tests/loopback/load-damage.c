/* Loads against a peer that damages one stretch of what it echoes: the load must say that it did, on which connection,
 * and at which byte. The peer knows the truth by comparing all that it sent with all that it had received. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "damage.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "loads.h"
#include "pattern.h"

enum {
    CASES = 1000,
    SEED = 20,
    STRETCH_MAX = 4096,
    STREAM_LEAST = 3 * STRETCH_MAX + 512, /* two stretches, the way between them, and right bytes behind */
    STREAM_SPREAD = 24 * 1024,
    REST = 64,
    DEEP_STREAM = 3 * 1024 * 1024
};

static const int64_t sizes_bytes[] = {1, 7, 64, 511, 1000, 4096, 12000};

enum { SIZES = sizeof(sizes_bytes) / sizeof(sizes_bytes[0]) };

static struct damage_marks marks;
static int listener;
static int port;

static void begin(void)
{
    listener = io_listen(64, 0, &port);
    ck_assert_int_ge(listener, 0);
}

static void end(void)
{
    close(listener);
}

/* ---- numbers that look random ---- */

/** One word of a pattern for each question, so that a case depends on its number alone. */
struct choice {
    uint8_t *words;
    size_t next;
};

static uint64_t choose(struct choice *choice, uint64_t sides)
{
    uint64_t word;
    memcpy(&word, choice->words + choice->next, sizeof(word));
    choice->next += sizeof(word);
    return word % sides;
}

static struct choice choice_of_case(int number)
{
    enum { QUESTIONS = 16 };
    return (struct choice){.words = pattern_new(QUESTIONS * sizeof(uint64_t), (uint64_t)number)};
}

/* ---- marks ---- */

static bool is_known(int count, const uint8_t *mark)
{
    for (int number = 0; number < count; number++) {
        if (memcmp(marks.bytes[number], mark, DAMAGE_MARK_SIZE) == 0)
            return true;
    }
    return false;
}

/** With one message more than the time before, one connection more sends one: the next number's. */
static void learn_mark(int number)
{
    static const struct damage none = {.kind = DAMAGE_NONE};
    struct se_load *load = load_of_count(DAMAGE_CONNECTIONS_MAX, DAMAGE_MARK_SIZE, 1, number + 1);
    ck_assert_int_eq(se_load_set_seed(load, SEED), 0);
    struct damage_peer *peer = damage_peer_start(listener, DAMAGE_CONNECTIONS_MAX, DAMAGE_MARK_SIZE, &none, NULL);
    load_run(load, port);
    damage_peer_join(peer);
    int learnt = 0;
    for (int i = 0; i < DAMAGE_CONNECTIONS_MAX; i++) {
        size_t length = 0;
        const uint8_t *mark = damage_peer_received(peer, i, &length);
        if (length == 0 || is_known(number, mark))
            continue;
        memcpy(marks.bytes[number], mark, DAMAGE_MARK_SIZE);
        learnt++;
    }
    ck_assert_int_eq(learnt, 1);
    damage_peer_free(peer);
    se_load_free(load);
}

static void begin_with_marks(void)
{
    begin();
    for (int number = 0; number < DAMAGE_CONNECTIONS_MAX; number++)
        learn_mark(number);
}

/* ---- one case ---- */

struct damage_case {
    int connections;
    int threads;
    int64_t size_bytes;
    int64_t messages; /**< on each connection */
    struct damage damage;
};

static struct damage choose_damage(struct choice *choice, int connections, size_t stream_bytes)
{
    struct damage damage = {
        .kind = (enum damage_kind)(DAMAGE_FLIP + (int)choose(choice, DAMAGE_CROSS)),
        .connection = (int)choose(choice, (uint64_t)connections),
        .length = 1 + (size_t)choose(choice, STRETCH_MAX),
    };
    if (choose(choice, 3) == 0)
        damage.length = 1 + damage.length % 8;
    damage.other = (damage.connection + 1 + (int)choose(choice, (uint64_t)connections - 1)) % connections;
    damage.distance = damage.length + (size_t)choose(choice, STRETCH_MAX);
    size_t needed = damage.length + (damage.kind == DAMAGE_SWAP ? damage.distance : 0) + REST;
    damage.offset = (size_t)choose(choice, stream_bytes - needed);
    return damage;
}

static struct damage_case case_of(int number)
{
    struct choice choice = choice_of_case(number);
    struct damage_case chosen = {
        .connections = 2 + (int)choose(&choice, DAMAGE_CONNECTIONS_MAX - 3),
        .threads = choose(&choice, 8) == 0 ? 2 : 1,
        .size_bytes = sizes_bytes[choose(&choice, SIZES)],
    };
    int64_t stream_bytes = STREAM_LEAST + (int64_t)choose(&choice, STREAM_SPREAD);
    chosen.messages = (stream_bytes + chosen.size_bytes - 1) / chosen.size_bytes;
    chosen.damage = choose_damage(&choice, chosen.connections, (size_t)(chosen.messages * chosen.size_bytes));
    free(choice.words);
    return chosen;
}

/** All of every stream is in flight at once, as the peer needs it. */
static struct se_load *load_of_case(const struct damage_case *of)
{
    struct se_load *load =
        load_of_count(of->connections, of->size_bytes, (int)of->messages, of->messages * of->connections);
    ck_assert_int_eq(se_load_set_seed(load, SEED), 0);
    ck_assert_int_eq(se_load_set_threads(load, of->threads), 0);
    return load;
}

/** Returns how many connections the peer has really damaged. */
static int assert_found(const struct se_load *load, const struct damage_peer *peer, const struct damage_case *of)
{
    int damaged = 0;
    int64_t returned = 0;
    bool place_is_right = false;
    for (int number = 0; number < of->connections; number++) {
        int64_t wrong_at = damage_peer_wrong_at(peer, number);
        damaged += wrong_at >= 0;
        returned += wrong_at >= 0 ? wrong_at / of->size_bytes : of->messages;
        place_is_right |= wrong_at >= 0 && number == se_load_stat(load, SE_LOAD_MISMATCH_CONNECTION) &&
                          wrong_at == se_load_stat(load, SE_LOAD_MISMATCH_AT);
    }
    assert_load_stat(load, SE_LOAD_MISMATCH, damaged);
    assert_load_stat(load, SE_LOAD_RETURNED, returned);
    assert_load_stat(load, SE_LOAD_LOST, of->messages * of->connections - returned);
    ck_assert(damaged == 0 || place_is_right);
    return damaged;
}

/** Returns whether there was damage to find: two stretches that are exchanged may be the same by chance. */
static bool run_case(const struct damage_case *of)
{
    struct se_load *load = load_of_case(of);
    size_t stream_bytes = (size_t)(of->messages * of->size_bytes);
    struct damage_peer *peer = damage_peer_start(listener, of->connections, stream_bytes, &of->damage, &marks);
    load_run(load, port);
    damage_peer_join(peer);
    int damaged = assert_found(load, peer, of);
    damage_peer_free(peer);
    se_load_free(load);
    return damaged > 0;
}

static int cases(void)
{
    int slow_factor = environment_slow_factor();
    if (slow_factor > 1)
        fprintf(stderr, "SE_TEST_SLOW: %d cases of damage instead of %d\n", CASES / slow_factor, CASES);
    return CASES / slow_factor;
}

START_TEST(every_damage_is_found_on_its_connection_at_its_first_wrong_byte)
{
    int wanted = cases();
    int found = 0;
    for (int number = 0; found < wanted; number++) {
        struct damage_case of = case_of(number);
        found += run_case(&of);
        ck_assert_int_lt(number, 2 * CASES);
    }
}
END_TEST

START_TEST(peers_without_damage_are_not_accused)
{
    for (int number = 0; number < 40; number++) {
        struct damage_case of = case_of(number);
        of.damage = (struct damage){.kind = DAMAGE_NONE};
        ck_assert(!run_case(&of));
    }
}
END_TEST

/** One connection, a window much smaller than its stream, and the damage far into it. */
static void run_deep_case(enum damage_kind kind, size_t offset, size_t length)
{
    const struct damage damage = {.kind = kind, .offset = offset, .length = length, .distance = 2 * length};
    struct se_load *load = load_of_count(1, 500, 64, DEEP_STREAM / 500);
    struct damage_peer *peer = damage_peer_start(listener, 1, DEEP_STREAM / 500 * 500, &damage, NULL);
    load_run(load, port);
    damage_peer_join(peer);
    assert_load_stat(load, SE_LOAD_MISMATCH, 1);
    assert_load_stat(load, SE_LOAD_MISMATCH_CONNECTION, 0);
    assert_load_stat(load, SE_LOAD_MISMATCH_AT, damage_peer_wrong_at(peer, 0));
    assert_load_stat_between(load, SE_LOAD_MISMATCH_AT, (int64_t)offset, (int64_t)(offset + length));
    damage_peer_free(peer);
    se_load_free(load);
}

START_TEST(damage_far_into_a_stream_is_found_at_its_first_wrong_byte)
{
    for (enum damage_kind kind = DAMAGE_FLIP; kind <= DAMAGE_SWAP; kind++) {
        run_deep_case(kind, DEEP_STREAM / 2 + 17, 1 + (size_t)kind * 333);
        run_deep_case(kind, DEEP_STREAM - 4 * STRETCH_MAX - 1, STRETCH_MAX);
    }
}
END_TEST

START_TEST(damage_in_the_warm_up_is_found)
{
    const struct damage damage = {.kind = DAMAGE_FLIP, .offset = 300, .length = 1};
    struct se_load *load = load_of_count(1, 100, 1, 10);
    ck_assert_int_eq(se_load_set_warmup(load, 3600000), 0);
    struct damage_peer *peer = damage_peer_start(listener, 1, 1000, &damage, NULL);
    load_run(load, port);
    damage_peer_join(peer);
    assert_load_stat(load, SE_LOAD_WARMUP, 3);
    assert_load_stat(load, SE_LOAD_MISMATCH, 1);
    assert_load_stat(load, SE_LOAD_MISMATCH_AT, 300);
    damage_peer_free(peer);
    se_load_free(load);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("damaged echoes");
    TCase *many = fixture_add_tcase(suite, "a thousand cases");
    tcase_add_checked_fixture(many, begin_with_marks, end);
    tcase_add_test(many, every_damage_is_found_on_its_connection_at_its_first_wrong_byte);
    tcase_add_test(many, peers_without_damage_are_not_accused);
    TCase *single = fixture_add_tcase(suite, "one connection");
    tcase_add_checked_fixture(single, begin, end);
    tcase_add_test(single, damage_far_into_a_stream_is_found_at_its_first_wrong_byte);
    tcase_add_test(single, damage_in_the_warm_up_is_found);
    return fixture_run(suite);
}
