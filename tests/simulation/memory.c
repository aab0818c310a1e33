/* Takes the place of malloc(3) and its family for everything that is linked with it. In front of each piece of memory
 * stands its size. */
#include "memory.h"

#include "calls.h"
#include "judge.h"
#include "threads.h"

#include <stddef.h>
#include <string.h>

union front {
    size_t size;
    max_align_t alignment;
};

static int64_t in_use;
static uint64_t refused_in_turn;

int64_t memory_in_use(void)
{
    return in_use;
}

uint64_t memory_refused_in_turn(void)
{
    return refused_in_turn;
}

static bool is_refused(void)
{
    if (!calls_are_scarce(64))
        return false;
    refused_in_turn = threads_turn();
    judge_put_off();
    return true;
}

static void *account(union front *front, size_t size)
{
    front->size = size;
    in_use += (int64_t)size;
    return front + 1;
}

void *__wrap_malloc(size_t size)
{
    union front *front = is_refused() ? NULL : __real_malloc(sizeof *front + size);
    return front ? account(front, size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    union front *front = is_refused() ? NULL : __real_calloc(1, sizeof *front + count * size);
    return front ? account(front, count * size) : NULL;
}

void __wrap_free(void *memory)
{
    if (!memory)
        return;
    union front *front = (union front *)memory - 1;
    in_use -= (int64_t)front->size;
    __real_free(front);
}

void *__wrap_realloc(void *memory, size_t size)
{
    union front *front = memory ? (union front *)memory - 1 : NULL;
    int64_t before = front ? (int64_t)front->size : 0;
    if (is_refused())
        return NULL;
    front = __real_realloc(front, sizeof *front + size);
    if (!front)
        return NULL;
    in_use -= before;
    return account(front, size);
}

char *__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}
