/* Each connection's stream is received into one buffer and what is to be sent is made in another, byte by byte from the
 * place where it comes from. A byte is sent only when the one that belongs in its place has been received, so that it
 * is wrong because it differs, and never because it is early. */
#include "damage.h"

#include <check.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "environment.h"
#include "io.h"
#include "pattern.h"

struct stream {
    int fd;
    int number; /**< of the connection in the load */
    uint8_t *came;
    size_t received;
    bool is_complete; /**< nothing more will come */
    uint8_t *answer;
    size_t answered;
};

struct damage_peer {
    struct damage damage;
    const struct damage_marks *marks;
    int connections;
    size_t stream_bytes;
    int listener;
    pthread_t thread;
    struct stream streams[DAMAGE_CONNECTIONS_MAX];
    char failure[80];
};

static void note_failure(struct damage_peer *peer, const char *what, int64_t result)
{
    if (peer->failure[0] == '\0')
        snprintf(peer->failure, sizeof(peer->failure), "%s: %lld", what, (long long)result);
}

static bool has_failed(const struct damage_peer *peer)
{
    return peer->failure[0] != '\0';
}

/* ---- what is sent ---- */

static bool is_damaged(const struct damage_peer *peer, const struct stream *stream)
{
    const struct damage *damage = &peer->damage;
    if (damage->kind == DAMAGE_NONE)
        return false;
    return stream->number == damage->connection || (damage->kind == DAMAGE_CROSS && stream->number == damage->other);
}

/** Which byte of what came is sent at this place. */
static size_t source_of(const struct damage *damage, size_t place)
{
    size_t end = damage->offset + damage->length;
    if (damage->kind == DAMAGE_DROP)
        return place < damage->offset ? place : place + damage->length;
    if (damage->kind == DAMAGE_DOUBLE)
        return place < end ? place : place - damage->length;
    if (damage->kind == DAMAGE_SWAP && place >= damage->offset && place < end)
        return place + damage->distance;
    if (damage->kind == DAMAGE_SWAP && place >= damage->offset + damage->distance && place < end + damage->distance)
        return place - damage->distance;
    return place;
}

static const struct stream *stream_of(const struct damage_peer *peer, int number)
{
    for (int i = 0; i < peer->connections; i++) {
        if (peer->streams[i].number == number)
            return &peer->streams[i];
    }
    return NULL;
}

static uint8_t answer_at(const struct damage_peer *peer, const struct stream *stream, size_t place)
{
    const struct damage *damage = &peer->damage;
    bool in_stretch = place >= damage->offset && place < damage->offset + damage->length;
    if (damage->kind == DAMAGE_FLIP && in_stretch)
        return (uint8_t)~stream->came[place];
    if (damage->kind == DAMAGE_CROSS && in_stretch) {
        int from = stream->number == damage->connection ? damage->other : damage->connection;
        return stream_of(peer, from)->came[place];
    }
    return stream->came[source_of(damage, place)];
}

/** The end of what can be sent by now. */
static size_t answerable(const struct damage_peer *peer, const struct stream *stream)
{
    const struct damage *damage = &peer->damage;
    if (!is_damaged(peer, stream))
        return stream->received;
    if (damage->kind == DAMAGE_SILENCE)
        return stream->received < damage->offset ? stream->received : damage->offset;
    size_t place = stream->answered;
    while ((stream->is_complete || place < stream->received) && source_of(damage, place) < stream->received)
        place++;
    return place;
}

static void make_answer(const struct damage_peer *peer, struct stream *stream, size_t end)
{
    if (!is_damaged(peer, stream))
        memcpy(stream->answer + stream->answered, stream->came + stream->answered, end - stream->answered);
    for (size_t place = stream->answered; is_damaged(peer, stream) && place < end; place++)
        stream->answer[place] = answer_at(peer, stream, place);
}

/** Returns whether the other side still takes it. */
static bool answer(struct damage_peer *peer, struct stream *stream)
{
    size_t end = answerable(peer, stream);
    make_answer(peer, stream, end);
    const uint8_t *bytes = stream->answer + stream->answered;
    size_t length = end - stream->answered;
    stream->answered = end;
    int error = io_send(stream->fd, bytes, length, 0);
    if (error && !is_damaged(peer, stream))
        note_failure(peer, "send on a connection without damage", error);
    return error == 0;
}

/* ---- what is received ---- */

static void receive_some(struct damage_peer *peer, struct stream *stream)
{
    int64_t count = io_receive_some(stream->fd, stream->came + stream->received, peer->stream_bytes - stream->received);
    stream->received += count > 0 ? (size_t)count : 0;
    stream->is_complete = count <= 0 || stream->received == peer->stream_bytes;
    if (count < 0 && !is_damaged(peer, stream))
        note_failure(peer, "receive on a connection without damage", count);
}

