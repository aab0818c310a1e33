/* A server in a simulated world, driven through its public functions in one of the ways that a program has: run, run
 * for a time again and again, run when its descriptor is ready, or start and join. Then it is stopped, or freed. */
#include "callers.h"
#include "calls.h"
#include "chance.h"
#include "clock.h"
#include "descriptors.h"
#include "events.h"
#include "failure.h"
#include "judge.h"
#include "memory.h"
#include "network.h"
#include "threads.h"
#include "worlds.h"

#include "server/connection.h"

#include <errno.h>
#include <sockecho.h>

enum { LOOK_MS = 100 };

enum { RUN, RUN_FOR_A_TIME, RUN_WHEN_READY, START };
enum { PORT = 7, WORKERS_MAX = 4, RUNS_MAX = 200000 };
enum { BUFFER = 256 * 1024, OF_A_WORKER = 24 * 1024, OF_A_SERVER = 64 * 1024, OF_A_PLACE = 512 };

static const int64_t never_stop_ns = INT64_C(3600000000000);

static struct {
    struct se_server *server;
    struct judge_rules rules;
    int way;
    int workers;
    int64_t timeout_ms;
    uint64_t arrivals;
    int64_t arrival_gap_ns;
    uint64_t refusals;    /* one peer in so many is refused by the callback, and one in so many stops the server */
    int runs_before_free; /* -1: it is stopped before */
    bool is_scarce;
} world;

/* ---- stops ---- */

/* A server that does not end is found as well. */
static void watch_stop(void *who)
{
    (void)who;
    judge_stopped();
    events_add(clock_ns() + INT64_C(1000000000), watch_stop, NULL);
}

static void stop(void)
{
    if (!judge_is_stopping()) {
        for (int i = 0; i < callers_count(); i++)
            judge_note_stop(&callers_get(i)->link);
        events_add(clock_ns(), watch_stop, NULL);
    }
    judge_stop();
    note("stop", -1, 0);
    se_server_stop(world.server);
}

static void stop_again(void *who)
{
    (void)who;
    stop();
}

static bool ends_by_itself(void)
{
    return world.rules.drain_ms >= 0;
}

static void stop_first(void *who)
{
    (void)who;
    stop();
    if (!ends_by_itself() || chance_one_in(3))
        events_add(clock_ns() + (int64_t)chance_size(20000000) * NS_PER_US, stop_again, NULL);
}

/* ---- peers come ---- */

static void check_memory(void)
{
    int64_t most = OF_A_SERVER + world.workers * (BUFFER + OF_A_WORKER) + callers_count() * OF_A_PLACE;
    most += callers_held_for() * (int64_t)BUFFER;
    demand(memory_in_use() <= most, "memory is bounded by the connections that hold bytes", memory_in_use());
}

static void arrive(void *who)
{
    (void)who;
    if (chance_one_in(8))
        check_memory();
    callers_arrive();
    if (--world.arrivals > 0)
        events_add(clock_ns() + chance_between(0, world.arrival_gap_ns), arrive, NULL);
    else if (world.runs_before_free < 0)
        events_add(clock_ns() + (int64_t)chance_size(30000) * NS_PER_MS, stop_first, NULL);
}

static void check_id(struct link *link, const struct se_connection *connection)
{
    link->record->id = se_connection_id(connection) + 1;
    for (int i = 0; i < callers_count(); i++)
        demand(&callers_get(i)->link == link || callers_get(i)->record.id != link->record->id,
               "every connection has a number of its own", link->record->id);
}

static int hear(struct se_server *server, int event, const struct se_connection *connection, void *user_data)
{
    (void)user_data;
    demand(server == world.server, "the callback hears of its own server", event);
    struct link *link = connection ? descriptors_get(connection->fd, STREAM)->object : NULL;
    bool refuses = event == SE_EVENT_OPENED && chance_one_in(world.refusals);
    if (refuses)
        link->record->is_refused = true;
    if (event == SE_EVENT_OPENED)
        check_id(link, connection);
    judge_event(event, link, connection);
    if (world.runs_before_free < 0 && chance_one_in(world.refusals * 64))
        stop();
    return refuses;
}

