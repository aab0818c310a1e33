/* Reads numbers and options of a command line: see arguments.h. */
#include "arguments.h"

#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SECONDS = 1000000, REFUSAL_SIZE = 32 };

static int is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Reads digits from *text_inout on and moves it behind them. -1 without a digit or above `most`. */
static int64_t read_digits(const char **text_inout, int64_t most)
{
    const char *text = *text_inout;
    if (!is_digit(*text))
        return -1;
    int64_t number = 0;
    for (; is_digit(*text); text++) {
        int64_t digit = *text - '0';
        if (number > most / 10 || number * 10 > most - digit)
            return -1;
        number = number * 10 + digit;
    }
    *text_inout = text;
    return number;
}

/* "is not", or, where a word may stand for the number, "is neither 'none' nor". */
static void begin_refusal(const char *word, char refusal[REFUSAL_SIZE])
{
    if (word == NULL)
        snprintf(refusal, REFUSAL_SIZE, "is not");
    else
        snprintf(refusal, REFUSAL_SIZE, "is neither '%s' nor", word);
}

static int read_number_beside(const char *word, const char *name, const char *text, int64_t least, int64_t most,
                              int64_t *number_out)
{
    const char *rest = text;
    int64_t number = read_digits(&rest, most);
    if (number < least || *rest != '\0') {
        char refusal[REFUSAL_SIZE];
        begin_refusal(word, refusal);
        complain("%s '%s' %s a whole number from %" PRId64 " to %" PRId64, name, text, refusal, least, most);
        return -1;
    }
    *number_out = number;
    return 0;
}

int read_whole_number(const char *name, const char *text, int64_t least, int64_t most, int64_t *number_out)
{
    return read_number_beside(NULL, name, text, least, most, number_out);
}

int read_text(const char *name, const char *text, const char **text_out)
{
    if (*text == '\0') {
        complain("%s '' is empty", name);
        return -1;
    }
    *text_out = text;
    return 0;
}

static int read_port_beside(const char *word, const char *text, int *port_out)
{
    int64_t port;
    if (read_number_beside(word, "port", text, 1, 65535, &port) < 0)
        return -1;
    *port_out = (int)port;
    return 0;
}

int read_port(const char *text, int *port_out)
{
    return read_port_beside(NULL, text, port_out);
}

int read_port_or_any(const char *text, int any, int *port_out)
{
    if (strcmp(text, "any") != 0)
        return read_port_beside("any", text, port_out);
    *port_out = any;
    return 0;
}

/* Reads "" or a point and one to three digits as milliseconds. -1 if it is neither. */
static int64_t read_decimals(const char *text)
{
    if (*text == '\0')
        return 0;
    if (*text++ != '.' || *text == '\0')
        return -1;
    int64_t milliseconds = 0;
    for (int64_t place = 100; *text != '\0'; text++, place /= 10) {
        if (!is_digit(*text) || place == 0)
            return -1;
        milliseconds += place * (*text - '0');
    }
    return milliseconds;
}

static int read_seconds_beside(const char *word, const char *name, const char *text, int64_t least_ms,
                               int64_t *milliseconds_out)
{
    const char *rest = text;
    int64_t seconds = *text == '.' ? 0 : read_digits(&rest, MAX_SECONDS);
    int64_t decimals_ms = seconds < 0 ? -1 : read_decimals(rest);
    int64_t milliseconds = seconds * 1000 + decimals_ms;
    if (decimals_ms < 0 || milliseconds < least_ms || milliseconds > MAX_SECONDS * INT64_C(1000)) {
        char refusal[REFUSAL_SIZE];
        begin_refusal(word, refusal);
        complain("%s '%s' %s a number of seconds from %s to %d, with at most three decimals", name, text, refusal,
                 least_ms == 0 ? "0" : "0.001", MAX_SECONDS);
        return -1;
    }
    *milliseconds_out = milliseconds;
    return 0;
}

int read_seconds(const char *name, const char *text, int64_t least_ms, int64_t *milliseconds_out)
{
    return read_seconds_beside(NULL, name, text, least_ms, milliseconds_out);
}

int read_seconds_or_none(const char *name, const char *text, int64_t least_ms, int64_t none, int64_t *milliseconds_out)
{
    if (strcmp(text, "none") != 0)
        return read_seconds_beside("none", name, text, least_ms, milliseconds_out);
    *milliseconds_out = none;
    return 0;
}

static int is_one_of(const char *short_options, int option)
{
    return option > 0 && option < 128 && strchr(short_options, option) != NULL;
}

/* getopt_long(3) takes the beginning of a name for the name where it is that of one alone. */
static int is_ambiguous(const struct option *long_options, const char *argument)
{
    if (strncmp(argument, "--", 2) != 0)
        return 0;
    int count = 0;
    size_t length = strcspn(argument + 2, "=");
    for (const struct option *option = long_options; option->name != NULL; option++)
        count += strncmp(option->name, argument + 2, length) == 0;
    return count > 1;
}

void complain_of_option(int refusal, const char *short_options, const struct option *long_options, char **arguments)
{
    /* Where a value is missing, some C libraries step over the end of the arguments. */
    const char *last = arguments[optind - 1] ? arguments[optind - 1] : arguments[optind - 2];
    if (refusal == ':')
        complain("option '%s' needs a value (--help tells more)", last);
    else if (optopt == 0)
        complain("%s option '%s' (--help tells more)", is_ambiguous(long_options, last) ? "ambiguous" : "unknown",
                 last);
    else if (is_one_of(short_options, optopt) || optopt >= 256)
        complain("option '%s' takes no value (--help tells more)", last);
    else
        complain("unknown option '-%c' (--help tells more)", optopt);
}
