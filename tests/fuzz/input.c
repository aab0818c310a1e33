/* Taking bytes from the front. */
#include "input.h"

#include <stdio.h>
#include <stdlib.h>

bool input_is_over(const struct input *input)
{
    return input->left == 0;
}

uint8_t input_byte(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->bytes++;
}

uint64_t input_number(struct input *input, uint64_t most)
{
    uint64_t number = input_byte(input);
    number = number << 8 | input_byte(input);
    return number % (most + 1);
}

uint64_t input_word(struct input *input)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word = word << 8 | input_byte(input);
    return word;
}

void input_line(struct input *input, char *line, size_t size)
{
    size_t length = 0;
    while (input->left > 0) {
        char character = (char)input_byte(input);
        if (character == '\n' || character == '\0')
            break;
        if (length < size - 1)
            line[length++] = character;
    }
    line[length] = '\0';
}

void demand(bool holds, const char *promise)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", promise);
    abort();
}
