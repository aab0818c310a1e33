/* Connections end, or never begin, because of a limit. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aim.h"
#include "hooks.h"
#include "host.h"
#include "ledger.h"
#include "observer.h"
#include "scenarios.h"

/** A socket of the harness on a free port of 127.0.0.1. */
static int bound_socket(int *port_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, length) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        verdict_fail("the harness cannot bind: errno %d", errno);
    *port_out = ntohs(address.sin_port);
    return fd;
}

/** Nobody listens there. */
static void visit_nobody(int number, const struct setting *setting)
{
    int port;
    int fd = bound_socket(&port);
    struct visit visit;
    visit_begin(&visit, number, setting->mode);
    visit_connect(&visit, NULL, port);
    visit_end(&visit);
    close(fd);
}

/** One may be in, and is; who comes beyond is reset. All of them come before anybody looks. */
void play_refuse(const struct setting *setting)
{
    struct host host;
    if (!host_begin(&host, &(struct plan){.poller = setting->poller, .max_connections = 1, .traits = CROWDED}))
        return;
    struct observer first;
    struct observer second;
    struct visit visit;
    observer_connect(&first, 1, host.port);
    observer_connect(&second, 2, host.port);
    visit_begin(&visit, 1, setting->mode);
    visit_connect(&visit, NULL, host.port);
    host_run(&host);
    observer_end(&second);
    visit_echo(&visit, MESSAGE, true);
    visit_end(&visit);
    observer_send(&first, SHORT);
    observer_expect_echo(&first);
    observer_half_close(&first);
    observer_end(&first);
    visit_nobody(2, setting);
    host_stop(&host);
    host_end(&host);
}

/** The callback lets nobody in. */
void play_turn_away(const struct setting *setting)
{
    struct host host;
    if (!host_begin(&host, &(struct plan){.poller = setting->poller, .turns_away = true, .traits = CROWDED}))
        return;
    struct observer observer;
    struct visit visit;
    observer_connect(&observer, 1, host.port);
    visit_begin(&visit, 1, setting->mode);
    visit_connect(&visit, NULL, host.port);
    host_run(&host);
    observer_end(&observer);
    visit_echo(&visit, MESSAGE, false);
    visit_end(&visit);
    host_stop(&host);
    host_end(&host);
}

/** A peer that takes nothing, beside one that does. */
void play_stall(const struct setting *setting)
{
    struct host host;
    if (!host_begin(&host, &(struct plan){
                               .poller = setting->poller, .is_narrow = true, .stall_ms = 1000, .traits = BYTES_VARY}))
        return;
    host_run(&host);
    struct observer observer;
    struct visit visit;
    observer_connect_narrow(&observer, 1, host.port);
    observer_fill(&observer, HUGE);
    visit_begin(&visit, 1, setting->mode);
    visit_connect(&visit, NULL, host.port);
    visit_echo(&visit, MESSAGE, true);
    visit_finish(&visit);
    visit_end(&visit);
    host_await_nobody(&host);
    observer_end(&observer);
    host_stop(&host);
    host_end(&host);
}

/** A peer that says nothing, until the server has enough. */
void play_idle(const struct setting *setting)
{
    struct host host;
    if (!host_begin(&host, &(struct plan){.poller = setting->poller, .idle_ms = 2000}))
        return;
    host_run(&host);
    struct observer observer;
    observer_connect(&observer, 1, host.port);
    observer_send(&observer, SHORT);
    observer_expect_echo(&observer);
    observer_end(&observer);
    host_stop(&host);
    host_end(&host);
}

/** Takes the client off the queue, and resets it. */
static void reset_visitor(void *argument)
{
    const struct linger now = {.l_onoff = 1};
    int fd = accept4(*(int *)argument, NULL, NULL, 0);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
}

/** A server, not of this library, that listens and says nothing. A client that could wait for ever is reset just before
 * it waits for room; the others give up. */
void play_silence(const struct setting *setting)
{
    enum { NARROW = 4096 };
    const int narrow = NARROW;
    int port;
    int listener = bound_socket(&port);
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &narrow, sizeof(narrow));
    listen(listener, 4);
    ledger_watch_fd(listener);
    struct visit visit;
    hook_narrow(true);
    story_mark(CROWDED);
    visit_begin(&visit, 1, setting->mode);
    visit_connect(&visit, NULL, port);
    if (setting->mode == BLOCKING)
        aim_do_before(CLIENT_ECHO, CALL_POLL, 1, reset_visitor, &listener);
    visit_echo(&visit, HUGE, false);
    visit_end(&visit);
    hook_narrow(false);
    ledger_remove_fd(listener);
    close(listener);
}
