/* Reads the variables that environment.h names. A value that is no positive number counts as not set. */
#include "environment.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE_MS = 20000, SLOWEST = 1000 };

static long positive_number(const char *name, long otherwise)
{
    const char *text = getenv(name);
    if (!text)
        return otherwise;
    char *end = NULL;
    long number = strtol(text, &end, 10);
    return *end == '\0' && number > 0 ? number : otherwise;
}

int environment_slow_factor(void)
{
    long factor = positive_number("SE_TEST_SLOW", 1);
    return factor < SLOWEST ? (int)factor : SLOWEST;
}

int environment_patience_ms(void)
{
    return PATIENCE_MS * environment_slow_factor();
}

static size_t longest_message(void)
{
    return (size_t)positive_number("SE_TEST_MAX_BYTES", LONG_MAX);
}

size_t environment_length(size_t wanted)
{
    size_t most = longest_message();
    if (wanted <= most)
        return wanted;
    fprintf(stderr, "SE_TEST_MAX_BYTES: %zu bytes instead of %zu\n", most, wanted);
    return most;
}

bool environment_allows_length(size_t wanted)
{
    if (wanted <= longest_message())
        return true;
    environment_skip("the message would be longer than SE_TEST_MAX_BYTES");
    return false;
}

void environment_skip(const char *reason)
{
    fprintf(stderr, "skipped: %s\n", reason);
}
