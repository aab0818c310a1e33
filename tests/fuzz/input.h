/** @file input.h
 * What the fuzzer's bytes mean to a target: numbers and texts, taken one after the other. At the end of the bytes every
 * number is 0 and every text is empty, so that each input is a whole one.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
    const uint8_t *bytes;
    size_t left;
};

/** What each target defines; libFuzzer calls it, or the small main program that goes through the corpus. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

bool input_is_over(const struct input *input);
uint8_t input_byte(struct input *input);
/** From 0 to most; two bytes. */
uint64_t input_number(struct input *input, uint64_t most);
/** Any 64 bits; eight bytes. */
uint64_t input_word(struct input *input);
/** Up to the next newline, at most size - 1 characters, without NUL. */
void input_line(struct input *input, char *line, size_t size);

/** Ends the program, with the promise on stderr, unless it holds. */
void demand(bool holds, const char *promise);

#endif
