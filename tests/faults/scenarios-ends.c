/* Connections end because the peer has finished, or because the server is told to stop. */
#include "host.h"
#include "observer.h"
#include "scenarios.h"

/** Peers that have sent and finished before anybody looks: data and FIN come as one. */
void play_half_close(const struct setting *setting)
{
    struct host host;
    if (!host_begin(&host, &(struct plan){.poller = setting->poller}))
        return;
    struct observer talker;
    struct observer mute;
    observer_connect(&talker, 1, host.port);
    observer_send(&talker, LONG);
    observer_half_close(&talker);
    observer_connect(&mute, 2, host.port);
    observer_half_close(&mute);
    host_run(&host);
    observer_end(&talker);
    observer_end(&mute);
    struct visit visit;
    visit_begin(&visit, 1, setting->mode);
    visit_connect(&visit, NULL, host.port);
    visit_echo(&visit, LONG, true);
    visit_finish(&visit);
    visit_end(&visit);
    host_stop(&host);
    host_end(&host);
}

/** Peers that have all their bytes back, and one that still sends when the server has finished. */
void play_drain(const struct setting *setting)
{
    struct host host;
    if (!host_begin(&host, &(struct plan){.poller = setting->poller, .traits = STOPS}))
        return;
    host_run(&host);
    struct observer observer;
    struct visit visit;
    observer_connect(&observer, 1, host.port);
    observer_send(&observer, SHORT);
    observer_expect_echo(&observer);
    visit_begin(&visit, 1, setting->mode);
    visit_connect(&visit, NULL, host.port);
    visit_echo(&visit, SHORT, false);
    host_stop(&host);
    observer_expect_end(&observer);
    observer_send(&observer, SHORT);
    observer_close(&observer);
    visit_finish(&visit);
    visit_end(&visit);
    host_end(&host);
}

/** Peers that nobody has accepted yet when the server is told to stop. */
void play_queue(const struct setting *setting)
{
    struct host host;
    if (!host_begin(&host, &(struct plan){.poller = setting->poller, .traits = STOPS}))
        return;
    struct observer talker;
    struct observer mute;
    observer_connect(&talker, 1, host.port);
    observer_send(&talker, MESSAGE);
    observer_connect(&mute, 2, host.port);
    host_stop(&host);
    host_run(&host);
    observer_end(&talker);
    observer_end(&mute);
    host_end(&host);
}

/** The stop comes when the server has received a message and is about to send it back; another peer has not read yet
 * what came back. */
void play_stop_in_mid_echo(const struct setting *setting)
{
    struct host host;
    if (!host_begin(&host, &(struct plan){.poller = setting->poller, .traits = STOPS}))
        return;
    host_run(&host);
    struct observer observer;
    struct visit visit;
    observer_connect(&observer, 1, host.port);
    observer_send(&observer, LONG);
    observer_expect_bytes(&observer, SHORT);
    visit_begin(&visit, 1, setting->mode);
    visit_connect(&visit, NULL, host.port);
    host_stop_at_send(&host, 1);
    visit_echo(&visit, MESSAGE, true);
    visit_finish(&visit);
    visit_end(&visit);
    host_stop_once(&host);
    observer_end(&observer);
    host_end(&host);
}

/** The second stop comes while a peer has not taken all that is meant for it, and another one has. */
void play_second_stop(const struct setting *setting)
{
    struct host host;
    if (!host_begin(&host, &(struct plan){
                               .poller = setting->poller, .is_narrow = true, .traits = BYTES_VARY | CROWDED | STOPS}))
        return;
    host_run(&host);
    struct observer deaf;
    struct observer idle;
    observer_connect(&idle, 1, host.port);
    observer_send(&idle, SHORT);
    observer_expect_echo(&idle);
    observer_connect_narrow(&deaf, 2, host.port);
    observer_fill(&deaf, HUGE);
    host_stop(&host);
    host_stop(&host);
    observer_end(&idle);
    host_await_nobody(&host);
    observer_end(&deaf);
    host_end(&host);
}
