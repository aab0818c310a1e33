/* The live line of a load: see client-load-live.h. */
#include "client-load-live.h"

#include "client-load-result.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* In the table of percentiles; a later one would not find room in the line. */
enum { MEDIAN = 0, LAST_SHOWN = 2 };

/* With a comma before it, or nothing where the value is not known. */
static void name_value(const char *name, double value_us, char *text, size_t size)
{
    text[0] = '\0';
    if (value_us >= 0)
        snprintf(text, size, ", %s %.1f us", name, value_us);
}

/* The highest that can be told, beside the median. */
static void name_tail(const struct round_trips *trips, char *text, size_t size)
{
    text[0] = '\0';
    for (int i = LAST_SHOWN; i > MEDIAN && text[0] == '\0'; i--)
        name_value(percentiles[i].name, percentile_us(trips, &percentiles[i]), text, size);
}

static void show_figures(struct load_live *live, const struct load_result *result)
{
    char median[64];
    char tail[64];
    char most[64];
    char text[320];
    struct round_trips trips = round_trips_of_load(result);
    double messages = per_second(result, trips.count);
    name_value(percentiles[MEDIAN].name, percentile_us(&trips, &percentiles[MEDIAN]), median, sizeof median);
    name_tail(&trips, tail, sizeof tail);
    name_value("max", latency_us(&trips, 100), most, sizeof most);
    snprintf(text, sizeof text, "%.*f s: %.0f messages/s%s%s%s, %" PRId64 " lost",
             live->interval_ms % 1000 == 0 ? 0 : 1, (double)live->elapsed_ns / 1e9, messages > 0 ? messages : 0, median,
             tail, most, live->lost);
    show_live_line(&live->line, text);
}

/* What is left after the last whole interval is the end of the load: its line would be cleared at once, and the figures
 * of a few microseconds say nothing. Under load an interval may be a little shorter than it should.
 */
static void show_interval(const struct se_load *interval, void *user_data)
{
    struct load_live *live = user_data;
    const struct load_result result = {.load = interval};
    int64_t elapsed_ns = load_figure(&result, SE_LOAD_ELAPSED_NS);
    live->elapsed_ns += elapsed_ns;
    live->lost += load_figure(&result, SE_LOAD_LOST);
    if (elapsed_ns / 1000000 >= live->interval_ms / 2)
        show_figures(live, &result);
}

int begin_load_live(struct load_live *live, struct se_load *load, const struct load_options *options)
{
    *live = (struct load_live){.interval_ms = options->interval_ms};
    if (!isatty(STDERR_FILENO))
        return 0;
    show_live_line(&live->line, options->warmup_ms > 0 ? "connects and warms up" : "connects");
    return se_load_set_callback(load, options->interval_ms, show_interval, live);
}

void end_load_live(struct load_live *live)
{
    clear_live_line(&live->line);
}
