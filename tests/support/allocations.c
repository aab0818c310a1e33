/* What the library gets is the C library's own, so that sanitizers and valgrind see it as ever. */
#include "allocations.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_long living;
static _Atomic int64_t bytes;
static atomic_long allowed = -1; /**< below 0: all */
static atomic_long refused;

long allocations_living(void)
{
    return atomic_load(&living);
}

void allocations_allow(long count)
{
    atomic_store(&refused, 0);
    atomic_store(&allowed, count);
}

long allocations_refused(void)
{
    return atomic_load(&refused);
}

static bool is_allowed(void)
{
    long left = atomic_load(&allowed);
    while (left > 0 && !atomic_compare_exchange_weak(&allowed, &left, left - 1))
        continue;
    if (left != 0)
        return true;
    atomic_fetch_add(&refused, 1);
    errno = ENOMEM;
    return false;
}

int64_t allocations_bytes(void)
{
    return atomic_load(&bytes);
}

static int64_t cost_of(void *memory)
{
    return (int64_t)(malloc_usable_size(memory) + sizeof(size_t));
}

static void *counted(void *memory)
{
    if (memory) {
        atomic_fetch_add(&living, 1);
        atomic_fetch_add(&bytes, cost_of(memory));
    }
    return memory;
}

static void discount(void *memory)
{
    atomic_fetch_sub(&living, 1);
    atomic_fetch_sub(&bytes, cost_of(memory));
}

void *allocations_malloc(size_t size)
{
    return is_allowed() ? counted(malloc(size)) : NULL;
}

void *allocations_calloc(size_t count, size_t size)
{
    return is_allowed() ? counted(calloc(count, size)) : NULL;
}

void *allocations_realloc(void *memory, size_t size)
{
    if (!is_allowed())
        return NULL;
    int64_t before = memory ? cost_of(memory) : 0;
    void *moved = realloc(memory, size);
    if (!memory)
        return counted(moved);
    if (moved)
        atomic_fetch_add(&bytes, cost_of(moved) - before);
    return moved;
}

void allocations_free(void *memory)
{
    if (memory)
        discount(memory);
    free(memory);
}
