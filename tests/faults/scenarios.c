/* Each party does its part before the next one comes, where that is possible, so that nobody waits for long. */
#include "scenarios.h"

#include "host.h"
#include "observer.h"

enum { SHORT = 64, MESSAGE = 200, LONG = 5000 };

/** A bare peer that gets its echo and ends in order. */
static void observe(int number, int port, size_t length)
{
    struct observer observer;
    observer_connect(&observer, number, port);
    observer_send(&observer, length);
    observer_expect_echo(&observer);
    observer_half_close(&observer);
    observer_expect_end(&observer);
    observer_close(&observer);
}

static void visit(int number, const struct setting *setting, int port)
{
    struct visit visit;
    visit_begin(&visit, number, setting->mode);
    visit_connect(&visit, NULL, port);
    visit_echo(&visit, MESSAGE, true);
    visit_echo(&visit, SHORT, false);
    visit_finish(&visit);
    visit_end(&visit);
}

static void serve_two(const struct setting *setting, const struct plan *plan)
{
    struct host host;
    if (!host_begin(&host, plan))
        return;
    host_run(&host);
    observe(1, host.port, MESSAGE);
    visit(1, setting, host.port);
    observe(2, host.port, SHORT);
    host_stop(&host);
    host_end(&host);
}

static void play_echo(const struct setting *setting)
{
    serve_two(setting, &(struct plan){.poller = setting->poller});
}

static const struct scenario list[] = {
    {"echo", play_echo},
};

const struct scenario *scenarios(size_t *count_out)
{
    *count_out = sizeof(list) / sizeof(list[0]);
    return list;
}
