/* A load of which one call goes wrong, whichever it is: the load says what became of it, its figures add up, nothing is
 * left behind, and the next one is whole. The server is another process, so that only the load's calls are bent. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sockecho.h>
#include <stdio.h>
#include <unistd.h>

#include "fixture.h"
#include "io.h"
#include "loads.h"
#include "mishap.h"
#include "server-process.h"

enum { CONNECTIONS = 5, SIZE = 3000, MESSAGES = 40, CALLS_MAX = 2000, WANTS = 3 };

/** What a failed call comes to. */
enum end {
    NOTHING, /**< it is made again or can be done without: the load is whole */
    LOSS,    /**< the run succeeds; a connection may be lost, and is counted then */
    FAILURE  /**< the run fails with the error, or counts a loss where only one connection needed it */
};

struct mishap {
    const char *function;
    int error;
    enum end end;
    int result; /**< of a run that fails, where it is not -error */
};

static const struct mishap mishaps[] = {
    {.function = "calloc", .error = ENOMEM, .end = FAILURE},
    {.function = "malloc", .error = ENOMEM, .end = FAILURE},
    {.function = "realloc", .error = ENOMEM, .end = FAILURE},
    {.function = "connect", .error = ECONNREFUSED, .end = LOSS},
    {.function = "connect", .error = EADDRNOTAVAIL, .end = LOSS},
    {.function = "connect", .error = EAGAIN, .end = LOSS},
    {.function = "connect", .error = EISCONN, .end = NOTHING},
    {.function = "epoll_create1", .error = EMFILE, .end = NOTHING},
    {.function = "epoll_ctl", .error = ENOSPC, .end = FAILURE},
    {.function = "epoll_wait", .error = EINTR, .end = NOTHING},
    {.function = "epoll_wait", .error = EBADF, .end = FAILURE},
    {.function = "getaddrinfo", .error = EAI_MEMORY, .end = FAILURE, .result = -ENOMEM},
    {.function = "getaddrinfo", .error = EAI_NONAME, .end = FAILURE, .result = SE_ERESOLVE},
    {.function = "getpeername", .error = ENOTCONN, .end = NOTHING},
    {.function = "getsockname", .error = ENOBUFS, .end = NOTHING},
    {.function = "getsockopt", .error = ENOBUFS, .end = LOSS},
    {.function = "poll", .error = EINTR, .end = NOTHING},
    {.function = "poll", .error = ENOMEM, .end = NOTHING},
    {.function = "ppoll", .error = EINTR, .end = NOTHING},
    {.function = "pthread_cond_init", .error = ENOMEM, .end = FAILURE},
    {.function = "pthread_create", .error = EAGAIN, .end = FAILURE},
    {.function = "pthread_mutex_init", .error = ENOMEM, .end = FAILURE},
    {.function = "recv", .error = EINTR, .end = NOTHING},
    {.function = "recv", .error = EAGAIN, .end = NOTHING},
    {.function = "recv", .error = ENOMEM, .end = NOTHING},
    {.function = "recv", .error = ECONNRESET, .end = LOSS},
    {.function = "send", .error = EINTR, .end = NOTHING},
    {.function = "send", .error = EAGAIN, .end = NOTHING},
    {.function = "send", .error = ENOBUFS, .end = NOTHING},
    {.function = "send", .error = ENOMEM, .end = NOTHING},
    {.function = "send", .error = EPIPE, .end = LOSS},
    {.function = "send", .error = EACCES, .end = LOSS},
    {.function = "sendmsg", .error = EINTR, .end = NOTHING},
    {.function = "sendmsg", .error = EAGAIN, .end = NOTHING},
    {.function = "sendmsg", .error = ECONNRESET, .end = LOSS},
    {.function = "setsockopt", .error = ENOBUFS, .end = LOSS},
    {.function = "shutdown", .error = ENOTCONN, .end = NOTHING},
    {.function = "shutdown", .error = ENOBUFS, .end = LOSS},
    {.function = "socket", .error = EMFILE, .end = FAILURE},
    {.function = "socket", .error = ENFILE, .end = FAILURE},
    {.function = "socket", .error = ENOBUFS, .end = LOSS},
};

enum { MISHAPS = sizeof(mishaps) / sizeof(mishaps[0]) };

static struct server_process *server;

static void start_server(void)
{
    server = server_process_start_unlimited();
}

