/* Each party does its part before the next one comes, where that is possible, so that nobody waits for long. */
#include "scenarios.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host.h"
#include "observer.h"
#include "verdict.h"

/** A bare peer that gets its echo and ends in order. */
static void observe(struct observer *observer, size_t length)
{
    observer_send(observer, length);
    observer_expect_echo(observer);
    observer_half_close(observer);
    observer_end(observer);
}

static void observe_at(int number, int port, size_t length)
{
    struct observer observer;
    observer_connect(&observer, number, port);
    observe(&observer, length);
}

static void talk(struct visit *visit)
{
    visit_echo(visit, MESSAGE, true);
    visit_echo(visit, SHORT, false);
    visit_finish(visit);
    visit_end(visit);
}

static void visit_at(int number, const struct setting *setting, const char *host, int port)
{
    struct visit visit;
    visit_begin(&visit, number, setting->mode);
    visit_connect(&visit, host, port);
    talk(&visit);
}

static void serve_three(const struct setting *setting, const struct plan *plan)
{
    struct host host;
    if (!host_begin(&host, plan))
        return;
    host_run(&host);
    observe_at(1, host.port, MESSAGE);
    visit_at(1, setting, NULL, host.port);
    observe_at(2, host.port, SHORT);
    host_stop(&host);
    host_end(&host);
}

static void play_echo(const struct setting *setting)
{
    serve_three(setting, &(struct plan){.poller = setting->poller});
}

static void play_inherited(const struct setting *setting)
{
    serve_three(setting, &(struct plan){.poller = setting->poller, .is_inherited = true});
}

static void play_started(const struct setting *setting)
{
    serve_three(setting, &(struct plan){.poller = setting->poller, .is_started = true, .has_events = true});
}

static void play_loop(const struct setting *setting)
{
    serve_three(setting, &(struct plan){.poller = setting->poller, .is_in_a_loop = true});
}

/** Both workers have somebody at the same time. */
static void play_two_workers(const struct setting *setting)
{
    struct host host;
    if (!host_begin(&host, &(struct plan){.poller = setting->poller, .workers = 2}))
        return;
    host_run(&host);
    struct observer first;
    struct observer second;
    observer_connect(&first, 1, host.port);
    observer_send(&first, SHORT);
    observer_expect_echo(&first);
    observer_connect(&second, 2, host.port);
    observe(&second, MESSAGE);
    visit_at(1, setting, NULL, host.port);
    host_stop(&host);
    observer_end(&first);
    host_end(&host);
}

/** A socket that nobody listens on any more. */
static void leave_file(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        verdict_fail("the harness cannot make the file of a unix socket");
    close(fd);
}

static void play_unix(const struct setting *setting)
{
    char path[32];
    struct host host;
    snprintf(path, sizeof(path), "%d.socket", (int)getpid());
    unlink(path);
    leave_file(path);
    if (!host_begin(&host, &(struct plan){.poller = setting->poller, .path = path})) {
        unlink(path);
        return;
    }
    host_run(&host);
    struct observer observer;
    observer_connect_unix(&observer, 1, path);
    observe(&observer, MESSAGE);
    struct visit visit;
    visit_begin(&visit, 1, setting->mode);
    visit_connect_unix(&visit, path);
    talk(&visit);
    host_stop(&host);
    host_end(&host);
    unlink(path);
}

static const struct scenario list[] = {
    {"echo", play_echo},
    {"half-close", play_half_close},
    {"drain", play_drain},
    {"queue", play_queue},
    {"stop-in-mid-echo", play_stop_in_mid_echo},
    {"second-stop", play_second_stop},
    {"refuse", play_refuse},
    {"turn-away", play_turn_away},
    {"stall", play_stall},
    {"silence", play_silence},
    {"idle", play_idle},
    {"inherited", play_inherited},
    {"two-workers", play_two_workers},
    {"started", play_started},
    {"loop", play_loop},
    {"unix", play_unix},
    {"spare-address", play_spare_address},
    {"last-address", play_last_address},
    {"fall-back", play_fall_back, .is_of_auto = true},
    {"load", play_load, .has_one_setting = true},
    {"load-long", play_load_of_long_messages, .has_one_setting = true},
    {"load-rate", play_load_at_a_rate, .has_one_setting = true},
    {"load-threads", play_load_in_threads, .has_one_setting = true},
};

const struct scenario *scenarios(size_t *count_out)
{
    *count_out = sizeof(list) / sizeof(list[0]);
    return list;
}
