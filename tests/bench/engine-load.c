/* bench-checked-load and bench-unchecked-load: the library's load engine, and the same with its check of the bytes
 * taken out when it is linked (no-check.c). The two differ in nothing else, not even in what they call themselves, so
 * the ratio of their figures is what the check costs.
 *
 * usage: bench-checked-load [--connections N] [--size BYTES] [--depth N] [--duration SECONDS] -p PORT HOST
 */
#include "load-window.h"
#include "measure.h"
#include "report.h"

#include <sockecho.h>

const char program_name[] = "bench-engine-load";

/* The engine tells of its figures ten times in the window; the first interval is the time to settle. */
struct window {
    struct se_load *load;
    int intervals;
    int64_t echoes;
    struct load_mark begin;
    struct load_mark end;
};

static void on_interval(const struct se_load *interval, void *user_data)
{
    struct window *window = user_data;
    if (window->intervals > LOAD_TENTHS)
        return; /* it ends already */
    window->echoes += se_load_stat(interval, SE_LOAD_RETURNED);
    window->end = load_mark_now(window->echoes);
    if (window->intervals == 0)
        window->begin = window->end;
    if (window->intervals == LOAD_TENTHS)
        se_load_stop(window->load);
    window->intervals++;
}

static void set_up(struct se_load *load, const struct load_wish *wish, struct window *window)
{
    int64_t interval_ms = wish->duration_ms / LOAD_TENTHS;
    int error = se_load_set_connections(load, (int)wish->connections);
    error = error ? error : se_load_set_size(load, wish->size);
    error = error ? error : se_load_set_depth(load, (int)wish->depth);
    error = error ? error : se_load_set_duration(load, interval_ms * (LOAD_TENTHS + 2));
    error = error ? error : se_load_set_callback(load, interval_ms, on_interval, window);
    if (error < 0)
        bench_die("cannot set up the load: %s", se_strerror(error));
}

static void expect_success(const struct se_load *load, const struct load_wish *wish, const struct window *window)
{
    if (se_load_stat(load, SE_LOAD_CONNECTED) < wish->connections)
        bench_die("not all connections could be opened");
    if (se_load_stat(load, SE_LOAD_MISMATCH) > 0)
        bench_die("a wrong byte came back");
    if (se_load_stat(load, SE_LOAD_LOST) > 0 || se_load_stat(load, SE_LOAD_RESET) > 0)
        bench_die("a connection was lost");
    if (window->intervals <= LOAD_TENTHS)
        bench_die("the load ended too soon");
}

int main(int argc, char **argv)
{
    struct load_wish wish;
    struct window window = {.load = NULL};
    if (prepare_standard_streams() < 0)
        return EXIT_FAILED;
    if (load_read_wish(argc, argv, &wish) < 0)
        return EXIT_USAGE;
    int error = se_load_new(&window.load);
    if (error < 0)
        bench_die("cannot make a load: %s", se_strerror(error));
    set_up(window.load, &wish, &window);
    error = se_load_run(window.load, wish.place.host, wish.place.port);
    if (error < 0)
        bench_die("cannot load '%s' port %d: %s", wish.place.host, wish.place.port, se_strerror(error));
    expect_success(window.load, &wish, &window);
    se_load_free(window.load);
    return load_print_window(&wish, &window.begin, &window.end) < 0 ? EXIT_FAILED : EXIT_OK;
}