static void end_server(void)
{
    server_process_stop(server);
    server_process_end(server);
}

static int64_t lost_connections(const struct se_load *load)
{
    int64_t lost = 0;
    for (int stat = SE_LOAD_REFUSED; stat <= SE_LOAD_NO_DESCRIPTOR; stat++)
        lost += se_load_stat(load, stat);
    return lost;
}

/** Every connection and every message has become something. */
static void assert_figures_add_up(const struct se_load *load)
{
    assert_load_stat_between(load, SE_LOAD_CONNECTED, CONNECTIONS - lost_connections(load), CONNECTIONS);
    int64_t kept = se_load_stat(load, SE_LOAD_RETURNED) + se_load_stat(load, SE_LOAD_LOST);
    assert_load_stat(load, SE_LOAD_SENT, kept);
    assert_load_stat(load, SE_LOAD_RETURNED_BYTES, se_load_stat(load, SE_LOAD_RETURNED) * SIZE);
    assert_load_stat(load, SE_LOAD_MISMATCH, 0);
}

static void assert_loss_is_told(const struct se_load *load)
{
    assert_figures_add_up(load);
    if (lost_connections(load) == 0)
        assert_load_is_whole(load, CONNECTIONS, MESSAGES, SIZE);
}

static void judge(const struct mishap *mishap, const struct se_load *load, int result)
{
    if (mishap->end == NOTHING || result == 0) {
        ck_assert_int_eq(result, 0);
        assert_loss_is_told(load);
    } else {
        ck_assert_int_eq(mishap->end, FAILURE);
        ck_assert_int_eq(result, mishap->result ? mishap->result : -mishap->error);
    }
    if (mishap->end == NOTHING)
        assert_load_is_whole(load, CONNECTIONS, MESSAGES, SIZE);
}

/** A load with the nth call of the function failed. Returns false where it makes fewer of them. */
static bool meet(const struct mishap *mishap, struct se_load *load, int nth)
{
    mishap_begin(mishap->function, nth, mishap->error, false);
    int result = se_load_run(load, NULL, server_process_port(server));
    bool met = mishap_end();
    if (met)
        judge(mishap, load, result);
    return met;
}

static void meet_all(const struct mishap *mishap, struct se_load *load)
{
    int count = 0;
    while (meet(mishap, load, count) && count < CALLS_MAX)
        count++;
    fprintf(stderr, "%s: failed %d times, each in a run of its own\n", mishap->function, count);
    load_run(load, server_process_port(server));
    assert_load_is_whole(load, CONNECTIONS, MESSAGES, SIZE);
}

START_TEST(load_of_which_one_call_fails_says_what_became_of_it)
{
    struct se_load *load = load_of_count(CONNECTIONS, SIZE, 2, MESSAGES);
    ck_assert_int_eq(se_load_set_threads(load, 2), 0);
    meet_all(&mishaps[_i], load);
    se_load_free(load);
}
END_TEST

/** It is no figure of the peer's that nothing was even tried. */
START_TEST(load_without_a_descriptor_for_its_first_connection_fails)
{
    static const int wants[WANTS] = {EMFILE, ENFILE, ENOMEM};
    struct se_load *load = load_of_count(CONNECTIONS, SIZE, 2, MESSAGES);
    mishap_begin("socket", 0, wants[_i], false);
    int result = se_load_run(load, NULL, server_process_port(server));
    ck_assert(mishap_end());
    ck_assert_int_eq(result, -wants[_i]);
    ck_assert_int_eq(lost_connections(load), 0);
    se_load_free(load);
}
END_TEST

/** The only connection cannot be watched for room to send, and is lost between two turns of the load. (Where all is
 * watched by poll(2), that cannot fail: the message is given up later.) */