static void accept_one(struct damage_peer *peer, struct stream *stream)
{
    int ready = io_wait(peer->listener, POLLIN, environment_patience_ms());
    stream->fd = ready > 0 ? accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
    if (stream->fd < 0) {
        note_failure(peer, "accept", ready);
        return;
    }
    int on = 1;
    setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void identify(struct damage_peer *peer, struct stream *stream)
{
    for (int number = 0; peer->marks && number < peer->connections; number++) {
        if (memcmp(stream->came, peer->marks->bytes[number], DAMAGE_MARK_SIZE) == 0)
            stream->number = number;
    }
    if (stream->number < 0)
        note_failure(peer, "a stream without a known mark", stream->fd);
}

static void receive_whole_streams(struct damage_peer *peer)
{
    for (int i = 0; i < peer->connections; i++) {
        struct stream *stream = &peer->streams[i];
        while (!stream->is_complete)
            receive_some(peer, stream);
        if (peer->marks)
            identify(peer, stream);
    }
}

static void answer_all(struct damage_peer *peer)
{
    for (int i = 0; i < peer->connections && !has_failed(peer); i++) {
        struct stream *stream = &peer->streams[i];
        while (answer(peer, stream) && !stream->is_complete)
            receive_some(peer, stream);
    }
}

/** The other side gives up a connection whose damage it has seen, and ends the others in order. */
static void end_stream(struct damage_peer *peer, struct stream *stream)
{
    uint8_t rest[4096];
    int64_t count;
    while ((count = io_receive_some(stream->fd, rest, sizeof(rest))) > 0)
        if (!is_damaged(peer, stream))
            note_failure(peer, "more came than was to be sent", count);
    if (count < 0 && !is_damaged(peer, stream))
        note_failure(peer, "the end of a connection without damage", count);
    close(stream->fd);
    stream->fd = -1;
}

/** Those without damage first: they need not wait until the others are given up. */
static void end_all(struct damage_peer *peer)
{
    for (int pass = 0; pass < 2 && !has_failed(peer); pass++) {
        for (int i = 0; i < peer->connections; i++) {
            if (is_damaged(peer, &peer->streams[i]) == pass)
                end_stream(peer, &peer->streams[i]);
        }
    }
}

static void *run(void *argument)
{
    struct damage_peer *peer = argument;
    for (int i = 0; i < peer->connections && !has_failed(peer); i++)
        accept_one(peer, &peer->streams[i]);
    if (peer->connections > 1 && !has_failed(peer))
        receive_whole_streams(peer);
    answer_all(peer);
    end_all(peer);
    for (int i = 0; i < peer->connections; i++) {
        if (peer->streams[i].fd >= 0)
            close(peer->streams[i].fd);
    }
    return NULL;
}

/* ---- life ---- */

struct damage_peer *damage_peer_start(int listener, int connections, size_t stream_bytes, const struct damage *damage,
                                      const struct damage_marks *marks)
{
    struct damage_peer *peer = calloc(1, sizeof(*peer));
    ck_assert_ptr_nonnull(peer);
    peer->damage = *damage;
    peer->marks = marks;
    peer->listener = listener;
    peer->connections = connections;
    peer->stream_bytes = stream_bytes;
    for (int i = 0; i < connections; i++) {
        struct stream *stream = &peer->streams[i];
        stream->fd = -1;
        stream->number = marks ? -1 : i;
        stream->came = bytes_new(stream_bytes);
        stream->answer = bytes_new(stream_bytes + damage->length);
    }
    ck_assert_int_eq(pthread_create(&peer->thread, NULL, run, peer), 0);
    return peer;
}

void damage_peer_join(struct damage_peer *peer)
{
    ck_assert_int_eq(pthread_join(peer->thread, NULL), 0);
    ck_assert_msg(!has_failed(peer), "%s", peer->failure);
}

int64_t damage_peer_wrong_at(const struct damage_peer *peer, int connection)
{
    const struct stream *stream = stream_of(peer, connection);
    size_t comparable = stream->answered < stream->received ? stream->answered : stream->received;
    for (size_t place = 0; place < comparable; place++) {
        if (stream->answer[place] != stream->came[place])
            return (int64_t)place;
    }
    return stream->answered > stream->received ? (int64_t)stream->received : -1;
}

const uint8_t *damage_peer_received(const struct damage_peer *peer, int connection, size_t *length_out)
{
    const struct stream *stream = stream_of(peer, connection);
    *length_out = stream->received;
    return stream->came;
}

void damage_peer_free(struct damage_peer *peer)
{
    for (int i = 0; i < peer->connections; i++) {
        free(peer->streams[i].came);
        free(peer->streams[i].answer);
    }
    free(peer);
}
