/* What the library gets is the C library's own, so that sanitizers and valgrind see it as ever. */
#include "allocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_long living;
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

static void *counted(void *memory)
{
    if (memory)
        atomic_fetch_add(&living, 1);
    return memory;
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
    return memory ? realloc(memory, size) : counted(malloc(size));
}

void allocations_free(void *memory)
{
    if (memory)
        atomic_fetch_sub(&living, 1);
    free(memory);
}
