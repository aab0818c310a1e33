/** @file allocations.h
 * The memory that the library asks for, counted and, on demand, refused. Only for programs with a library of their own,
 * which was compiled with these functions in the place of malloc(3) and its kin.
 */
#ifndef SUPPORT_ALLOCATIONS_H
#define SUPPORT_ALLOCATIONS_H

#include <stddef.h>
#include <stdint.h>

/** How many pieces of memory are in use now. */
long allocations_living(void);

/** How many bytes of the heap they take, with what the C library keeps beside each. */
int64_t allocations_bytes(void);

/** From here on so many requests succeed and all later ones fail; as many as there may be, where it is below 0. */
void allocations_allow(long count);

/** How many requests have failed since allocations_allow(). */
long allocations_refused(void);

void *allocations_malloc(size_t size);
void *allocations_calloc(size_t count, size_t size);
void *allocations_realloc(void *memory, size_t size);
void allocations_free(void *memory);

#endif
