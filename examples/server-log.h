/* The log of sockecho-server: lines on stderr, from any thread. A line for which stderr has no room is left out and
 * counted, so that whoever does not read the log does not hold up the echo.
 */
#ifndef EXAMPLES_SERVER_LOG_H
#define EXAMPLES_SERVER_LOG_H

#include "journal.h"

#include <pthread.h>

struct server_log {
    int is_wanted; /* without it nothing is written */
    pthread_mutex_t lock;
    long left_out;
};

void begin_log(struct server_log *log, int is_wanted);

__attribute__((format(printf, 3, 4))) void log_line(struct server_log *log, enum journal_level level,
                                                    const char *format, ...);

void end_log(struct server_log *log);

#endif
