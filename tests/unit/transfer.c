/* The way of one echo through the client, call by call: what is sent and received in which order, when it waits, and
 * what ends it. Socket and channel are a script: each call returns what the story says, and is written down. */
#include <errno.h>
#include <poll.h>
#include <sockecho/error.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/transfer.h"
#include "fixture.h"
#include "system/socket.h"

enum { FD = 77, LENGTH = 5, STEPS_MAX = 9, LOG_SIZE = 200, BLOCKING = -1, NONBLOCKING = 0, SHORTEST = 1 };

static const char message[LENGTH + 1] = "echo!";

/** The calls of a transfer, and what they return in that order. */
struct story {
    int64_t timeout_ms;
    const char *calls;
    int64_t results[STEPS_MAX];
    int result;          /**< of the whole */
    size_t scratch_size; /**< 0: the reply is kept */
    const char *echo;    /**< what comes back; NULL: the message */
    bool is_under_way;
};

static const struct story *story;
static unsigned char room[LENGTH]; /**< for the reply, or for a stretch of it */
static size_t returned;
static int results_given;
static char calls_made[LOG_SIZE];

int64_t __wrap_se__socket_send(int fd, const void *bytes, size_t size);
int64_t __wrap_se__socket_receive(int fd, void *buffer, size_t size);
int64_t __wrap_se__channel_receive(const struct se__channel *channel, struct se__call *call, void *buffer, size_t size);
int __wrap_se__channel_wait(const struct se__channel *channel, struct se__call *call, int fd, int events);
int __wrap_se__channel_pause(const struct se__channel *channel, struct se__call *call);
bool __wrap_se__channel_is_late(const struct se__channel *channel, const struct se__call *call);

static int64_t next_result(const char *call)
{
    size_t used = strlen(calls_made);
    ck_assert_uint_lt(used + strlen(call) + 1, sizeof(calls_made));
    snprintf(calls_made + used, sizeof(calls_made) - used, "%s ", call);
    ck_assert_msg(strncmp(story->calls, calls_made, strlen(calls_made)) == 0, "%s", calls_made);
    return story->results[results_given++];
}

int64_t __wrap_se__socket_send(int fd, const void *bytes, size_t size)
{
    char call[32];
    ck_assert_int_eq(fd, FD);
    snprintf(call, sizeof(call), "send(%.*s)", (int)size, (const char *)bytes);
    return next_result(call);
}

static int64_t receive(const char *how, void *buffer, size_t size)
{
    char call[32];
    ck_assert_ptr_eq(buffer, story->scratch_size > 0 ? room : room + returned);
    snprintf(call, sizeof(call), "%s(%zu)", how, size);
    int64_t count = next_result(call);
    if (count > 0) {
        memcpy(buffer, (story->echo ? story->echo : message) + returned, (size_t)count);
        returned += (size_t)count;
    }
    return count;
}

int64_t __wrap_se__socket_receive(int fd, void *buffer, size_t size)
{
    ck_assert_int_eq(fd, FD);
    return receive("look", buffer, size);
}

int64_t __wrap_se__channel_receive(const struct se__channel *channel, struct se__call *call, void *buffer, size_t size)
{
    (void)call;
    ck_assert_int_eq(channel->fd, FD);
    return receive("await", buffer, size);
}

int __wrap_se__channel_wait(const struct se__channel *channel, struct se__call *call, int fd, int events)
{
    (void)channel;
    ck_assert(call->is_under_way);
    ck_assert_int_eq(fd, FD);
    ck_assert_int_eq(events, POLLIN | POLLOUT);
    return (int)next_result("wait");
}

int __wrap_se__channel_pause(const struct se__channel *channel, struct se__call *call)
{
    (void)channel, (void)call;
    return (int)next_result("pause");
}

bool __wrap_se__channel_is_late(const struct se__channel *channel, const struct se__call *call)
{
    (void)channel, (void)call;
    return next_result("late?");
}

