/* A server that its caller runs for a few milliseconds at a time, again and again, while clients echo all the while:
 * nothing is lost between two runs. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "pattern.h"
#include "statistics.h"

enum { RUN_MS = 20, ECHO_MS = 800, CLIENTS = 4, LENGTH = 1 << 20 };

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

/** What all clients share. */
struct traffic {
    int port;
    size_t longest;
    const uint8_t *message;
    atomic_int clients; /**< that are not done */
    atomic_llong bytes; /**< that came back */
    atomic_int failure; /**< of any client, 0 if there was none */
};

/** The lengths vary, so that echoes end at all points of a run. */
static int echo_for_a_while(struct se_client *client, struct traffic *traffic)
{
    int64_t start_ns = clock_now_ns();
    int result = 0;
    for (size_t length = 1; result == 0 && clock_ms_since(start_ns) < ECHO_MS; length = length * 7 + 1) {
        length = length > traffic->longest ? length % traffic->longest : length;
        result = se_client_echo(client, traffic->message, length, NULL);
        atomic_fetch_add(&traffic->bytes, (long long)length);
    }
    return result;
}

static void *be_a_client(void *argument)
{
    struct traffic *traffic = argument;
    struct se_client *client = NULL;
    int result = se_client_new(&client);
    if (result == 0)
        result = se_client_set_timeout(client, environment_patience_ms());
    if (result == 0)
        result = se_client_connect(client, NULL, traffic->port);
    if (result == 0)
        result = echo_for_a_while(client, traffic);
    if (result == 0)
        result = se_client_finish(client);
    se_client_free(client);
    if (result < 0)
        atomic_store(&traffic->failure, result);
    atomic_fetch_sub(&traffic->clients, 1);
    return NULL;
}

static void assert_nothing_was_lost(struct se_server *server, const struct traffic *traffic)
{
    ck_assert_msg(traffic->failure == 0, "a client failed: %s", se_error_name(traffic->failure));
    ck_assert_int_gt(traffic->bytes, 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_RECEIVED_BYTES), traffic->bytes);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ECHOED_BYTES), traffic->bytes);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), CLIENTS);
    stat_assert_consistent(server);
}

START_TEST(nothing_is_lost_between_short_runs)
{
    static const int workers[] = {1, 4};
    if (!poller_available(pollers[_i % POLLERS]))
        return;
    struct se_server *server = server_new(pollers[_i % POLLERS]);
    ck_assert_int_eq(se_server_set_workers(server, workers[_i / POLLERS]), 0);
    ck_assert_int_eq(se_server_set_timeout(server, RUN_MS), 0);
    uint8_t *message = pattern_new(LENGTH, 1);
    struct traffic traffic = {
        .port = se_server_port(server), .longest = environment_length(LENGTH), .message = message, .clients = CLIENTS};
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, be_a_client, &traffic), 0);
    while (atomic_load(&traffic.clients) > 0)
        ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    for (int i = 0; i < CLIENTS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    assert_nothing_was_lost(server, &traffic);
    se_server_free(server);
    free(message);
}
END_TEST

int main(void)
{
    enum { CREWS = 2 };
    Suite *suite = suite_create("a server in short runs");
    TCase *tcase = fixture_add_tcase(suite, "timeout mode");
    tcase_add_loop_test(tcase, nothing_is_lost_between_short_runs, 0, POLLERS * CREWS);
    return fixture_run(suite);
}
