/* "Not yet" is a result of two modes: -EAGAIN, or -ETIMEDOUT with the call still open. */
#include "visit.h"

#include <errno.h>
#include <poll.h>
#include <sockecho/error.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "aim.h"
#include "story.h"
#include "waits.h"

enum { TIMEOUT_MS = 1000, PAUSE_MS = 10, LONGEST = 1 << 19 };

static const int64_t patience_ns = INT64_C(10000000000);

static uint8_t message[LONGEST];
static uint8_t reply[LONGEST];

const char *mode_name(enum mode mode)
{
    static const char *const names[MODES] = {"blocking", "non-blocking", "timeout"};
    return names[mode];
}

static void tell(struct visit *visit, const char *call, int result)
{
    char name[FACT_NAME_SIZE];
    snprintf(name, sizeof(name), "%s of client %d", call, visit->number);
    story_tell(FACT_VISIT, visit->number, name, result);
    visit->is_over = visit->is_over || result < 0;
}

static int set_mode(struct se_client *client, enum mode mode)
{
    if (mode == BLOCKING)
        return 0;
    return mode == NON_BLOCKING ? se_client_set_blocking(client, 0) : se_client_set_timeout(client, TIMEOUT_MS);
}

void visit_begin(struct visit *visit, int number, enum mode mode)
{
    *visit = (struct visit){.number = number, .mode = mode};
    aim_enter(CLIENT_NEW);
    int result = se_client_new(&visit->client);
    if (result == 0)
        result = set_mode(visit->client, mode);
    tell(visit, "new", aim_leave(result));
}

/** The arguments of a call, to make it again. */
struct request {
    enum phase phase;
    const char *name;
    const char *host;
    int port; /* 0: the host is the path of a unix socket */
    size_t length;
    uint8_t *reply;
};

static int call(struct se_client *client, const struct request *request)
{
    switch (request->phase) {
    case CLIENT_CONNECT:
        return request->port ? se_client_connect(client, request->host, request->port)
                             : se_client_connect_unix(client, request->host);
    case CLIENT_ECHO:
        return se_client_echo(client, message, request->length, request->reply);
    default:
        return se_client_finish(client);
    }
}

/** What another program would wait for: the descriptor, or where no readiness tells, a while. */
static void wait_for(const struct visit *visit, const struct request *request, int result)
{
    struct pollfd watched = {.fd = se_client_fd(visit->client), .events = (short)se_client_events(visit->client)};
    bool no_readiness_tells = result != -EAGAIN || watched.fd < 0 || request->port == 0;
    if (visit->mode == NON_BLOCKING)
        waits_poll(no_readiness_tells ? NULL : &watched, no_readiness_tells ? 0 : 1,
                   no_readiness_tells ? PAUSE_MS * 1000000 : patience_ns);
}

static bool is_not_yet(const struct visit *visit, int result)
{
    bool is_one = result == -EAGAIN || result == -ETIMEDOUT || result == -ENOBUFS || result == -ENOMEM;
    return is_one && se_client_events(visit->client) > 0;
}

/** A call that has failed is over, and the connection with it, but where there was no memory to begin. */
static void check_gone(const struct visit *visit, const char *call, int result)
{
    bool is_over = result < 0 && result != -ENOMEM && se_client_events(visit->client) == 0;
    if (is_over && se_client_fd(visit->client) >= 0)
        verdict_fail("%s of client %d failed, and the connection is still there", call, visit->number);
}

static void make(struct visit *visit, const struct request *request)
{
    if (visit->is_over)
        return;
    int64_t deadline_ns = waits_now_ns() + patience_ns;
    int result;
    for (;;) {
        aim_enter(request->phase);
        result = aim_leave(call(visit->client, request));
        if (!is_not_yet(visit, result))
            break;
        if (waits_now_ns() >= deadline_ns) {
            result = -EAGAIN; /* whichever way it says "not yet" */
            break;
        }
        wait_for(visit, request, result);
    }
    check_gone(visit, request->name, result);
    tell(visit, request->name, result);
}

void visit_connect(struct visit *visit, const char *host, int port)
{
    make(visit, &(struct request){.phase = CLIENT_CONNECT, .name = "connect", .host = host, .port = port});
}

void visit_connect_unix(struct visit *visit, const char *path)
{
    make(visit, &(struct request){.phase = CLIENT_CONNECT, .name = "connect", .host = path});
}

void visit_echo(struct visit *visit, size_t length, bool has_reply)
{
    for (size_t i = 0; i < length; i++)
        message[i] = (uint8_t)(length + i * 11 + (i >> 8) * 3);
    memset(reply, 0, length);
    bool was_over = visit->is_over;
    make(visit, &(struct request){.phase = CLIENT_ECHO,
                                  .name = has_reply ? "echo with reply" : "echo",
                                  .port = 1,
                                  .length = length,
                                  .reply = has_reply ? reply : NULL});
    if (has_reply && !was_over && !visit->is_over && memcmp(message, reply, length) != 0)
        verdict_fail("client %d: the echo succeeds, but the reply is wrong", visit->number);
}

void visit_finish(struct visit *visit)
{
    make(visit, &(struct request){.phase = CLIENT_FINISH, .name = "finish", .port = 1});
}

void visit_end(struct visit *visit)
{
    aim_enter(CLIENT_CLOSE);
    se_client_free(visit->client);
    aim_leave(0);
}
