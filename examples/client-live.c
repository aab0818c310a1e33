/* The live line: see client-live.h. No escape sequence is used: a shorter line is filled up with spaces. */
#include "client-live.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 79 }; /* a longer line would not stay in its place */

void show_live_line(struct live_line *line, const char *text)
{
    fprintf(stderr, "\r%-*.*s\r%.*s", line->length, WIDTH, "", WIDTH, text);
    line->length = (int)strnlen(text, WIDTH);
}

void clear_live_line(struct live_line *line)
{
    if (line->length > 0)
        show_live_line(line, "");
}
