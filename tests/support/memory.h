/** @file memory.h
 * Whether the memory of this process says something about the library.
 */
#ifndef SUPPORT_MEMORY_H
#define SUPPORT_MEMORY_H

#include <stdbool.h>

/** False, and it says so on stderr, under a sanitizer or valgrind, which keep memory of their own for each byte and do
 * not give back at once what was freed. */
bool memory_is_plain(void);

#endif
