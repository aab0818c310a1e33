/* The live line of a load: see client-load-live.h. No escape sequence is used: a shorter line is filled up with spaces. */
#include "client-load-live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 79 }; /* a longer line would not stay in its place */

static void show(struct live_line *line, const char *text)
{
    fprintf(stderr, "\r%-*.*s\r%.*s", line->length, WIDTH, "", WIDTH, text);
    line->length = (int)strnlen(text, WIDTH);
}

static double microseconds(int64_t nanoseconds)
{
    return nanoseconds > 0 ? (double)nanoseconds / 1e3 : 0;
}

static void show_interval(const struct se_load *interval, void *user_data)
{
    struct live_line *line = user_data;
    char text[256];
    int64_t elapsed_ns = se_load_stat(interval, SE_LOAD_ELAPSED_NS);
    line->elapsed_ns += elapsed_ns;
    line->lost += se_load_stat(interval, SE_LOAD_LOST);
    snprintf(text, sizeof text, "%.0f s: %.0f messages/s, p50 %.1f us, p99 %.1f us, max %.1f us, %" PRId64 " lost",
             (double)line->elapsed_ns / 1e9,
             elapsed_ns > 0 ? (double)se_load_stat(interval, SE_LOAD_RETURNED) / ((double)elapsed_ns / 1e9) : 0,
             microseconds(se_load_latency_ns(interval, 50)), microseconds(se_load_latency_ns(interval, 99)),
             microseconds(se_load_latency_ns(interval, 100)), line->lost);
    show(line, text);
}

int begin_live_line(struct live_line *line, struct se_load *load, const struct load_options *options)
{
    *line = (struct live_line){.is_shown = isatty(STDERR_FILENO)};
    if (!line->is_shown)
        return 0;
    show(line, options->warmup_ms > 0 ? "connects and warms up" : "connects");
    return se_load_set_callback(load, options->interval_ms, show_interval, line);
}

void end_live_line(struct live_line *line)
{
    if (line->is_shown)
        show(line, "");
}
