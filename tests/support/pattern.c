/* The generator is SplitMix64 over the word's index: any word can be had without those before it. */
#include "pattern.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static uint64_t word_at(uint64_t seed, size_t index)
{
    uint64_t word = (seed << 32) + (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

uint8_t *bytes_new(size_t length)
{
    uint8_t *bytes = calloc(length + 1, 1);
    ck_assert_ptr_nonnull(bytes);
    return bytes;
}

uint8_t *pattern_new(size_t length, uint64_t seed)
{
    uint8_t *bytes = bytes_new(length);
    for (size_t offset = 0; offset < length; offset += sizeof(uint64_t)) {
        uint64_t word = word_at(seed, offset / sizeof(word));
        size_t left = length - offset;
        memcpy(bytes + offset, &word, left < sizeof(word) ? left : sizeof(word));
    }
    return bytes;
}

uint8_t *copy_with_wrong_byte(const uint8_t *bytes, size_t length, size_t offset)
{
    ck_assert_uint_lt(offset, length);
    uint8_t *copy = bytes_new(length);
    memcpy(copy, bytes, length);
    copy[offset] ^= 1;
    return copy;
}

void assert_same_bytes(const uint8_t *actual, const uint8_t *expected, size_t length)
{
    if (memcmp(actual, expected, length) == 0)
        return;
    size_t offset = 0;
    while (actual[offset] == expected[offset])
        offset++;
    ck_abort_msg("byte %zu of %zu is 0x%02x instead of 0x%02x", offset, length, actual[offset], expected[offset]);
}
