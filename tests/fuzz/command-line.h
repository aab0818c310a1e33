/** @file command-line.h
 * What the targets share that read the programs' arguments: a command line out of the input, and complaints that are
 * counted instead of printed.
 */
#ifndef FUZZ_COMMAND_LINE_H
#define FUZZ_COMMAND_LINE_H

#include "input.h"

/* What is read has fewer arguments than there is room for: written out again, it may have more. */
enum { ARGUMENTS_READ = 40, ARGUMENTS_MAX = 120, ARGUMENT_SIZE = 160 };

struct command_line {
    int count;
    char *arguments[ARGUMENTS_MAX + 2]; /**< ended by NULL, as main() gets them */
    char texts[ARGUMENTS_MAX + 1][ARGUMENT_SIZE];
};

/** With the program's name alone. getopt(3) begins anew. */
void command_line_begin(struct command_line *line);
__attribute__((format(printf, 2, 3))) void command_line_add(struct command_line *line, const char *format, ...);
/** Each line of the input is an argument. */
void command_line_read(struct command_line *line, struct input *input);

/** How many complaints there were since the last call. */
int complaints_taken(void);

#endif
