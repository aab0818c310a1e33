/* What a person sees while a long task runs: one line on stderr that is written anew in its place. */
#ifndef EXAMPLES_CLIENT_LIVE_H
#define EXAMPLES_CLIENT_LIVE_H

struct live_line {
    int length; /* of what stands there */
};

void show_live_line(struct live_line *line, const char *text);

/* Leaves the place of the line empty. */
void clear_live_line(struct live_line *line);

#endif
