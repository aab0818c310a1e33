/* How far a long transfer of stdin has come: a line on stderr that is written anew in its place. */
#ifndef EXAMPLES_CLIENT_PROGRESS_H
#define EXAMPLES_CLIENT_PROGRESS_H

#include "client-live.h"

#include <stdint.h>

struct progress {
    int is_shown; /* stderr is a terminal, and stdout is none that the line would be mixed with */
    struct live_line line;
    int64_t total; /* bytes of stdin; below 0 where nobody knows */
    int64_t began_ns;
    int64_t due_ns; /* when the line is written next; the first time after a second */
};

void begin_progress(struct progress *progress);

/* `bytes` have come back so far. */
void show_progress(struct progress *progress, int64_t bytes);

void end_progress(struct progress *progress);

#endif
