/* The clock of the world: it moves where somebody waits, from one event to the next. The linker leads the library's
 * calls of these functions to the hooks, none of which makes a system call. */
#include <check.h>
#include <stdlib.h>

#include "load-world-inside.h"
#include "system/deadline.h"
#include "system/poller.h"

enum {
    NOTES_MAX = 200000,
    STEPS_MAX = 200000, /* whoever looks oftener than that never ends */
    APPOINTMENTS_MAX = 8
};

const int64_t world_start_ns = 5000000000;

struct world world;

static struct world_note *notes;
static int note_count, steps;

static struct {
    int64_t at_ns;
    void (*happens)(void *argument);
    void *argument;
} appointments[APPOINTMENTS_MAX];
static int appointment_count;

int64_t __wrap_se__clock_now_ns(void);
int64_t __wrap_se__clock_now_ms(void);
int64_t __wrap_se__deadline_in(int64_t timeout_ms);

/* ---- what a test says and sees ---- */

void world_begin(void)
{
    world.connections = calloc(WORLD_PEERS, sizeof(*world.connections));
    notes = calloc(NOTES_MAX, sizeof(*notes));
    ck_assert(world.connections && notes);
    for (int i = 0; i < WORLD_PEERS; i++)
        world.peers[i] = (struct world_peer){.echo_ns = WORLD_ECHO_NS, .end_ns = WORLD_END_NS, .close_ns = WORLD_NEVER};
    world.connection_count = world.connecting = world.connecting_max = note_count = steps = appointment_count = 0;
    world_begin_locks();
    world.now_ns = world_start_ns;
    world.send_ns = world.gate_ns = 0;
    world.failing_wait = world.wait_error = 0;
    world.is_signalled = world.watches_wakeup = false;
}

void world_end(void)
{
    for (int i = 0; i < world.connection_count; i++)
        ck_assert_msg(!world.connections[i].is_open, "connection %d was left open", i);
    world_end_locks();
    ck_assert_int_eq(world_damaged_memory(), 0);
    free(world.connections);
    free(notes);
}

struct world_peer *world_peer(int number)
{
    return &world.peers[number];
}

int64_t world_now_ns(void)
{
    return world.now_ns - world_start_ns;
}

void world_set_send_ns(int64_t takes_ns)
{
    world.send_ns = takes_ns;
}

void world_set_gate_ns(int64_t takes_ns)
{
    world.gate_ns = takes_ns;
}

void world_fail_wait(int nth, int error)
{
    world.failing_wait = nth;
    world.wait_error = error;
}

void world_at(int64_t at_ns, void (*happens)(void *argument), void *argument)
{
    ck_assert_int_lt(appointment_count, APPOINTMENTS_MAX);
    appointments[appointment_count].at_ns = world_start_ns + at_ns;
    appointments[appointment_count].happens = happens;
    appointments[appointment_count++].argument = argument;
}

int world_count(enum world_event event)
{
    int count = 0;
    for (int i = 0; i < note_count; i++)
        count += notes[i].event == event;
    return count;
}

static int place_of(enum world_event event, int nth)
{
    int place = 0;
    for (int left = nth; place < note_count; place++)
        if (notes[place].event == event && left-- == 0)
            break;
    ck_assert_msg(place < note_count, "there is no event %d of kind %d", nth, (int)event);
    return place;
}

const struct world_note *world_nth(enum world_event event, int nth)
{
    return &notes[place_of(event, nth)];
}

int world_count_before(enum world_event event, enum world_event other, int nth)
{
    int count = 0;
    for (int i = place_of(other, nth); i-- > 0;)
        count += notes[i].event == event;
    return count;
}

void world_forget(int peer)
{
    ck_assert_int_eq(world.connections[peer].interest, 0);
    world.connections[peer].is_open = false;
}

int world_connecting_max(void)
{
    return world.connecting_max;
}

/* ---- time and readiness ---- */

void world_note(enum world_event event, int peer, int64_t number)
{
    ck_assert_int_lt(note_count, NOTES_MAX);
    notes[note_count++] = (struct world_note){event, world_now_ns(), peer, number};
}

int64_t world_readable_ns(const struct connection *connection)
{
    int64_t at_ns = connection->end_ns;
    for (int i = 0; i < connection->chunk_count; i++)
        if (connection->chunks[i].end > connection->returned)
            at_ns = world_earlier(at_ns, connection->chunks[i].at_ns);
    return at_ns;
}

int64_t world_ready_ns(const struct connection *connection)
{
    if (connection->is_connecting)
        return connection->interest & SE__WRITE ? connection->connected_ns : WORLD_NEVER;
    int64_t read_ns = connection->interest & SE__READ ? world_readable_ns(connection) : WORLD_NEVER;
    return world_earlier(read_ns, connection->interest & SE__WRITE ? connection->room_ns : WORLD_NEVER);
}

int64_t world_next_event_ns(void)
{
    int64_t at_ns = world.is_signalled && world.watches_wakeup ? world.now_ns : WORLD_NEVER;
    for (int i = 0; i < world.connection_count; i++)
        if (world.connections[i].is_open && world.connections[i].interest)
            at_ns = world_earlier(at_ns, world_ready_ns(&world.connections[i]));
    return at_ns;
}

static int64_t next_appointment_ns(void)
{
    int64_t at_ns = WORLD_NEVER;
    for (int i = 0; i < appointment_count; i++)
        at_ns = world_earlier(at_ns, appointments[i].at_ns);
    return at_ns;
}

void world_keep_appointments(void)
{
    for (int i = 0; i < appointment_count; i++) {
        if (appointments[i].at_ns > world.now_ns)
            continue;
        appointments[i].at_ns = WORLD_NEVER;
        appointments[i].happens(appointments[i].argument);
    }
}

void world_wait_until(int64_t end_ns)
{
    ck_assert_msg(steps++ < STEPS_MAX, "it looks again and again");
    while (world.now_ns < end_ns && world_next_event_ns() > world.now_ns) {
        int64_t next_ns = world_earlier(end_ns, world_earlier(world_next_event_ns(), next_appointment_ns()));
        ck_assert_msg(next_ns < WORLD_NEVER, "nothing will ever happen");
        world.now_ns = next_ns > world.now_ns ? next_ns : world.now_ns;
        world_keep_appointments();
    }
}

void world_sleep_until(int64_t end_ns)
{
    while (world.now_ns < end_ns) {
        int64_t next_ns = world_earlier(end_ns, next_appointment_ns());
        world.now_ns = next_ns > world.now_ns ? next_ns : world.now_ns;
        world_keep_appointments();
    }
}

int64_t __wrap_se__clock_now_ns(void)
{
    return world.now_ns;
}

int64_t __wrap_se__clock_now_ms(void)
{
    return world.now_ns / WORLD_MS;
}

int64_t __wrap_se__deadline_in(int64_t timeout_ms)
{
    return se__deadline_after((world.now_ns + WORLD_MS - 1) / WORLD_MS, timeout_ms);
}
