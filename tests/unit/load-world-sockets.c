/* Connections that have no kernel under them: what is sent comes back when its time has come, and each call can come to
 * what the test says. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "load-world-inside.h"
#include "system/socket.h"

int __wrap_se__socket_connect(const struct se__address *address, int *fd_out);
int __wrap_se__socket_connect_result(int fd);
bool __wrap_se__socket_is_connected_to_itself(int fd);
int64_t __wrap_se__socket_send_pieces(int fd, const struct se__piece *pieces, int count);
int64_t __wrap_se__socket_receive(int fd, void *buffer, size_t size);
int __wrap_se__socket_finish(int fd);
void __wrap_se__socket_hang_up(int fd);
void __wrap_se__socket_abort(int fd);
int __wrap_se__socket_wait(int fd, int events, int timeout_ms);

struct connection *world_connection_of(int fd)
{
    ck_assert_int_ge(fd, WORLD_FIRST_FD);
    ck_assert_int_lt(fd, WORLD_FIRST_FD + world.connection_count);
    struct connection *connection = &world.connections[fd - WORLD_FIRST_FD];
    ck_assert(connection->is_open);
    return connection;
}

int __wrap_se__socket_connect(const struct se__address *address, int *fd_out)
{
    (void)address;
    ck_assert_int_lt(world.connection_count, WORLD_PEERS);
    const struct world_peer *peer = &world.peers[world.connection_count];
    world_note(WORLD_CONNECT, world.connection_count, peer->connect_error);
    struct connection *connection = &world.connections[world.connection_count++];
    if (peer->connect_error)
        return peer->connect_error;
    connection->is_open = true;
    connection->is_connecting = peer->connect_ns > 0 || peer->connect_end;
    connection->connected_ns = world_later(world.now_ns, peer->connect_ns);
    connection->end_ns = world_later(connection->connected_ns, peer->close_ns);
    world.connecting += connection->is_connecting;
    world.connecting_max = world.connecting > world.connecting_max ? world.connecting : world.connecting_max;
    *fd_out = WORLD_FIRST_FD + world.connection_count - 1;
    return connection->is_connecting ? -EINPROGRESS : 0;
}

int __wrap_se__socket_connect_result(int fd)
{
    struct connection *connection = world_connection_of(fd);
    ck_assert_int_le(connection->connected_ns, world.now_ns);
    world.connecting -= connection->is_connecting;
    connection->is_connecting = false;
    return world.peers[fd - WORLD_FIRST_FD].connect_end;
}

bool __wrap_se__socket_is_connected_to_itself(int fd)
{
    world_connection_of(fd);
    return false;
}

/** What the script says of the next call, which is none of the script any more. */
static int64_t scripted(const int64_t *script, int *calls)
{
    return *calls < WORLD_SCRIPT ? script[(*calls)++] : 0;
}

static size_t gather(struct connection *connection, const struct se__piece *pieces, int count, size_t most)
{
    size_t gathered = 0;
    for (int i = 0; i < count; i++) {
        size_t length = pieces[i].length < most - gathered ? pieces[i].length : most - gathered;
        ck_assert_uint_gt(pieces[i].length, 0);
        ck_assert_uint_le(connection->sent + length, WORLD_BYTES_MAX);
        memcpy(connection->bytes + connection->sent, pieces[i].bytes, length);
        connection->sent += length;
        gathered += length;
    }
    return gathered;
}

static int64_t echo_at_ns(const struct world_peer *peer)
{
    int64_t at_ns = world.now_ns + peer->echo_ns;
    return at_ns > world_start_ns + peer->silent_ns ? at_ns : world_start_ns + peer->silent_ns;
}

int64_t __wrap_se__socket_send_pieces(int fd, const struct se__piece *pieces, int count)
{
    struct connection *connection = world_connection_of(fd);
    const struct world_peer *peer = &world.peers[fd - WORLD_FIRST_FD];
    int64_t result = connection->room_ns > world.now_ns ? -EAGAIN : scripted(peer->sends, &connection->sends);
    if (result == -EAGAIN && connection->room_ns <= world.now_ns)
        connection->room_ns = world_later(world.now_ns, peer->jam_ns);
    if (result >= 0)
        result = (int64_t)gather(connection, pieces, count, result ? (size_t)result : WORLD_BYTES_MAX);
    world_note(WORLD_SEND, fd - WORLD_FIRST_FD, result);
    if (result > 0 && peer->echo_ns != WORLD_NEVER) {
        ck_assert_int_lt(connection->chunk_count, WORLD_CHUNKS_MAX);
        connection->chunks[connection->chunk_count++] = (struct chunk){connection->sent, echo_at_ns(peer)};
    }
    world.now_ns += world.send_ns;
    return result;
}

