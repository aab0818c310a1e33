/* The thread, its two pipes (one to tell it something, one on which it tells), and a function for each act. */
#include "peer.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "environment.h"
#include "io.h"

enum { NO_CONNECTION = -1, BACKLOG = 16, CHUNK_MAX = 65536 };

struct peer {
    const struct peer_step *script;
    int listener;
    int port;
    int connection;
    int to_peer[2];
    int from_peer[2];
    pthread_t thread;
    char failure[80]; /**< empty while all goes well */
    uint8_t buffer[CHUNK_MAX];
};

static int act_close(struct peer *peer, const struct peer_step *step)
{
    (void)step;
    if (peer->connection != NO_CONNECTION)
        close(peer->connection);
    peer->connection = NO_CONNECTION;
    return 0;
}

static int act_reset(struct peer *peer, const struct peer_step *step)
{
    (void)step;
    io_reset(peer->connection);
    peer->connection = NO_CONNECTION;
    return 0;
}

static int act_half_close(struct peer *peer, const struct peer_step *step)
{
    (void)step;
    return shutdown(peer->connection, SHUT_WR) == 0 ? 0 : -errno;
}

/** Without TCP_NODELAY a peer that dribbles would not: the kernel would gather its bytes. */
static int act_accept(struct peer *peer, const struct peer_step *step)
{
    act_close(peer, step);
    int ready = io_wait(peer->listener, POLLIN, environment_patience_ms());
    if (ready <= 0)
        return ready == 0 ? -ETIMEDOUT : ready;
    peer->connection = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
    int on = 1;
    if (peer->connection < 0 || setsockopt(peer->connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
        return -errno;
    return 0;
}

/** How many bytes the next turn of a step moves, after its pause. */
static size_t next_chunk(const struct peer_step *step, size_t done)
{
    if (step->pause_ms > 0)
        poll(NULL, 0, step->pause_ms);
    size_t chunk = step->chunk > 0 && step->chunk < CHUNK_MAX ? step->chunk : CHUNK_MAX;
    size_t left = step->count > 0 ? step->count - done : chunk;
    return left < chunk ? left : chunk;
}

/** Reads what has come, up to a chunk. 0 is FIN, which is a failure where so many bytes were to come. */
static int64_t read_some(struct peer *peer, const struct peer_step *step, size_t done)
{
    size_t chunk = next_chunk(step, done);
    int64_t count = io_receive_some(peer->connection, peer->buffer, chunk);
    return count == 0 && step->count > 0 ? -ENODATA : count;
}

static int read_and(struct peer *peer, const struct peer_step *step, bool write_back)
{
    size_t done = 0;
    while (step->count == 0 || done < step->count) {
        int64_t count = read_some(peer, step, done);
        if (count <= 0)
            return (int)count;
        int result = write_back ? io_send(peer->connection, peer->buffer, (size_t)count, 0) : 0;
        if (result < 0)
            return result;
        done += (size_t)count;
    }
    return 0;
}

static int act_read(struct peer *peer, const struct peer_step *step)
{
    return read_and(peer, step, false);
}

static int act_echo(struct peer *peer, const struct peer_step *step)
{
    return read_and(peer, step, true);
}

static int write_all(struct peer *peer, const struct peer_step *step, int flags)
{
    for (size_t done = 0; done < step->count;) {
        size_t chunk = next_chunk(step, done);
        int result = io_send(peer->connection, step->bytes + done, chunk, flags);
        if (result < 0)
            return result;
        done += chunk;
    }
    return 0;
}

static int act_write(struct peer *peer, const struct peer_step *step)
{
    return write_all(peer, step, 0);
}

static int act_urgent(struct peer *peer, const struct peer_step *step)
{
    return write_all(peer, step, MSG_OOB);
}

static int take_token(int fd)
{
    int ready = io_wait(fd, POLLIN, environment_patience_ms());
    if (ready <= 0)
        return ready == 0 ? -ETIMEDOUT : ready;
    char token = 0;
    return read(fd, &token, 1) == 1 ? 0 : -EIO;
}

static int give_token(int fd)
{
    return write(fd, "", 1) == 1 ? 0 : -EIO;
}

static int act_await(struct peer *peer, const struct peer_step *step)
{
    (void)step;
    return take_token(peer->to_peer[0]);
}

static int act_tell(struct peer *peer, const struct peer_step *step)
{
    (void)step;
    return give_token(peer->from_peer[1]);
}

static const struct {
    const char *name;
    int (*act)(struct peer *peer, const struct peer_step *step);
} acts[] = {
    [PEER_ACCEPT] = {"accept", act_accept}, [PEER_READ] = {"read", act_read},
    [PEER_WRITE] = {"write", act_write},    [PEER_URGENT] = {"urgent", act_urgent},
    [PEER_ECHO] = {"echo", act_echo},       [PEER_AWAIT] = {"await", act_await},
    [PEER_TELL] = {"tell", act_tell},       [PEER_HALF_CLOSE] = {"half-close", act_half_close},
    [PEER_CLOSE] = {"close", act_close},    [PEER_RESET] = {"reset", act_reset},
};

static void *play(void *argument)
{
    struct peer *peer = argument;
    for (const struct peer_step *step = peer->script; step->act != PEER_END; step++) {
        int result = acts[step->act].act(peer, step);
        if (result == 0 || step->may_fail)
            continue;
        snprintf(peer->failure, sizeof(peer->failure), "step %td of the peer (%s) failed with errno %d",
                 step - peer->script, acts[step->act].name, -result);
        break;
    }
    act_close(peer, NULL);
    return NULL;
}

/** The signals of a test are for the thread that runs it. */
static void start_thread(struct peer *peer)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&peer->thread, NULL, play, peer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    ck_assert_int_eq(error, 0);
}

struct peer *peer_start(const struct peer_step *script)
{
    return peer_start_narrow(script, 0);
}

struct peer *peer_start_narrow(const struct peer_step *script, int receive_buffer_bytes)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    ck_assert_ptr_nonnull(peer);
    peer->script = script;
    peer->connection = NO_CONNECTION;
    peer->listener = io_listen(BACKLOG, receive_buffer_bytes, &peer->port);
    ck_assert_int_ge(peer->listener, 0);
    ck_assert_int_eq(pipe2(peer->to_peer, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(peer->from_peer, O_CLOEXEC), 0);
    start_thread(peer);
    return peer;
}

int peer_port(const struct peer *peer)
{
    return peer->port;
}

void peer_tell(struct peer *peer)
{
    ck_assert_int_eq(give_token(peer->to_peer[1]), 0);
}

void peer_await(struct peer *peer)
{
    ck_assert_int_eq(take_token(peer->from_peer[0]), 0);
}

void peer_end(struct peer *peer)
{
    ck_assert_int_eq(pthread_join(peer->thread, NULL), 0);
    ck_assert_msg(peer->failure[0] == '\0', "%s", peer->failure);
    close(peer->listener);
    for (int end = 0; end < 2; end++) {
        close(peer->to_peer[end]);
        close(peer->from_peer[end]);
    }
    free(peer);
}
