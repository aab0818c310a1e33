/* Readiness in the world, the wake-up and the gate: what is watched is ready when its peer has done something. */
#include <check.h>

#include "load-world-inside.h"
#include "load/gate.h"
#include "system/poller.h"
#include "system/socket.h"
#include "system/wakeup.h"

static struct se__poller poller_of_all;

int __wrap_se__poller_new(int kind, struct se__poller **poller_out);
void __wrap_se__poller_free(struct se__poller *poller);
int __wrap_se__poller_add(struct se__poller *poller, int fd, int interest, uint64_t tag);
int __wrap_se__poller_modify(struct se__poller *poller, int fd, int interest, uint64_t tag);
void __wrap_se__poller_remove(struct se__poller *poller, int fd);
int __wrap_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms);
int __wrap_se__poller_fd(const struct se__poller *poller);
int __wrap_se__socket_wait_ns(int fd, int64_t timeout_ns);
void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup);
void __wrap_se__wakeup_clear(const struct se__wakeup *wakeup);
void __wrap_se__gate_pass(struct se__gate *gate);

void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup)
{
    (void)wakeup;
    world.is_signalled = true;
}

void __wrap_se__wakeup_clear(const struct se__wakeup *wakeup)
{
    (void)wakeup;
    world.is_signalled = false;
}

int __wrap_se__poller_new(int kind, struct se__poller **poller_out)
{
    (void)kind;
    *poller_out = &poller_of_all;
    return 0;
}

void __wrap_se__poller_free(struct se__poller *poller)
{
    ck_assert_ptr_eq(poller, &poller_of_all);
}

static int watch(int fd, int interest, uint64_t tag)
{
    struct connection *connection = world_connection_of(fd);
    const struct world_peer *peer = &world.peers[fd - WORLD_FIRST_FD];
    const int errors[] = {peer->first_watch_error, peer->watch_error, 0};
    int error = errors[connection->watches];
    connection->watches += connection->watches < 2;
    if (error)
        return error;
    connection->interest = interest;
    connection->tag = tag;
    return 0;
}

int __wrap_se__poller_add(struct se__poller *poller, int fd, int interest, uint64_t tag)
{
    (void)poller;
    if (fd < WORLD_FIRST_FD) {
        world.watches_wakeup = true;
        world.wakeup_tag = tag;
        return 0;
    }
    ck_assert_int_eq(world_connection_of(fd)->interest, 0);
    return watch(fd, interest, tag);
}

int __wrap_se__poller_modify(struct se__poller *poller, int fd, int interest, uint64_t tag)
{
    (void)poller;
    ck_assert_int_ne(world_connection_of(fd)->interest, 0);
    ck_assert_int_ne(world_connection_of(fd)->interest, interest);
    return watch(fd, interest, tag);
}

void __wrap_se__poller_remove(struct se__poller *poller, int fd)
{
    (void)poller;
    if (fd < WORLD_FIRST_FD) {
        ck_assert(world.watches_wakeup);
        world.watches_wakeup = false;
        return;
    }
    ck_assert_int_ne(world_connection_of(fd)->interest, 0);
    world_connection_of(fd)->interest = 0;
}

static bool has_event(const struct connection *connection)
{
    return connection->is_open && connection->interest && world_ready_ns(connection) <= world.now_ns;
}

/** As the kernel's poller does, it goes round where there is more than it can tell of. */
static int collect(struct se__poller_event *events)
{
    static int next;
    int count = 0;
    if (world.is_signalled && world.watches_wakeup)
        events[count++].tag = world.wakeup_tag;
    for (int seen = 0; seen < world.connection_count && count < SE__POLLER_EVENTS_MAX; seen++, next++) {
        next %= world.connection_count;
        if (has_event(&world.connections[next]))
            events[count++].tag = world.connections[next].tag;
    }
    return count;
}

/** Once, and after its whole time. */
static int fail_wait(int timeout_ms)
{
    int error = world.wait_error;
    world.wait_error = 0;
    world_sleep_until(world.now_ns + (int64_t)timeout_ms * WORLD_MS);
    return error;
}

int __wrap_se__poller_wait(struct se__poller *poller, struct se__poller_event *events, int timeout_ms)
{
    (void)poller;
    if (world.wait_error && world_count(WORLD_WAIT) == world.failing_wait)
        return fail_wait(timeout_ms);
    world_note(WORLD_WAIT, 0, timeout_ms);
    world_wait_until(timeout_ms < 0 ? WORLD_NEVER : world.now_ns + (int64_t)timeout_ms * WORLD_MS);
    int count = collect(events);
    if (timeout_ms == 0 && count == 0)
        world.now_ns += WORLD_LOOK_NS;
    world_keep_appointments();
    return count;
}

void __wrap_se__gate_pass(struct se__gate *gate)
{
    (void)gate;
    world_sleep_until(world.now_ns + world.gate_ns);
}

int __wrap_se__poller_fd(const struct se__poller *poller)
{
    (void)poller;
    return WORLD_POLLER_FD;
}

int __wrap_se__socket_wait_ns(int fd, int64_t timeout_ns)
{
    ck_assert_int_eq(fd, WORLD_POLLER_FD);
    ck_assert_int_gt(timeout_ns, 0);
    world_note(WORLD_NAP, 0, timeout_ns);
    world_wait_until(world.now_ns + timeout_ns);
    return world_next_event_ns() <= world.now_ns;
}