static size_t arrived(const struct connection *connection)
{
    size_t end = connection->returned;
    for (int i = 0; i < connection->chunk_count; i++)
        if (connection->chunks[i].at_ns <= world.now_ns && connection->chunks[i].end > end)
            end = connection->chunks[i].end;
    return end - connection->returned;
}

static int64_t take(struct connection *connection, void *buffer, size_t size, size_t wrong_byte)
{
    size_t count = arrived(connection) < size ? arrived(connection) : size;
    if (count == 0)
        return connection->end_ns <= world.now_ns ? 0 : -EAGAIN;
    memcpy(buffer, connection->bytes + connection->returned, count);
    if (wrong_byte > connection->returned && wrong_byte <= connection->returned + count)
        ((unsigned char *)buffer)[wrong_byte - 1 - connection->returned] ^= 1;
    connection->returned += count;
    return (int64_t)count;
}

int64_t __wrap_se__socket_receive(int fd, void *buffer, size_t size)
{
    struct connection *connection = world_connection_of(fd);
    const struct world_peer *peer = &world.peers[fd - WORLD_FIRST_FD];
    ck_assert(!connection->is_connecting);
    bool is_ready = world_readable_ns(connection) <= world.now_ns;
    int64_t result = is_ready ? scripted(peer->receives, &connection->receives) : 0;
    if (result >= 0)
        result = take(connection, buffer, result ? (size_t)result : size, (size_t)peer->wrong_byte);
    world_note(WORLD_RECEIVE, fd - WORLD_FIRST_FD, result);
    return result;
}

int __wrap_se__socket_finish(int fd)
{
    struct connection *connection = world_connection_of(fd);
    const struct world_peer *peer = &world.peers[fd - WORLD_FIRST_FD];
    world_note(WORLD_FINISH, fd - WORLD_FIRST_FD, peer->finish_error);
    int64_t last_ns = world.now_ns;
    for (int i = 0; i < connection->chunk_count; i++)
        last_ns = connection->chunks[i].at_ns > last_ns ? connection->chunks[i].at_ns : last_ns;
    connection->end_ns = world_earlier(connection->end_ns, world_later(last_ns, peer->end_ns));
    return peer->finish_error;
}

static void close_one(enum world_event event, int fd)
{
    struct connection *connection = world_connection_of(fd);
    ck_assert_int_eq(connection->interest, 0);
    world.connecting -= connection->is_connecting;
    connection->is_connecting = false;
    world_note(event, fd - WORLD_FIRST_FD, 0);
    connection->is_open = false;
}

void __wrap_se__socket_hang_up(int fd)
{
    close_one(WORLD_HANG_UP, fd);
}

void __wrap_se__socket_abort(int fd)
{
    if (fd >= 0)
        close_one(WORLD_ABORT, fd);
}

/** For the first connect alone; fd -1 just waits. */
int __wrap_se__socket_wait(int fd, int events, int timeout_ms)
{
    (void)events;
    int error = world.peers[0].connect_wait_error;
    if (fd >= 0 && error && timeout_ms > 0) {
        world.peers[0].connect_wait_error = 0;
        return error;
    }
    int64_t connected_ns = fd < 0 ? WORLD_NEVER : world_connection_of(fd)->connected_ns;
    int64_t end_ns = world_earlier(connected_ns, world_later(world.now_ns, (int64_t)timeout_ms * WORLD_MS));
    ck_assert_int_ge(timeout_ms, 0);
    world_note(WORLD_WAIT, fd < 0 ? -1 : fd - WORLD_FIRST_FD, timeout_ms);
    world_sleep_until(end_ns);
    return connected_ns <= world.now_ns;
}
