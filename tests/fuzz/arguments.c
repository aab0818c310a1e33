/* The numbers, ports and seconds of a command line: taken only in their form and their range, and then they are what a
 * second reading of the same text, done by other means, makes of them. */
#include "arguments.h"

#include "command-line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 };

static const int64_t most_ms = INT64_C(1000000000);

static void check_complaint(int result)
{
    demand(complaints_taken() == (result < 0 ? 1 : 0), "a refusal is one complaint, an acceptance none");
}

static bool is_digits(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* Long texts of digits are above every range; leading zeros do not count. */
static bool is_in_range(const char *text, int64_t least, int64_t most)
{
    text += strspn(text, "0");
    if (strlen(text) > 18)
        return strlen(text) == 19 && strcmp(text, "9223372036854775807") <= 0 && strtoll(text, NULL, 10) <= most;
    int64_t number = strtoll(*text ? text : "0", NULL, 10);
    return number >= least && number <= most;
}

static void check_whole_number(const char *text, int64_t least, int64_t most)
{
    int64_t number = -7;
    int result = read_whole_number("number", text, least, most, &number);
    check_complaint(result);
    demand((result == 0) == (is_digits(text) && is_in_range(text, least, most)), "a number is digits within its range");
    if (result < 0) {
        demand(number == -7, "a refusal leaves the number");
        return;
    }
    char again[TEXT_MAX];
    int64_t same;
    snprintf(again, sizeof again, "%" PRId64, number);
    demand(strcmp(text + (strlen(text) - strlen(again)), again) == 0, "it is the number of its digits");
    demand(read_whole_number("number", again, least, most, &same) == 0 && same == number, "what is written is read");
}

static void check_port(const char *text)
{
    int port = -7;
    int result = read_port(text, &port);
    check_complaint(result);
    demand((result == 0) == (is_digits(text) && is_in_range(text, 1, 65535)), "a port is from 1 to 65535");
    demand(result < 0 || port == atoi(text), "a port is its number");
}

/* Digits, which a point may stand for, and perhaps a point with one to three more. */
static bool is_seconds(const char *text, int64_t *milliseconds_out)
{
    char whole[TEXT_MAX];
    const char *point = strchr(text, '.');
    size_t length = point ? (size_t)(point - text) : strlen(text);
    snprintf(whole, sizeof whole, "%.*s", (int)length, text);
    if (!(point && length == 0) && (!is_digits(whole) || !is_in_range(whole, 0, 1000000)))
        return false;
    if (point && (!is_digits(point + 1) || strlen(point + 1) > 3))
        return false;
    char decimals[] = "000";
    memcpy(decimals, point ? point + 1 : "", point ? strlen(point + 1) : 0);
    *milliseconds_out = strtoll(whole, NULL, 10) * 1000 + strtoll(decimals, NULL, 10);
    return true;
}

static void check_seconds(const char *text, int64_t least_ms)
{
    int64_t milliseconds = -7;
    int64_t expected = -7;
    int result = read_seconds("time", text, least_ms, &milliseconds);
    check_complaint(result);
    bool is_right = is_seconds(text, &expected) && expected >= least_ms && expected <= most_ms;
    demand((result == 0) == is_right, "seconds have at most three decimals and lie in their range");
    if (result < 0)
        return;
    demand(milliseconds == expected, "seconds are so many milliseconds");
    char again[TEXT_MAX];
    snprintf(again, sizeof again, "%" PRId64 ".%03" PRId64, milliseconds / 1000, milliseconds % 1000);
    demand(read_seconds("time", again, least_ms, &expected) == 0 && expected == milliseconds,
           "what is written is read");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const int64_t most[] = {65535, 1, 1000000, INT64_C(1000000000000000), INT64_MAX};
    struct input input = {.bytes = bytes, .left = size};
    char text[TEXT_MAX / 2];
    const char *kept = NULL;
    uint8_t choice = input_byte(&input);
    input_line(&input, text, sizeof text);
    check_whole_number(text, choice & 1, most[choice / 2 % 5]);
    check_port(text);
    check_seconds(text, choice & 1);
    int result = read_text("text", text, &kept);
    check_complaint(result);
    demand((result == 0) == (*text != '\0') && (result < 0 || kept == text), "a text is any but the empty one");
    return 0;
}