/* ---- a world is drawn ---- */

static int64_t draw_limit_ms(int64_t none_in)
{
    return chance_one_in((uint64_t)none_in) ? SE_TIMEOUT_NONE : (int64_t)chance_size(100000);
}

static void draw_rules(void)
{
    world.rules = (struct judge_rules){
        .idle_ms = draw_limit_ms(8),
        .stall_ms = draw_limit_ms(8),
        .linger_ms = draw_limit_ms(8),
        .drain_ms = chance_one_in(8) ? 0 : draw_limit_ms(16),
        .connections = chance_one_in(2) ? (int)chance_size(64) : (int)chance(2) * 1024,
        .connections_of_address = chance_one_in(4) ? (int)chance_size(16) : 0,
        .has_callback = chance_one_in(2),
    };
}

static struct calls_manners draw_manners(void)
{
    return (struct calls_manners){
        .interrupted = chance_one_in(2) ? 4 + chance_size(64) : 0,
        .scarce = chance_one_in(4) ? 8 + chance_size(500) : 0,
        .spurious = chance_one_in(4) ? 4 + chance_size(64) : 0,
        .suspended = chance_one_in(8) ? 200 + chance_size(4000) : 0,
        .lost = chance_one_in(8) ? 1 + chance_size(32) : 0,
        .tells_progress = !chance_one_in(4),
    };
}

static int64_t draw_beginning_ns(void)
{
    static const int64_t wraps_ms[] = {0, INT64_C(1) << 31, INT64_C(1) << 32, INT64_C(1) << 40};
    int64_t wrap_ns = wraps_ms[chance(4)] * NS_PER_MS;
    return wrap_ns + chance_between(wrap_ns > 0 ? -INT64_C(20000000000) : 0, INT64_C(1000000000));
}

static void draw_world(void)
{
    draw_rules();
    world.workers = chance_one_in(5) ? 1 + (int)chance(WORKERS_MAX) : 1;
    world.way = (int)chance(4);
    world.timeout_ms = world.way == RUN_FOR_A_TIME   ? (int64_t)chance_size(20000)
                       : world.way == RUN_WHEN_READY ? 0
                                                     : SE_TIMEOUT_NONE;
    world.arrivals = chance_size(400);
    world.arrival_gap_ns = (int64_t)chance_size(50 * NS_PER_MS);
    world.refusals = chance_one_in(4) ? 2 + chance_size(30) : 0;
    bool can_be_freed = world.way == RUN_FOR_A_TIME || world.way == RUN_WHEN_READY;
    world.runs_before_free = can_be_freed && chance_one_in(6) ? (int)chance_size(100) : -1;
}

static void begin_world(void)
{
    draw_world();
    struct calls_manners manners = draw_manners();
    world.is_scarce = manners.scarce > 0;
    clock_begin(draw_beginning_ns());
    events_begin();
    calls_begin(&manners);
    threads_begin();
    callers_begin();
    network_begin(NULL, NULL);
    judge_begin(&world.rules);
    if (chance_one_in(4))
        descriptors_set_limit(DESCRIPTORS_FIRST + 5 + 3 * world.workers + (int)chance_size(80));
}

/* ---- the server ---- */

static struct link *unused_link(void)
{
    static struct link link;
    link_begin(&link, 0);
    return &link;
}

static void expect(int result)
{
    demand(result == 0, "a setter takes what is within its range", result);
}

static void set_up(void)
{
    struct se_server *server = world.server;
    const struct judge_rules *rules = &world.rules;
    expect(se_server_set_idle_timeout(server, rules->idle_ms));
    expect(se_server_set_stall_timeout(server, rules->stall_ms));
    expect(se_server_set_linger_timeout(server, rules->linger_ms));
    expect(se_server_set_drain_timeout(server, rules->drain_ms));
    expect(se_server_set_max_connections(server, rules->connections));
    expect(se_server_set_max_per_address(server, rules->connections_of_address));
    expect(se_server_set_workers(server, world.workers));
    expect(se_server_set_timeout(server, world.timeout_ms));
    expect(se_server_set_poller(server, chance_one_in(4) ? SE_POLLER_POLL : SE_POLLER_AUTO));
    expect(se_server_set_backlog(server, chance_one_in(4) ? (int)chance_size(64) : 0));
    if (rules->has_callback)
        expect(se_server_set_callback(server, hear, NULL));
}

