/* A client of which one call goes wrong, whichever it is, in each of the three modes: it says what became of it,
 * nothing is left behind, and the next visit is as if nothing had happened. The server is another process. */
#include <errno.h>
#include <netdb.h>
#include <sockecho.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "environment.h"
#include "fixture.h"
#include "mishap.h"
#include "pattern.h"
#include "server-process.h"

enum { LENGTH = 100000, CALLS_MAX = 2000, MODES = 3, TRIES_MAX = 100000 };

struct mishap {
    const char *function;
    int error;
    int result;    /**< 0: the visit is as if nothing had happened */
    bool may_pass; /**< so it may be all the same: the call was the last one, or another try succeeded */
};

static const struct mishap mishaps[] = {
    {.function = "malloc", .error = ENOMEM, .result = -ENOMEM, .may_pass = true},
    {.function = "socket", .error = EMFILE, .result = -EMFILE},
    {.function = "socket", .error = ENOBUFS, .result = -ENOBUFS},
    {.function = "connect", .error = ECONNREFUSED, .result = -ECONNREFUSED},
    {.function = "connect", .error = EAGAIN, .result = -EADDRNOTAVAIL},
    {.function = "getaddrinfo", .error = EAI_MEMORY, .result = -ENOMEM},
    {.function = "getaddrinfo", .error = EAI_NONAME, .result = SE_ERESOLVE},
    {.function = "getpeername", .error = ENOTCONN},
    {.function = "getsockname", .error = ENOBUFS},
    {.function = "poll", .error = EINTR},
    {.function = "recv", .error = EINTR},
    {.function = "recv", .error = EAGAIN},
    {.function = "recv", .error = ENOMEM},
    {.function = "recv", .error = ECONNRESET, .result = -ECONNRESET},
    {.function = "send", .error = EINTR},
    {.function = "send", .error = EAGAIN},
    {.function = "send", .error = ENOBUFS},
    {.function = "send", .error = ENOMEM},
    {.function = "shutdown", .error = ENOBUFS, .result = -ENOBUFS, .may_pass = true},
};

enum { MISHAPS = sizeof(mishaps) / sizeof(mishaps[0]) };

static struct server_process *server;
static uint8_t *message;
static uint8_t *reply;

static void begin(void)
{
    message = pattern_new(LENGTH, 7);
    reply = malloc(LENGTH);
    ck_assert_ptr_nonnull(reply);
    server = server_process_start_unlimited();
}

static void end(void)
{
    server_process_stop(server);
    server_process_end(server);
    free(message);
    free(reply);
}

static struct se_client *client_in_mode(int mode)
{
    const int64_t timeouts_ms[MODES] = {SE_TIMEOUT_NONE, 0, environment_patience_ms()};
    struct se_client *client = NULL;
    ck_assert_int_eq(se_client_new(&client), 0);
    ck_assert_int_eq(se_client_set_timeout(client, timeouts_ms[mode]), 0);
    return client;
}

/** Want of memory is one more reason for "not yet" in non-blocking mode, as long as there is a connection. */
static bool is_not_yet(const struct se_client *client, int result)
{
    bool lacks_memory = result == -ENOMEM || result == -ENOBUFS;
    return result == -EAGAIN || (lacks_memory && se_client_get_timeout(client) == 0 && se_client_fd(client) >= 0);
}

enum call { CONNECT, ECHO_KEPT, ECHO_CHECKED, FINISH, CALLS };

static int make_once(struct se_client *client, enum call call)
{
    switch (call) {
    case CONNECT:
        return se_client_connect(client, NULL, server_process_port(server));
    case ECHO_KEPT:
        return se_client_echo(client, message, LENGTH, reply);
    case ECHO_CHECKED:
        return se_client_echo(client, message, LENGTH, NULL);
    default:
        return se_client_finish(client);
    }
}

static int make(struct se_client *client, enum call call)
{
    int result = make_once(client, call);
    for (int i = 0; i < TRIES_MAX && is_not_yet(client, result); i++)
        result = make_once(client, call);
    return result;
}

static int visit(struct se_client *client)
{
    int result = 0;
    for (enum call call = CONNECT; call < CALLS && result == 0; call++)
        result = make(client, call);
    return result;
}

/** A visit with the nth call of the function failed. Returns false where it makes fewer of them. */
static bool meet(const struct mishap *mishap, int mode, int nth)
{
    struct se_client *client = client_in_mode(mode);
    memset(reply, 0, LENGTH);
    mishap_begin(mishap->function, nth, mishap->error, false);
    int result = visit(client);
    bool met = mishap_end();
    if (!met || mishap->result == 0 || (mishap->may_pass && result == 0)) {
        ck_assert_int_eq(result, 0);
        ck_assert_int_eq(memcmp(reply, message, LENGTH), 0);
    } else {
        ck_assert_int_eq(result, mishap->result);
        ck_assert_int_eq(se_client_close(client), 0);
        ck_assert_int_eq(visit(client), 0);
    }
    se_client_free(client);
    return met;
}

START_TEST(visit_of_which_one_call_fails_says_what_became_of_it)
{
    const struct mishap *mishap = &mishaps[_i % MISHAPS];
    int count = 0;
    while (meet(mishap, _i / MISHAPS, count) && count < CALLS_MAX)
        count++;
    fprintf(stderr, "%s: failed %d times, each in a visit of its own\n", mishap->function, count);
}
END_TEST

START_TEST(client_that_gets_no_memory_is_not_made)
{
    struct se_client *client = NULL;
    mishap_begin("calloc", 0, ENOMEM, false);
    int result = se_client_new(&client);
    ck_assert(mishap_end());
    ck_assert_int_eq(result, -ENOMEM);
    ck_assert_ptr_null(client);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a call of a client that goes wrong");
    TCase *tcase = fixture_add_tcase(suite, "calls");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_loop_test(tcase, visit_of_which_one_call_fails_says_what_became_of_it, 0, MODES * MISHAPS);
    TCase *made = fixture_add_tcase(suite, "making");
    tcase_add_test(made, client_that_gets_no_memory_is_not_made);
    return fixture_run(suite);
}
