/* Each line is one write(2), short enough for a pipe that has any room to take it whole: see server-log.h. */
#include "server-log.h"

#include "report.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINE = 512 };

void begin_log(struct server_log *log, int is_wanted)
{
    *log = (struct server_log){.is_wanted = is_wanted};
    pthread_mutex_init(&log->lock, NULL);
}

static int write_line(enum journal_level level, const char *text)
{
    char line[MAX_LINE + 64];
    int length = snprintf(line, sizeof line, "%s%s: %s\n", journal_prefix(level), program_name, text);
    struct pollfd errors = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&errors, 1, 0) != 1 || (errors.revents & POLLOUT) == 0)
        return -1;
    return write(STDERR_FILENO, line, (size_t)length) == length ? 0 : -1;
}

static void write_count_of_left_out(struct server_log *log)
{
    char text[64];
    snprintf(text, sizeof text, "%ld lines left out: nobody read them", log->left_out);
    if (write_line(LEVEL_WARNING, text) == 0)
        log->left_out = 0;
}

void log_line(struct server_log *log, enum journal_level level, const char *format, ...)
{
    if (!log->is_wanted)
        return;
    char text[MAX_LINE];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    pthread_mutex_lock(&log->lock);
    if (log->left_out > 0)
        write_count_of_left_out(log);
    if (log->left_out > 0 || write_line(level, text) < 0)
        log->left_out++;
    pthread_mutex_unlock(&log->lock);
}

void end_log(struct server_log *log)
{
    pthread_mutex_destroy(&log->lock);
}
