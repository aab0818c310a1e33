/** @file pattern.h
 * Bytes that tell where they belong: they look random and depend on the seed and on the offset, so that bytes which
 * are lost, doubled, moved or taken from another message show.
 */
#ifndef SUPPORT_PATTERN_H
#define SUPPORT_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/** Room for length bytes, zeroed, never NULL; free() it. */
uint8_t *bytes_new(size_t length);

/** As bytes_new(), filled with the pattern of the seed. */
uint8_t *pattern_new(size_t length, uint64_t seed);

/** A copy in which the byte at the offset is another one; free() it. */
uint8_t *copy_with_wrong_byte(const uint8_t *bytes, size_t length, size_t offset);

/** Asserts that two ranges are the same; says at which offset they first differ. */
void assert_same_bytes(const uint8_t *actual, const uint8_t *expected, size_t length);

#endif
