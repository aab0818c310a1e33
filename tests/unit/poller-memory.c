/* What a poller asks of the heap: it gives all of it back, goes without where there is none, and writes nowhere else.
 * The hooks know what was asked for while a poller was at work, and put a guard behind each piece. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "famine.h"
#include "fixture.h"
#include "watch.h"

enum { GUARD = 64, GUARD_BYTE = 0x5a, PIECES_MAX = 8, CROWD = 100 };

static struct {
    unsigned char *bytes;
    size_t size;
} pieces[PIECES_MAX];

static int piece_count, damaged;
static bool is_at_work;       /**< a poller, and not the test */
static int allowed = INT_MAX; /**< so many more are given */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __real_free(void *memory);
void __wrap_free(void *memory);

/** A piece that is given back, or moved. */
static void leave(const void *memory)
{
    int i = 0;
    while (i < piece_count && pieces[i].bytes != memory)
        i++;
    if (i == piece_count)
        return;
    for (size_t at = 0; at < GUARD; at++)
        damaged += pieces[i].bytes[pieces[i].size + at] != GUARD_BYTE;
    pieces[i] = pieces[--piece_count];
}

/** Some C libraries make one of these functions of another. */
static void *give(void *memory, size_t size)
{
    if (allowed-- <= 0)
        return NULL;
    leave(memory);
    is_at_work = false;
    unsigned char *bytes = __real_realloc(memory, size + GUARD);
    is_at_work = true;
    if (!bytes || piece_count == PIECES_MAX)
        return bytes;
    memset(bytes + size, GUARD_BYTE, GUARD);
    pieces[piece_count].bytes = bytes;
    pieces[piece_count++].size = size;
    return bytes;
}

void *__wrap_malloc(size_t size)
{
    return is_at_work ? give(NULL, size) : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    if (!is_at_work)
        return __real_calloc(count, size);
    void *bytes = give(NULL, count * size);
    return bytes ? memset(bytes, 0, count * size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_at_work ? give(memory, size) : __real_realloc(memory, size);
}

void __wrap_free(void *memory)
{
    leave(memory);
    __real_free(memory);
}

static const struct se__poller_backend *backend;
static struct se__poller *poller;

/** The poller itself is not asked for here. False where this build has no such kind. */
static bool begin(int kind_index)
{
    struct se__poller *example = watch_open(kind_index);
    if (!example)
        return false;
    backend = example->backend;
    se__poller_free(example);
    piece_count = damaged = 0;
    allowed = INT_MAX;
    poller = NULL;
    return true;
}

static int open_poller(void)
{
    is_at_work = true;
    int error = backend->begin(&poller);
    is_at_work = false;
    return error;
}

static int add(int fd, uint64_t tag)
{
    is_at_work = true;
    int error = se__poller_add(poller, fd, SE__READ, tag);
    is_at_work = false;
    return error;
}

static void end(void)
{
    se__poller_free(poller);
    ck_assert_int_eq(piece_count, 0);
    ck_assert_int_eq(damaged, 0);
}

START_TEST(a_poller_for_which_there_is_no_memory_is_not_made)
{
    if (!begin(_i))
        return;
    allowed = 0;
    ck_assert_int_eq(open_poller(), -ENOMEM);
    ck_assert_ptr_null(poller);
    ck_assert_int_eq(piece_count, 0);
}
END_TEST

START_TEST(a_poller_for_which_there_is_no_descriptor_leaves_no_memory_behind)
{
    if (!begin(_i))
        return;
    famine_begin();
    int error = open_poller();
    famine_end();
    if (error) {
        ck_assert_int_eq(error, -EMFILE);
        ck_assert_ptr_null(poller);
        ck_assert_int_eq(piece_count, 0);
    } else {
        end();
    }
}
END_TEST

START_TEST(a_poller_gives_all_its_memory_back)
{
    int ends[2];
    if (!begin(_i))
        return;
    watch_pair(ends);
    ck_assert_int_eq(open_poller(), 0);
    ck_assert_int_ge(piece_count, 1);
    ck_assert_int_eq(add(ends[0], 0), 0);
    ck_assert_int_eq(add(ends[1], 1), 0);
    close(ends[0]);
    close(ends[1]);
    end();
}
END_TEST

/** Whichever request fails: what was watched before is watched still, and the next attempt succeeds. */
START_TEST(a_descriptor_for_which_there_is_no_memory_is_not_watched)
{
    int ends[2];
    int crowd[CROWD];
    int failures = 0;
    if (!begin(_i))
        return;
    watch_pair(ends);
    watch_write(ends[1], "unread");
    ck_assert_int_eq(open_poller(), 0);
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = dup(ends[0]);
        int error = -ENOMEM;
        for (int given = 0; error; given++) {
            ck_assert_uint_eq(watch_wait(poller, 0).count, (size_t)i);
            allowed = given;
            error = add(crowd[i], (uint64_t)i);
            ck_assert(error == 0 || error == -ENOMEM);
            failures += error != 0;
        }
    }
    ck_assert_uint_eq(watch_wait(poller, 0).count, CROWD);
    ck_assert_int_eq(failures > 0, backend == &se__poller_poll);
    for (int i = 0; i < CROWD; i++)
        close(crowd[i]);
    close(ends[0]);
    close(ends[1]);
    end();
}
END_TEST

/** Whether the numbers are open, nobody asks before the first wait. */
START_TEST(poll_has_room_for_every_number_that_it_watches)
{
    if (!begin(1))
        return;
    ck_assert_int_eq(open_poller(), 0);
    for (int i = 0; i < CROWD; i++)
        ck_assert_int_eq(add(1000 + i, (uint64_t)i), 0);
    end();
    ck_assert_int_eq(open_poller(), 0);
    for (int fd = 0; fd < CROWD; fd++)
        ck_assert_int_eq(add(fd, (uint64_t)fd), 0);
    for (int fd = 0; fd < CROWD; fd++)
        se__poller_remove(poller, fd);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the memory of pollers");
    TCase *tcase = fixture_add_tcase(suite, "memory");
    tcase_add_loop_test(tcase, a_poller_for_which_there_is_no_memory_is_not_made, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_poller_for_which_there_is_no_descriptor_leaves_no_memory_behind, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_poller_gives_all_its_memory_back, 0, WATCH_KINDS);
    tcase_add_loop_test(tcase, a_descriptor_for_which_there_is_no_memory_is_not_watched, 0, WATCH_KINDS);
    tcase_add_test(tcase, poll_has_room_for_every_number_that_it_watches);
    return fixture_run(suite);
}