static void make_server(void)
{
    network_begin(unused_link, NULL);
    int error;
    while ((error = se_server_new(NULL, PORT, &world.server)))
        demand(world.is_scarce && descriptors_count() == 0, "a server can be made, or leaves nothing behind", error);
    set_up();
}

static bool is_ready(void *what)
{
    return calls_epoll_is_ready(*(const int *)what);
}

/* Sleeps until the server wants to run: as long as its descriptor and its next timeout tell, where it has both. Without
 * a descriptor nothing tells of a peer who came before the last run ended, so that it looks now and then. */
static void sleep_in_own_loop(void)
{
    int fd = se_server_fd(world.server);
    int64_t timeout_ms = se_server_next_timeout(world.server);
    int64_t until_ns = timeout_ms < 0 ? CLOCK_NEVER : clock_ns() + timeout_ms * NS_PER_MS;
    if (fd >= 0) {
        threads_wait(is_ready, &fd, until_ns);
        return;
    }
    int64_t look_ns = clock_ns() + LOOK_MS * NS_PER_MS;
    until_ns = until_ns < look_ns ? until_ns : look_ns;
    int64_t next_ns = events_next_ns() < until_ns ? events_next_ns() : until_ns;
    clock_slip(next_ns > clock_ns() ? next_ns - clock_ns() : NS_PER_US);
    events_run_due();
}

static int run_once(void)
{
    threads_new_turn();
    calls_begin_looking();
    if (world.way != START)
        return se_server_run(world.server);
    int error = se_server_start(world.server);
    return error ? error : se_server_join(world.server);
}

static void check_run(int result, int64_t began_ns, int64_t began_waited_ns)
{
    int64_t timeout_ns = world.timeout_ms * NS_PER_MS;
    if (result == -ETIMEDOUT && world.timeout_ms > 0) {
        demand(clock_ns() - began_ns >= timeout_ns, "a run for a time is not short", clock_ns() - began_ns);
        demand(clock_waited_ns() - began_waited_ns <= timeout_ns + 2 * NS_PER_MS, "a run for a time is not long",
               clock_waited_ns() - began_waited_ns);
        return;
    }
    bool goes_on = result == -EAGAIN && world.timeout_ms == 0;
    demand(goes_on || world.is_scarce, "a run ends by a stop or by its time", result);
}

/* Between two runs the program does something else. */
static void serve(void)
{
    for (int runs = 0; runs != world.runs_before_free; runs++) {
        demand(runs < RUNS_MAX, "a server comes to its end", runs);
        int64_t began_ns = clock_ns();
        int64_t began_waited_ns = clock_waited_ns();
        int result = run_once();
        if (result == 0) {
            judge_stopped();
            return;
        }
        check_run(result, began_ns, began_waited_ns);
        if (world.way == RUN_WHEN_READY)
            sleep_in_own_loop();
        else
            clock_slip((int64_t)chance_size(50 * NS_PER_MS));
        events_run_due();
    }
}

static void end_server(void)
{
    if (!judge_is_stopping() || judge_active() > 0)
        judge_free();
    else
        judge_figures(world.server);
    calls_be_kind();
    threads_new_turn();
    se_server_free(world.server);
    demand(descriptors_count() == 0, "every descriptor is closed", descriptors_count());
    demand(memory_in_use() == 0, "all memory is given back", memory_in_use());
}

struct world_figures server_world(void)
{
    begin_world();
    make_server();
    events_add(clock_ns(), arrive, NULL);
    /* Twice: the first may be the first of all, and a drain without a limit does not end by itself. */
    events_add(clock_ns() + never_stop_ns * 24, stop_again, NULL);
    events_add(clock_ns() + never_stop_ns * 24 + NS_PER_MS, stop_again, NULL);
    serve();
    end_server();
    return (struct world_figures){.lives = judge_lives(), .bytes = judge_bytes()};
}
