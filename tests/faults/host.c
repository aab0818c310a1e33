/* Where a scenario is not about limits of time, they are longer than any fault lasts. */
#include "host.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aim.h"
#include "hooks.h"
#include "ledger.h"
#include "story.h"
#include "waits.h"

enum { LONG_MS = 10000, LINGER_MS = 400, DRAIN_MS = 5000 };

static const int64_t look_ns = INT64_C(2000000000); /* longer than anybody waits to be accepted */
static const int64_t patience_ns = INT64_C(60000000000);

static int listening_socket(void)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 64) != 0)
        verdict_fail("the harness cannot listen: errno %d", errno);
    return fd;
}

/** A descriptor that is refused stays the caller's. */
static void take_back(int fd)
{
    ledger_check_fd(fd, "a failed se_server_new_from_fd()");
    ledger_remove_fd(fd);
    close(fd);
}

static int new_from_fd(struct se_server **server_out)
{
    int fd = listening_socket();
    ledger_add_fd(fd);
    aim_enter(SERVER_NEW);
    int result = aim_leave(se_server_new_from_fd(fd, server_out));
    if (result != 0)
        take_back(fd);
    return result;
}

static int make(const struct plan *plan, struct se_server **server_out)
{
    if (plan->is_inherited)
        return new_from_fd(server_out);
    aim_enter(SERVER_NEW);
    return aim_leave(plan->path ? se_server_new_unix(plan->path, server_out)
                                : se_server_new(plan->host, SE_PORT_ANY, server_out));
}

static int let_in(struct se_server *server, int event, const struct se_connection *connection, void *user_data)
{
    (void)server;
    (void)event;
    (void)connection;
    (void)user_data;
    return 0;
}

static int turn_away(struct se_server *server, int event, const struct se_connection *connection, void *user_data)
{
    (void)server;
    (void)connection;
    (void)user_data;
    return event == SE_EVENT_OPENED;
}

static int set_limits(struct se_server *server, const struct plan *plan)
{
    int result = se_server_set_idle_timeout(server, plan->idle_ms ? plan->idle_ms : LONG_MS);
    if (!result)
        result = se_server_set_stall_timeout(server, plan->stall_ms ? plan->stall_ms : LONG_MS);
    if (!result)
        result = se_server_set_linger_timeout(server, LINGER_MS);
    if (!result)
        result = se_server_set_drain_timeout(server, DRAIN_MS);
    if (!result && plan->max_connections > 0)
        result = se_server_set_max_connections(server, plan->max_connections);
    return result;
}

static int set(struct se_server *server, const struct plan *plan)
{
    int result = se_server_set_poller(server, plan->poller);
    if (!result && plan->workers > 0)
        result = se_server_set_workers(server, plan->workers);
    if (!result && plan->has_events)
        result = se_server_set_callback(server, let_in, NULL);
    if (!result && plan->turns_away)
        result = se_server_set_callback(server, turn_away, NULL);
    if (!result && plan->is_in_a_loop)
        result = se_server_set_blocking(server, 0);
    return result ? result : set_limits(server, plan);
}

static int run_started(struct se_server *server)
{
    int result = se_server_start(server);
    return result ? result : se_server_join(server);
}

/** As an event loop of somebody else's does. */
static int run_in_a_loop(struct se_server *server)
{
    int result = se_server_run(server);
    while (result == -EAGAIN) {
        int fd = se_server_fd(server);
        struct pollfd watched = {.fd = fd, .events = POLLIN};
        int64_t timeout_ms = se_server_next_timeout(server);
        enum { PAUSE_MS = 20 };
        phase_set(OUTSIDE);
        waits_poll(&watched, fd >= 0, fd >= 0 ? timeout_ms * 1000000 : PAUSE_MS * 1000000);
        phase_set(SERVER_SERVE);
        result = se_server_run(server);
    }
    return result;
}

static int run(struct host *host)
{
    if (host->plan.is_started)
        return run_started(host->server);
    return host->plan.is_in_a_loop ? run_in_a_loop(host->server) : se_server_run(host->server);
}

static void *live(void *argument)
{
    struct host *host = argument;
    aim_enter(SERVER_BEGIN);
    host->result = aim_leave(run(host));
    for (int i = 0; i < FIGURES; i++)
        host->figures[i] = se_server_stat(host->server, i);
    pthread_mutex_lock(&host->lock);
    aim_enter(SERVER_FREE);
    se_server_free(host->server);
    aim_leave(0);
    host->server = NULL;
    pthread_mutex_unlock(&host->lock);
    return NULL;
}

static bool give_up(struct host *host)
{
    aim_enter(SERVER_FREE);
    se_server_free(host->server);
    aim_leave(0);
    return false;
}

bool host_begin(struct host *host, const struct plan *plan)
{
    *host = (struct host){.plan = *plan, .lock = PTHREAD_MUTEX_INITIALIZER};
    hook_narrow(plan->is_narrow);
    story_mark(plan->traits | (plan->path ? NO_RESET : 0) | (plan->workers > 1 ? IN_A_CREW : 0));
    int result = make(plan, &host->server);
    story_tell(FACT_RESULT, 0, "new of the server", result);
    if (result != 0)
        return false;
    aim_enter(SERVER_SET);
    result = aim_leave(set(host->server, plan));
    story_tell(FACT_RESULT, 0, "setters of the server", result);
    if (result != 0)
        return give_up(host);
    host->port = se_server_port(host->server);
    return true;
}

void host_run(struct host *host)
{
    host->is_running = pthread_create(&host->thread, NULL, live, host) == 0;
}

void host_stop(struct host *host)
{
    atomic_store(&host->is_stopped, true);
    pthread_mutex_lock(&host->lock);
    if (host->server) {
        aim_enter(SERVER_STOP);
        aim_leave(se_server_stop(host->server));
    }
    pthread_mutex_unlock(&host->lock);
}

void host_stop_once(struct host *host)
{
    if (!atomic_load(&host->is_stopped))
        host_stop(host);
}

static void stop_now(void *argument)
{
    struct host *host = argument;
    atomic_store(&host->is_stopped, true);
    aim_enter(SERVER_STOP);
    aim_leave(se_server_stop(host->server));
}

void host_stop_at_send(struct host *host, int later)
{
    aim_do_before(SERVER_SERVE, CALL_SEND, later, stop_now, host);
}

static bool has_anybody(struct host *host)
{
    pthread_mutex_lock(&host->lock);
    bool answer = host->server && se_server_stat(host->server, SE_STAT_ACTIVE) > 0;
    pthread_mutex_unlock(&host->lock);
    return answer;
}

/** The kernel acknowledges and probes by the real time, which on a busy machine goes on between two jumps of the clock:
 * so a peer that takes nothing can still get a few bytes, and its time begins anew. */
void host_await_nobody(struct host *host)
{
    int64_t deadline_ns = waits_now_ns() + patience_ns;
    do
        waits_poll(NULL, 0, look_ns);
    while (has_anybody(host) && waits_now_ns() < deadline_ns);
}

static void tell_figures(const struct host *host)
{
    static const char *const names[FIGURES] = {
        "accepted", "active", "most active", "refused", "orderly",  "stalled",       "idle",   "reset",
        "drain",    "memory", "received",    "echoed",  "given up", "accept errors", "pauses",
    };
    for (int i = 0; i < FIGURES; i++)
        story_tell(FACT_FIGURE, i, names[i], host->figures[i]);
}

void host_end(struct host *host)
{
    if (!host->is_running)
        return;
    pthread_join(host->thread, NULL);
    story_tell(FACT_RESULT, 0, "run of the server", host->result);
    tell_figures(host);
}
