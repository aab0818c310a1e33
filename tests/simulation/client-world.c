/* A client in a simulated world, in each of its modes, and what a program does with it: it makes a call again until it
 * is over, waits for the client's events in between, and gives up one who never answers. */
#include "calls.h"
#include "chance.h"
#include "client-judge.h"
#include "clock.h"
#include "descriptors.h"
#include "events.h"
#include "failure.h"
#include "far-sides.h"
#include "memory.h"
#include "threads.h"
#include "worlds.h"

#include <errno.h>
#include <sockecho.h>
#include <string.h>

enum { PORT = 7, MESSAGES_MAX = 3, LIVES_MAX = 40, CALLS_MAX = 100000, PATIENCE = 6 };

/* A far side may take a fiftieth of a second for each byte. */
static const int64_t hang_ns = INT64_C(3600000000000);

struct client_world world;

/* ---- calls ---- */

struct readiness {
    int fd;
    int events;
};

static bool is_ready(void *what)
{
    const struct readiness *readiness = what;
    return calls_fd_is_ready(readiness->fd, readiness->events);
}

static bool never(void *what)
{
    (void)what;
    return false;
}

/* False where nothing happened for so long that it never will. */
static bool wait_outside(int result)
{
    int fd = se_client_fd(world.client);
    if (result != -EAGAIN || fd < 0) {
        threads_wait(never, NULL, clock_ns() + 10 * NS_PER_MS);
        return true;
    }
    struct readiness readiness = {.fd = fd, .events = se_client_events(world.client)};
    demand(readiness.events != 0, "an open call says what it waits for", fd);
    if (threads_wait(is_ready, &readiness, clock_ns() + hang_ns))
        return true;
    demand(client_far_side_is_silent(), "whoever waits for a client's events is woken", fd);
    return false;
}

/* Nobody waits for ever for one who never answers. */
static void draw_mode(bool is_connecting)
{
    bool may_block = is_connecting ? !world.has_silent : !client_far_side_is_silent();
    switch (may_block ? chance(3) : 1 + chance(2)) {
    case 0:
        world.timeout_ms = SE_TIMEOUT_NONE;
        break;
    case 1:
        world.timeout_ms = 0;
        break;
    default:
        world.timeout_ms = (int64_t)chance_size(20000);
    }
    demand(se_client_set_timeout(world.client, world.timeout_ms) == 0, "a mode is set", world.timeout_ms);
}

static int make_connect(struct call *call)
{
    (void)call;
    return se_client_connect(world.client, "somewhere", PORT);
}

static int make_echo(struct call *call)
{
    return se_client_echo(world.client, world.message, call->length, call->reply);
}

static int make_finish(struct call *call)
{
    (void)call;
    return se_client_finish(world.client);
}

/* Makes a call until it is over. False where it is given up. */
static bool complete(struct call *call, int *result_out)
{
    int patience = PATIENCE;
    for (int i = 0; i < CALLS_MAX; i++) {
        threads_new_turn();
        call->began_ns = clock_ns();
        call->began_waited_ns = clock_waited_ns();
        int result = call->make(call);
        bool is_open = se_client_events(world.client) != 0;
        bool no_memory = world.timeout_ms == 0 && client_is_in_need(result) && is_open;
        *result_out = result;
        client_judge_time(call, result);
        if (!is_open)
            return true;
        demand(result == -EAGAIN || result == -ETIMEDOUT || no_memory, "a call that failed is over", result);
        demand(result != -EAGAIN || world.timeout_ms == 0, "only a non-blocking call says -EAGAIN", result);
        demand(result != -ETIMEDOUT || world.timeout_ms > 0, "only a timeout runs out", world.timeout_ms);
        if (result == -ETIMEDOUT && client_far_side_is_silent() && --patience == 0)
            return false;
        if (result != -ETIMEDOUT && !wait_outside(result))
            return false;
        if (chance_one_in(4))
            draw_mode(call->make == make_connect);
    }
    fail("a call comes to its end", world.timeout_ms);
}

/* ---- a life ---- */

static bool connect_client(void)
{
    struct call call = {.make = make_connect};
    int result;
    if (!complete(&call, &result))
        return false;
    if (result != -ENOMEM || far_sides_latest())
        client_judge_connect(result);
    return result == 0;
}

static void *draw_reply(void)
{
    switch (chance(3)) {
    case 0:
        return world.reply;
    case 1:
        return world.message;
    default:
        return NULL;
    }
}

/* -ENOMEM before anything began leaves the connection as it was: once more. */
static bool echo_message(size_t length)
{
    const struct link *link = &far_sides_latest()->link;
    uint64_t from = link->out_sent;
    struct call call = {.make = make_echo, .length = length, .reply = draw_reply()};
    int result;
    link_copy_bytes(link->key, from, world.message, length);
    do {
        if (!complete(&call, &result))
            return false;
    } while (result == -ENOMEM && se_client_fd(world.client) >= 0);
    client_judge_echo(&call, result, from);
    world.bytes += length;
    return result == 0;
}

static void finish_client(void)
{
    struct call call = {.make = make_finish};
    int result;
    if (complete(&call, &result) && !client_is_in_need(result))
        client_judge_finish(result);
}

static uint64_t draw_lengths(size_t lengths[MESSAGES_MAX], int *count_out)
{
    uint64_t whole = 0;
    *count_out = 1 + (int)chance(MESSAGES_MAX);
    for (int i = 0; i < *count_out; i++) {
        lengths[i] = (size_t)chance_size(chance_one_in(16) ? MESSAGE_MAX : 3000);
        whole += lengths[i];
    }
    return whole;
}

static void live(void)
{
    size_t lengths[MESSAGES_MAX] = {0};
    int count;
    uint64_t whole = draw_lengths(lengths, &count);
    far_sides_expect(lengths[0], whole);
    bool goes_on = connect_client();
    for (int i = 0; i < count && goes_on; i++) {
        draw_mode(false);
        goes_on = echo_message(lengths[i]);
    }
    if (goes_on && !chance_one_in(8))
        finish_client();
    demand(se_client_close(world.client) == 0, "a client is closed", 0);
    client_judge_gone(0);
}

static struct calls_manners draw_manners(void)
{
    return (struct calls_manners){
        .interrupted = chance_one_in(2) ? 2 + chance_size(64) : 0,
        .scarce = chance_one_in(4) ? 8 + chance_size(500) : 0,
        .spurious = 0,
        .suspended = chance_one_in(8) ? 200 + chance_size(4000) : 0,
    };
}

struct world_figures client_world(void)
{
    struct calls_manners manners = draw_manners();
    int lives = 1 + (int)chance(LIVES_MAX);
    world.bytes = 0;
    world.is_suspended = manners.suspended > 0;
    world.is_scarce = manners.scarce > 0;
    clock_begin(chance_between(0, INT64_C(10000000000)));
    events_begin();
    calls_begin(&manners);
    threads_begin();
    world.has_silent = chance_one_in(2);
    far_sides_begin(world.has_silent);
    while (se_client_new(&world.client))
        demand(world.is_scarce, "a client can be made", 0);
    for (int i = 0; i < lives; i++) {
        draw_mode(true);
        live();
    }
    calls_be_kind();
    se_client_free(world.client);
    demand(memory_in_use() == 0, "all memory is given back", memory_in_use());
    return (struct world_figures){.lives = (uint64_t)lives, .bytes = world.bytes};
}
