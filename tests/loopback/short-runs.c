/* A server that its caller runs for a few milliseconds at a time, again and again, while clients come, echo and go
 * all the while: nothing is lost between two runs. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "families.h"
#include "fixture.h"
#include "pattern.h"
#include "statistics.h"

enum { RUN_MS = 20, ECHO_MS = 800, CLIENTS = 4 };

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

/** What all clients share. */
struct traffic {
    int port;
    const char *path; /**< of the unix socket, NULL where it is TCP */
    size_t longest;   /**< echo, in bytes */
    int echoes;       /**< of each connection */
    const uint8_t *message;
    atomic_int clients;     /**< that are not done */
    atomic_int connections; /**< that ended in order */
    atomic_llong bytes;     /**< that came back */
    atomic_int failure;     /**< of any client, 0 if there was none */
};

/** One connection. The lengths vary, so that echoes end at all points of a run. */
static int echo_a_few_times(struct se_client *client, struct traffic *traffic, size_t *length)
{
    int result =
        traffic->path ? se_client_connect_unix(client, traffic->path) : se_client_connect(client, NULL, traffic->port);
    for (int i = 0; i < traffic->echoes && result == 0; i++) {
        *length = (*length * 7 + 1) % traffic->longest;
        result = se_client_echo(client, traffic->message, *length, NULL);
        atomic_fetch_add(&traffic->bytes, (long long)*length);
    }
    if (result == 0)
        result = se_client_finish(client);
    if (result == 0)
        atomic_fetch_add(&traffic->connections, 1);
    return result;
}

static void *be_a_client(void *argument)
{
    struct traffic *traffic = argument;
    struct se_client *client = NULL;
    size_t length = 0;
    int64_t start_ns = clock_now_ns();
    int result = se_client_new(&client);
    if (result == 0)
        result = se_client_set_timeout(client, environment_patience_ms());
    while (result == 0 && clock_ms_since(start_ns) < ECHO_MS)
        result = echo_a_few_times(client, traffic, &length);
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
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ORDERLY), traffic->connections);
    stat_assert_consistent(server);
}

static void run_while_clients_come(struct se_server *server, struct traffic *traffic)
{
    uint8_t *message = pattern_new(traffic->longest, 1);
    pthread_t threads[CLIENTS];
    traffic->message = message;
    traffic->clients = CLIENTS;
    ck_assert_int_eq(se_server_set_timeout(server, RUN_MS), 0);
    for (int i = 0; i < CLIENTS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, be_a_client, traffic), 0);
    while (atomic_load(&traffic->clients) > 0)
        ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
    for (int i = 0; i < CLIENTS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_set_timeout(server, environment_patience_ms()), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    assert_nothing_was_lost(server, traffic);
    free(message);
}

/** Half of the cases with one worker, half with four. */
static void choose(struct se_server *server, int variant)
{
    static const int workers[] = {1, 4};
    ck_assert_int_eq(se_server_set_poller(server, pollers[variant % POLLERS]), 0);
    ck_assert_int_eq(se_server_set_workers(server, workers[variant / POLLERS]), 0);
}

START_TEST(no_byte_is_lost_between_short_runs)
{
    if (!poller_available(pollers[_i % POLLERS]))
        return;
    struct se_server *server = server_new(SE_POLLER_AUTO);
    struct traffic traffic = {.port = se_server_port(server), .longest = environment_length(300000), .echoes = 6};
    choose(server, _i);
    run_while_clients_come(server, &traffic);
    se_server_free(server);
}
END_TEST

/** Thousands of connections, over a unix socket: those of TCP would use up the ports. */
START_TEST(nobody_who_comes_is_lost_between_short_runs)
{
    struct socket_file file;
    struct se_server *server = NULL;
    if (!poller_available(pollers[_i % POLLERS]))
        return;
    socket_file_begin(&file);
    ck_assert_int_eq(se_server_new_unix(file.path, &server), 0);
    struct traffic traffic = {.path = file.path, .longest = 100, .echoes = 1};
    choose(server, _i);
    run_while_clients_come(server, &traffic);
    se_server_free(server);
    socket_file_end(&file);
}
END_TEST

int main(void)
{
    enum { CREWS = 2, CREW_CASES = POLLERS * CREWS };
    Suite *suite = suite_create("a server in short runs");
    TCase *tcase = fixture_add_tcase(suite, "timeout mode");
    tcase_add_loop_test(tcase, no_byte_is_lost_between_short_runs, 0, CREW_CASES);
    tcase_add_loop_test(tcase, nobody_who_comes_is_lost_between_short_runs, 0, CREW_CASES);
    return fixture_run(suite);
}
