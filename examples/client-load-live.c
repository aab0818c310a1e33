/* The live line of a load: see client-load-live.h. */
#include "client-load-live.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static double microseconds(int64_t nanoseconds)
{
    return nanoseconds > 0 ? (double)nanoseconds / 1e3 : 0;
}

static void show_interval(const struct se_load *interval, void *user_data)
{
    struct load_live *live = user_data;
    char text[256];
    int64_t elapsed_ns = se_load_stat(interval, SE_LOAD_ELAPSED_NS);
    live->elapsed_ns += elapsed_ns;
    live->lost += se_load_stat(interval, SE_LOAD_LOST);
    snprintf(text, sizeof text, "%.0f s: %.0f messages/s, p50 %.1f us, p99 %.1f us, max %.1f us, %" PRId64 " lost",
             (double)live->elapsed_ns / 1e9,
             elapsed_ns > 0 ? (double)se_load_stat(interval, SE_LOAD_RETURNED) / ((double)elapsed_ns / 1e9) : 0,
             microseconds(se_load_latency_ns(interval, 50)), microseconds(se_load_latency_ns(interval, 99)),
             microseconds(se_load_latency_ns(interval, 100)), live->lost);
    show_live_line(&live->line, text);
}

int begin_load_live(struct load_live *live, struct se_load *load, const struct load_options *options)
{
    *live = (struct load_live){0};
    if (!isatty(STDERR_FILENO))
        return 0;
    show_live_line(&live->line, options->warmup_ms > 0 ? "connects and warms up" : "connects");
    return se_load_set_callback(load, options->interval_ms, show_interval, live);
}

void end_load_live(struct load_live *live)
{
    clear_live_line(&live->line);
}