START_TEST(load_ends_when_its_last_connection_cannot_be_watched)
{
    enum { TIMEOUT_MS = 300, LONG = 64 << 20, THIRD = 2 };
    int port = 0;
    int fd = io_listen(1, 0, &port); /* nobody accepts: so much does not fit on the way */
    ck_assert_int_ge(fd, 0);
    struct se_load *load = load_of_count(1, LONG, 1, 2);
    ck_assert_int_eq(se_load_set_rate(load, 1), 0);
    ck_assert_int_eq(se_load_set_timeout(load, TIMEOUT_MS), 0);
    mishap_begin("epoll_ctl", THIRD, ENOMEM, false);
    int result = se_load_run(load, NULL, port);
    bool met = mishap_end();
    ck_assert_int_eq(result, 0);
    assert_load_stat(load, SE_LOAD_CONNECTED, 1);
    assert_load_stat(load, SE_LOAD_SENT, 1);
    assert_load_stat(load, SE_LOAD_LOST, 1);
    assert_load_stat(load, met ? SE_LOAD_NO_DESCRIPTOR : SE_LOAD_TIMED_OUT, 1);
    ck_assert_int_eq(lost_connections(load), 1);
    se_load_free(load);
    close(fd);
}
END_TEST

/** A want that lasts: what would do with less memory gets none either. */
START_TEST(load_that_gets_no_memory_from_some_time_on_says_so)
{
    struct se_load *load = load_of_count(CONNECTIONS, SIZE, 2, MESSAGES);
    bool met = true;
    int count = 0;
    for (; met && count < CALLS_MAX; count++) {
        mishap_begin("memory", count, ENOMEM, true);
        int result = se_load_run(load, NULL, server_process_port(server));
        met = mishap_end();
        ck_assert_int_eq(result, met ? -ENOMEM : 0);
    }
    ck_assert_int_gt(count, 1);
    assert_load_is_whole(load, CONNECTIONS, MESSAGES, SIZE);
    se_load_free(load);
}
END_TEST

/** As in a program that has closed its standard input: the first connection is number 0. */
START_TEST(load_without_memory_closes_its_connection_of_number_0)
{
    struct se_load *load = load_of_count(1, SIZE, 1, 1);
    bool met = true;
    int input = fcntl(0, F_DUPFD_CLOEXEC, 1);
    close(0);
    for (int nth = 0; met; nth++) {
        mishap_begin("calloc", nth, ENOMEM, false);
        int result = se_load_run(load, NULL, server_process_port(server));
        met = mishap_end();
        ck_assert_int_eq(result, met ? -ENOMEM : 0);
        ck_assert_int_eq(fcntl(0, F_GETFD), -1);
    }
    if (input >= 0)
        dup2(input, 0);
    close(input);
    se_load_free(load);
}
END_TEST

/** Messages leave at their times, so that the threads wait as finely as they can. */
START_TEST(load_at_a_rate_of_which_one_call_fails_says_what_became_of_it)
{
    struct se_load *load = load_of_count(CONNECTIONS, SIZE, 2, MESSAGES);
    ck_assert_int_eq(se_load_set_rate(load, 4000), 0);
    meet_all(&mishaps[_i], load);
    se_load_free(load);
}
END_TEST

START_TEST(load_that_gets_no_memory_or_wakeup_is_not_made)
{
    static const struct mishap needed[] = {{.function = "calloc", .error = ENOMEM},
                                           {.function = "eventfd", .error = EMFILE},
                                           {.function = "pipe2", .error = EMFILE}};
    struct se_load *load = NULL;
    int failures = 0;
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        mishap_begin(needed[i].function, 0, needed[i].error, false);
        int result = se_load_new(&load);
        bool met = mishap_end();
        failures += met;
        ck_assert_int_eq(result, met ? -needed[i].error : 0);
        ck_assert_int_eq(load == NULL, met);
        se_load_free(load);
    }
    ck_assert_int_eq(failures, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a call of a load that goes wrong");
    TCase *tcase = fixture_add_tcase(suite, "calls");
    tcase_add_checked_fixture(tcase, start_server, end_server);
    tcase_add_loop_test(tcase, load_of_which_one_call_fails_says_what_became_of_it, 0, MISHAPS);
    tcase_add_loop_test(tcase, load_at_a_rate_of_which_one_call_fails_says_what_became_of_it, 0, MISHAPS);
    tcase_add_test(tcase, load_that_gets_no_memory_from_some_time_on_says_so);
    tcase_add_test(tcase, load_without_memory_closes_its_connection_of_number_0);
    tcase_add_loop_test(tcase, load_without_a_descriptor_for_its_first_connection_fails, 0, WANTS);
    tcase_add_test(tcase, load_ends_when_its_last_connection_cannot_be_watched);
    TCase *made = fixture_add_tcase(suite, "making");
    tcase_add_test(made, load_that_gets_no_memory_or_wakeup_is_not_made);
    return fixture_run(suite);
}
