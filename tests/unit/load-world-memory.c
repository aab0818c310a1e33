/* Behind all memory that calloc(3) gives lies a stretch that nobody may write to: a loop over the connections that goes
 * on behind the last one is found when the memory is given back. */
#include <stdlib.h>
#include <string.h>

#include "load-world-inside.h"

enum { GUARD = 256, GUARD_BYTE = 0xa5, BLOCKS_MAX = 1024 };

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

void *__wrap_calloc(size_t count, size_t size)
{
    if (left_until_failure >= 0 && left_until_failure-- == 0)
        return NULL;
    if (block_count == BLOCKS_MAX)
        return __real_calloc(count, size);
    unsigned char *bytes = __real_calloc(1, count * size + GUARD);
    if (!bytes)
        return NULL;
    memset(bytes + count * size, GUARD_BYTE, GUARD);
    blocks[block_count].bytes = bytes;
    blocks[block_count++].size = count * size;
    return bytes;
}

static bool is_whole(const unsigned char *guard)
{
    int whole = 0;
    while (whole < GUARD && guard[whole] == GUARD_BYTE)
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
