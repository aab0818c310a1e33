/* The progress of a long transfer: see client-progress.h. */
#include "client-progress.h"

#include "client-signals.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t long_ns = INT64_C(1000000000);
static const int64_t interval_ns = INT64_C(200000000);

static int64_t find_total(void)
{
    struct stat status;
    if (fstat(STDIN_FILENO, &status) < 0 || !S_ISREG(status.st_mode))
        return -1;
    off_t begin = lseek(STDIN_FILENO, 0, SEEK_CUR);
    return begin >= 0 && begin < status.st_size ? status.st_size - begin : -1;
}

void begin_progress(struct progress *progress)
{
    *progress = (struct progress){.is_shown = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO)};
    if (!progress->is_shown)
        return;
    progress->total = find_total();
    progress->began_ns = now_ns();
    progress->due_ns = progress->began_ns + long_ns;
}

static double mebibytes(int64_t bytes)
{
    return (double)bytes / (1 << 20);
}

void show_progress(struct progress *progress, int64_t bytes)
{
    char of_total[48] = "";
    char text[160];
    if (!progress->is_shown || now_ns() < progress->due_ns)
        return;
    progress->due_ns = now_ns() + interval_ns;
    if (progress->total >= 0)
        snprintf(of_total, sizeof of_total, " of %.1f MiB", mebibytes(progress->total));
    snprintf(text, sizeof text, "%.1f MiB%s echoed, %.1f MiB/s", mebibytes(bytes), of_total,
             mebibytes(bytes) / ((double)(now_ns() - progress->began_ns) / 1e9));
    show_live_line(&progress->line, text);
}

void end_progress(struct progress *progress)
{
    clear_live_line(&progress->line);
}
