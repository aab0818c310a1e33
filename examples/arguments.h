/* Reads numbers and options of a command line, strictly: a number is digits alone, within its range. Whatever is not
 * gets one complaint that names the value. Nothing is rounded, clamped or cut off in silence.
 */
#ifndef EXAMPLES_ARGUMENTS_H
#define EXAMPLES_ARGUMENTS_H

#include <getopt.h>
#include <stdint.h>

/* Each of these gives 0 and the value, or -1 after a complaint. `name` is what the complaint calls the value. */

int read_whole_number(const char *name, const char *text, int64_t least, int64_t most, int64_t *number_out);

/* Any text but the empty one, which stays the argument's. */
int read_text(const char *name, const char *text, const char **text_out);

/* 1 to 65535. */
int read_port(const char *text, int *port_out);

/* The same, or the word "any", which is `any`. */
int read_port_or_any(const char *text, int any, int *port_out);

/* Seconds with at most three decimals, as milliseconds: "2", "0.5", ".5". Up to 1000000 seconds. */
int read_seconds(const char *name, const char *text, int64_t least_ms, int64_t *milliseconds_out);

/* The same, or the word "none", which is `none`. */
int read_seconds_or_none(const char *name, const char *text, int64_t least_ms, int64_t none, int64_t *milliseconds_out);

/* Complains of the option that getopt_long(3) refused: it gave `refusal`, which is '?' or ':'. */
void complain_of_option(int refusal, const char *short_options, const struct option *long_options, char **arguments);

#endif
