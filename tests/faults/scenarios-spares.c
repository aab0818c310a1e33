/* Something fails where there is something else to try: a second address, or another poller. */

#include "hooks.h"
#include "host.h"
#include "observer.h"
#include "scenarios.h"

static void serve_one_of_each(const struct setting *setting, const struct plan *plan, const char *host_name)
{
    struct host host;
    struct observer observer;
    struct visit visit;
    if (!host_begin(&host, plan))
        return;
    host_run(&host);
    observer_connect(&observer, 1, host.port);
    observer_send(&observer, SHORT);
    observer_expect_echo(&observer);
    observer_half_close(&observer);
    observer_end(&observer);
    visit_begin(&visit, 1, setting->mode);
    visit_connect(&visit, host_name, host.port);
    visit_echo(&visit, MESSAGE, true);
    visit_finish(&visit);
    visit_end(&visit);
    host_stop(&host);
    host_end(&host);
}

/** Both names have an address to spare. */
void play_spare_address(const struct setting *setting)
{
    serve_one_of_each(
        setting,
        &(struct plan){.poller = setting->poller, .host = HOOK_NAME_TWICE, .traits = SERVER_SPARE | CLIENT_SPARE},
        HOOK_NAME_TWICE);
}

/** The client's first address is refused, so that the second one is the last. */
void play_last_address(const struct setting *setting)
{
    serve_one_of_each(setting, &(struct plan){.poller = setting->poller, .traits = CLIENT_SPARE}, HOOK_NAME_MOVED);
}

/** Each of three workers takes poll(2) where it gets no epoll(7). One of two threads may not begin. */
void play_fall_back(const struct setting *setting)
{
    serve_one_of_each(setting, &(struct plan){.poller = setting->poller, .workers = 3, .traits = FALLS_BACK}, NULL);
}