static const struct story whole[] = {
    /* It is not too late for what is back. */
    {.timeout_ms = BLOCKING, .calls = "send(echo!) await(5) ", .results = {5, 5}, .is_under_way = true},
    {.timeout_ms = SHORTEST,
     .calls = "send(echo!) await(5) late? await(2) ",
     .results = {5, 3, false, 2},
     .is_under_way = true},
    /* While something is left to send, receiving does not wait. */
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) look(5) late? send(o!) await(4) ",
     .results = {3, 1, false, 2, 4},
     .is_under_way = true},
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) look(5) late? send(o!) await(5) ",
     .results = {3, -EAGAIN, false, 2, 5},
     .is_under_way = true},
    /* A single byte that leaves is progress. */
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) look(5) late? send(cho!) await(5) ",
     .results = {1, -EAGAIN, false, 4, 5},
     .is_under_way = true},
    /* Nothing moves: it waits for both. */
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) look(5) wait send(echo!) await(5) ",
     .results = {-EAGAIN, -EAGAIN, 0, 5, 5},
     .is_under_way = true},
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) look(5) wait send(echo!) await(5) ",
     .results = {0, -EAGAIN, 0, 5, 5},
     .is_under_way = true},
    /* What comes back while there is no room is progress. */
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) look(5) late? send(o!) look(4) late? send(o!) await(2) ",
     .results = {3, 1, false, -EAGAIN, 2, false, 2, 2},
     .is_under_way = true},
    /* No memory to send: no readiness tells of its end. */
    {.timeout_ms = SHORTEST,
     .calls = "send(echo!) look(5) pause send(echo!) await(5) ",
     .results = {-ENOBUFS, -EAGAIN, 0, 5, 5},
     .is_under_way = true},
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) look(5) pause send(echo!) await(5) ",
     .results = {-ENOMEM, -EAGAIN, 0, 5, 5},
     .is_under_way = true},
    /* None to receive. */
    {.timeout_ms = SHORTEST,
     .calls = "send(echo!) await(5) pause await(5) ",
     .results = {5, -ENOMEM, 0, 5},
     .is_under_way = true},
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) look(5) pause send(o!) await(5) ",
     .results = {3, -ENOMEM, 0, 2, 5},
     .is_under_way = true},
    /* Without a place for the reply it comes in stretches. */
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) await(2) late? await(2) late? await(1) ",
     .results = {5, 2, false, 2, false, 1},
     .scratch_size = 2,
     .is_under_way = true},
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) await(5) ",
     .results = {5, 5},
     .scratch_size = LENGTH,
     .is_under_way = true},
};

