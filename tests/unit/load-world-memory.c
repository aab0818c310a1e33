/* Behind all memory that calloc(3) gives lies a stretch that nobody may write to: a loop over the connections that goes
 * on behind the last one is found when the memory is given back. */
#include <stdlib.h>

#include "load-world-inside.h"

enum { GUARD = 256, BLOCKS_MAX = 1024 };

static struct {
    unsigned char *bytes;
    size_t size;
} blocks[BLOCKS_MAX];
static int block_count, damaged;
static int left_until_failure = -1;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __real_free(void *memory);
void __wrap_free(void *memory);

/** Each number there is below 0, and below the one before: whoever takes them for a connection has work to do. */
static unsigned char guard_byte(int at)
{
    return (unsigned char)(0xf0 - at / 8);
}

void *__wrap_calloc(size_t count, size_t size)
{
    if (left_until_failure >= 0 && left_until_failure-- == 0)
        return NULL;
    if (block_count == BLOCKS_MAX)
        return __real_calloc(count, size);
    unsigned char *bytes = __real_calloc(1, count * size + GUARD);
    if (!bytes)
        return NULL;
    for (int i = 0; i < GUARD; i++)
        bytes[count * size + (size_t)i] = guard_byte(i);
    blocks[block_count].bytes = bytes;
    blocks[block_count++].size = count * size;
    return bytes;
}

static bool is_whole(const unsigned char *guard)
{
    int whole = 0;
    while (whole < GUARD && guard[whole] == guard_byte(whole))
        whole++;
    return whole == GUARD;
}

/** What is given back, or moved, is guarded no more. */
static void leave(const void *memory)
{
    for (int i = 0; i < block_count; i++) {
        if (blocks[i].bytes != memory)
            continue;
        damaged += !is_whole(blocks[i].bytes + blocks[i].size);
        blocks[i] = blocks[--block_count];
        return;
    }
}

void *__wrap_realloc(void *memory, size_t size)
{
    leave(memory);
    return __real_realloc(memory, size);
}

void __wrap_free(void *memory)
{
    leave(memory);
    __real_free(memory);
}

void world_fail_memory(int nth)
{
    left_until_failure = nth;
}

int world_damaged_memory(void)
{
    return damaged;
}
