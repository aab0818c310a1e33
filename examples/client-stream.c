/* sockecho-client as a filter: streams stdin through the server to stdout, a chunk at a time. What one read(2) gives
 * leaves at once, so that a line typed into a pipe comes back at once. What stdin gives while a chunk is on its way
 * leaves together as the next one. The library checks every byte.
 *
 * So the client is in non-blocking mode, and one poll(2) waits for both: for stdin, and for what the open echo wants.
 */
#include "client-chunk-size.h"
#include "client-connection.h"
#include "client-modes.h"
#include "client-progress.h"
#include "client-signals.h"
#include "report.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long until the next attempt where the kernel has no memory: no descriptor tells when it has. */
static const int64_t retry_ns = INT64_C(10000000);

struct chunk {
    char *bytes; /* room for CHUNK_SIZE_MOST */
    size_t length;
};

struct stream {
    struct se_client *client; /* in non-blocking mode */
    int64_t timeout_ns;       /* of an echo; INT64_MAX: no limit */
    struct chunk sent;        /* is on its way */
    struct chunk gathered;    /* what stdin gave meanwhile */
    size_t gathered_max;
    int64_t offset; /* of the chunk that is on its way */
    int has_ended;  /* stdin gives no more */
    int read_error; /* why; 0 at its end */
    struct progress progress;
};

/* A file that gives much at once shall not keep the echo waiting meanwhile. */
static size_t room_to_gather(const struct stream *stream)
{
    if (stream->has_ended || stream->gathered.length >= stream->gathered_max)
        return 0;
    size_t room = stream->gathered_max - stream->gathered.length;
    return room < CHUNK_SIZE_LEAST ? room : CHUNK_SIZE_LEAST;
}

/* EAGAIN: stdin is in non-blocking mode, and another reader of it was quicker. */
static void gather(struct stream *stream)
{
    struct chunk *chunk = &stream->gathered;
    ssize_t count = read(STDIN_FILENO, chunk->bytes + chunk->length, room_to_gather(stream));
    if (count > 0) {
        chunk->length += (size_t)count;
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        stream->read_error = count == 0 ? 0 : errno;
        stream->has_ended = 1;
    }
}

/* Until the echo can go on, until this time, or until stdin has given something there is room for. A descriptor below 0
 * is not looked at.
 */
static void wait_and_gather(struct stream *stream, int echo_fd, int64_t until_ns)
{
    struct pollfd watched[] = {{.fd = room_to_gather(stream) > 0 ? STDIN_FILENO : -1, .events = POLLIN},
                               {.fd = echo_fd, .events = (short)se_client_events(stream->client)}};
    if (poll(watched, 2, milliseconds_until(until_ns)) > 0 && watched[0].revents != 0)
        gather(stream);
}

static int64_t deadline_in(int64_t timeout_ns)
{
    return timeout_ns == INT64_MAX ? INT64_MAX : now_ns() + timeout_ns;
}

static void wait_for_echo(struct stream *stream, int result, int64_t deadline_ns)
{
    int64_t next_ns = result == -EAGAIN ? deadline_ns : deadline_in(retry_ns);
    int fd = result == -EAGAIN ? se_client_fd(stream->client) : -1;
    wait_and_gather(stream, fd, next_ns < deadline_ns ? next_ns : deadline_ns);
}

static int echo_while_gathering(struct stream *stream)
{
    const struct chunk *sent = &stream->sent;
    int64_t deadline_ns = deadline_in(stream->timeout_ns);
    for (;;) {
        /* The reply may be the message itself: an echo that is right holds the same bytes. */
        int result = se_client_echo(stream->client, sent->bytes, sent->length, sent->bytes);
        if (se_client_events(stream->client) == 0)
            return result;
        if (now_ns() >= deadline_ns)
            return -ETIMEDOUT;
        wait_for_echo(stream, result, deadline_ns);
    }
}

static int print_echo(struct stream *stream)
{
    fwrite(stream->sent.bytes, 1, stream->sent.length, stdout);
    stream->offset += (int64_t)stream->sent.length;
    if (fflush(stdout) == EOF)
        end_progress(&stream->progress);
    else
        show_progress(&stream->progress, stream->offset);
    return flush_output();
}

static void complain_about_echo(struct stream *stream, int error)
{
    char reason[256];
    describe_echo(stream->client, stream->offset, error, reason, sizeof reason);
    end_progress(&stream->progress);
    complain("stdin: %s", reason);
}

static int echo_gathered(struct stream *stream)
{
    struct chunk gathered = stream->gathered;
    stream->gathered = (struct chunk){.bytes = stream->sent.bytes};
    stream->sent = gathered;
    int error = echo_while_gathering(stream);
    if (error < 0) {
        complain_about_echo(stream, error);
        return -1;
    }
    stream->gathered_max = next_chunk_size(gathered.length, se_client_rtt_ns(stream->client), stream->timeout_ns);
    return print_echo(stream);
}

static int echo_all(struct stream *stream)
{
    while (!stream->has_ended || stream->gathered.length > 0) {
        if (stream->gathered.length == 0)
            wait_and_gather(stream, -1, INT64_MAX);
        else if (echo_gathered(stream) < 0)
            return -1;
    }
    end_progress(&stream->progress);
    if (stream->read_error != 0) {
        complain("cannot read stdin: %s", strerror(stream->read_error));
        return -1;
    }
    return 0;
}

static int set_timeout(struct se_client *client, int64_t timeout_ms)
{
    int error = se_client_set_timeout(client, timeout_ms);
    if (error < 0)
        complain("cannot set the timeout: %s", se_strerror(error));
    return error < 0 ? -1 : 0;
}

static int stream_through(struct se_client *client, char *bytes)
{
    int64_t timeout_ms = se_client_get_timeout(client);
    struct stream stream = {.client = client,
                            .timeout_ns = timeout_ms == SE_TIMEOUT_NONE ? INT64_MAX : timeout_ms * 1000000,
                            .gathered_max = CHUNK_SIZE_LEAST};
    stream.sent.bytes = bytes;
    stream.gathered.bytes = bytes + CHUNK_SIZE_MOST;
    begin_progress(&stream.progress);
    if (set_timeout(client, 0) < 0 || echo_all(&stream) < 0)
        return -1;
    return set_timeout(client, timeout_ms);
}

int echo_stdin(struct se_client *client)
{
    char *bytes = malloc((size_t)2 * CHUNK_SIZE_MOST);
    if (bytes == NULL) {
        complain("no memory for two chunks of %d bytes", CHUNK_SIZE_MOST);
        return -1;
    }
    int result = stream_through(client, bytes);
    free(bytes);
    return result;
}