static const struct story ends[] = {
    /* Progress does not prolong a call. */
    {.timeout_ms = SHORTEST, .calls = "send(echo!) look(5) late? ", .results = {3, 1, true}, .result = -EAGAIN},
    {.timeout_ms = SHORTEST, .calls = "send(echo!) await(5) late? ", .results = {5, 1, true}, .result = -EAGAIN},
    {.timeout_ms = NONBLOCKING, .calls = "send(echo!) await(5) ", .results = {5, -EAGAIN}, .result = -EAGAIN},
    {.timeout_ms = NONBLOCKING,
     .calls = "send(echo!) look(5) wait ",
     .results = {-EAGAIN, -EAGAIN, -EAGAIN},
     .result = -EAGAIN,
     .is_under_way = true},
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) look(5) wait ",
     .results = {-EAGAIN, -EAGAIN, -EBADF},
     .result = -EBADF,
     .is_under_way = true},
    /* Who does not wait is told of a shortage. */
    {.timeout_ms = NONBLOCKING,
     .calls = "send(echo!) look(5) ",
     .results = {-ENOBUFS, -EAGAIN},
     .result = -ENOBUFS,
     .is_under_way = true},
    {.timeout_ms = NONBLOCKING,
     .calls = "send(echo!) look(5) ",
     .results = {-ENOMEM, -EAGAIN},
     .result = -ENOMEM,
     .is_under_way = true},
    {.timeout_ms = NONBLOCKING, .calls = "send(echo!) await(5) ", .results = {5, -ENOMEM}, .result = -ENOMEM},
    {.timeout_ms = SHORTEST,
     .calls = "send(echo!) look(5) pause ",
     .results = {-ENOBUFS, -EAGAIN, -EAGAIN},
     .result = -EAGAIN,
     .is_under_way = true},
    {.timeout_ms = SHORTEST,
     .calls = "send(echo!) await(5) pause ",
     .results = {5, -ENOMEM, -EAGAIN},
     .result = -EAGAIN},
    /* The descriptor may be somebody else's by now: nothing more is done with it. */
    {.timeout_ms = BLOCKING, .calls = "send(echo!) ", .results = {-EBADF}, .result = -EBADF},
    /* Where nothing more can be sent, what came before is still read. */
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) look(5) late? send(o!) await(4) late? await(2) ",
     .results = {3, 1, false, -EPIPE, 2, false, 0},
     .result = SE_ECLOSED,
     .is_under_way = true},
    {.timeout_ms = BLOCKING, .calls = "send(echo!) await(5) ", .results = {-ECONNRESET, 0}, .result = -ECONNRESET},
    {.timeout_ms = SHORTEST, .calls = "send(echo!) await(5) ", .results = {-EPIPE, -EAGAIN}, .result = -EAGAIN},
    {.timeout_ms = BLOCKING, .calls = "send(echo!) await(5) ", .results = {5, -ECONNRESET}, .result = -ECONNRESET},
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) await(5) late? await(1) ",
     .results = {5, 4, false, 0},
     .result = SE_ECLOSED,
     .is_under_way = true},
    {.timeout_ms = BLOCKING, .calls = "send(echo!) look(5) ", .results = {3, 0}, .result = SE_ECLOSED},
    {.timeout_ms = BLOCKING,
     .calls = "send(echo!) await(5) ",
     .results = {5, 5},
     .result = SE_EMISMATCH,
     .echo = "echO!"},
    {.timeout_ms = BLOCKING, .calls = "send(echo!) look(5) ", .results = {3, 4}, .result = SE_EMISMATCH},
};

static void tell(const struct story *told)
{
    struct se__channel channel = {.fd = FD, .timeout_ms = told->timeout_ms};
    struct se__call call = {.deadline_ms = 0};
    struct se__exchange exchange;
    bool keeps_reply = told->scratch_size == 0;
    struct se__transfer_sink sink = {
        .reply = keeps_reply ? room : NULL, .scratch = keeps_reply ? NULL : room, .scratch_size = told->scratch_size};
    story = told;
    calls_made[0] = '\0';
    results_given = 0;
    returned = 0;
    se__exchange_begin(&exchange, message, LENGTH);
    ck_assert_int_eq(se__transfer(&channel, &call, &exchange, &sink), told->result);
    ck_assert_str_eq(calls_made, told->calls);
    ck_assert_int_eq(call.is_under_way, told->is_under_way);
    if (told->result == 0)
        ck_assert_uint_eq(returned, LENGTH);
}

START_TEST(the_whole_echo_comes_back)
{
    tell(&whole[_i]);
}
END_TEST

START_TEST(a_transfer_ends_before_the_echo_is_back)
{
    tell(&ends[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transfer");
    TCase *tcase = fixture_add_tcase(suite, "calls");
    tcase_add_loop_test(tcase, the_whole_echo_comes_back, 0, sizeof(whole) / sizeof(whole[0]));
    tcase_add_loop_test(tcase, a_transfer_ends_before_the_echo_is_back, 0, sizeof(ends) / sizeof(ends[0]));
    return fixture_run(suite);
}
