/* The figures tell it: while the server holds bytes, it has received more than it has echoed, and receives no more. */
#include "jam.h"

#include <check.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "clock.h"
#include "environment.h"
#include "io.h"
#include "raw.h"
#include "variants.h"

enum { CHUNK = 64 << 10, SEND_BUFFER = 200 << 10, BACKLOG = 128, LOOKS = 50 };

struct se_server *jam_narrow_server_new(int variant)
{
    struct se_server *server = NULL;
    int port = 0;
    int buffer_bytes = SEND_BUFFER;
    int fd = io_listen(BACKLOG, 0, &port);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes)), 0);
    ck_assert_int_eq(se_server_new_from_fd(fd, &server), 0);
    return variant_apply(variant, server) ? server : NULL;
}

int64_t jam_held(const struct se_server *server)
{
    return se_server_stat(server, SE_STAT_RECEIVED_BYTES) - se_server_stat(server, SE_STAT_ECHOED_BYTES) -
           se_server_stat(server, SE_STAT_GIVEN_UP_BYTES);
}

/** Only a difference that stays for a while is one. Looks are counted, for time also passes where the whole machine
 * stands still, the server with it. */
static bool holds_more_than(const struct se_server *server, int64_t held_before)
{
    int looks = 0;
    while (jam_held(server) > held_before && looks < LOOKS) {
        poll(NULL, 0, 1);
        looks++;
    }
    return jam_held(server) > held_before;
}

/** Waits until what was sent is echoed, or part of it is held: then true. */
static bool is_jammed(const struct se_server *server, int64_t received_then, int64_t held_before)
{
    int64_t start_ns = clock_now_ns();
    while (clock_ms_since(start_ns) < environment_patience_ms()) {
        if (holds_more_than(server, held_before))
            return true;
        if (se_server_stat(server, SE_STAT_RECEIVED_BYTES) >= received_then && jam_held(server) == held_before)
            return false;
        poll(NULL, 0, 1);
    }
    ck_abort_msg("the server neither echoes nor holds what it got");
    return false;
}

static void await_arrival(int fd)
{
    int64_t start_ns = clock_now_ns();
    while (raw_count_arrived(fd, CHUNK) < CHUNK && clock_ms_since(start_ns) < environment_patience_ms())
        poll(NULL, 0, 1);
    ck_assert_uint_eq(raw_count_arrived(fd, CHUNK), CHUNK);
}

/** The kernel keeps less than a segment back for a while, even where the peer has room for it, and a segment of the
 * loopback interface is nearly a chunk: one chunk more, so that something is held also after that. */
static size_t jam_for_good(int fd, const uint8_t *message, size_t sent)
{
    raw_send(fd, message + sent, CHUNK);
    await_arrival(fd);
    return sent + CHUNK;
}

size_t jam(const struct se_server *server, int fd, const uint8_t *message)
{
    int64_t received_before = se_server_stat(server, SE_STAT_RECEIVED_BYTES);
    int64_t held_before = jam_held(server);
    for (size_t sent = 0; sent < JAM_MOST - CHUNK;) {
        raw_send(fd, message + sent, CHUNK);
        sent += CHUNK;
        if (is_jammed(server, received_before + (int64_t)sent, held_before))
            return jam_for_good(fd, message, sent);
    }
    ck_abort_msg("the server takes everything");
    return 0;
}
