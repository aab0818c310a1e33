/* A complaint is formatted all the same, so that a sanitizer sees what it reads. */
#include "command-line.h"

#include "report.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

static int complaints;

int complaints_taken(void)
{
    int taken = complaints;
    complaints = 0;
    return taken;
}

void complain(const char *format, ...)
{
    static char text[4096];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    demand(length > 0, "a complaint says something");
    complaints++;
}

void command_line_begin(struct command_line *line)
{
    line->count = 0;
    command_line_add(line, "program");
    optind = 0;
}

void command_line_add(struct command_line *line, const char *format, ...)
{
    demand(line->count <= ARGUMENTS_MAX, "a command line has room");
    va_list values;
    va_start(values, format);
    vsnprintf(line->texts[line->count], ARGUMENT_SIZE, format, values);
    va_end(values);
    line->arguments[line->count] = line->texts[line->count];
    line->arguments[++line->count] = NULL;
}

void command_line_read(struct command_line *line, struct input *input)
{
    char text[ARGUMENT_SIZE];
    command_line_begin(line);
    while (!input_is_over(input) && line->count <= ARGUMENTS_READ) {
        input_line(input, text, sizeof text);
        command_line_add(line, "%s", text);
    }
}
