/* A server of which a call goes wrong: where it is made, it is not; where it accepts, a connection that is gone is no
 * reason to rest, and anything else is; where the kernel lacks memory for bytes, they come later. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sockecho.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "environment.h"
#include "fixture.h"
#include "mishap.h"
#include "pair.h"
#include "system/poller.h"
#include "system/socket.h"

enum { RETRY_MS = 10 };

static struct se_server *server;
static int peer;

static void begin(void)
{
    ck_assert_int_eq(se_server_new(NULL, SE_PORT_ANY, &server), 0);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    const struct se__address address = pair_loopback(se_server_port(server));
    int result = se__socket_connect(&address, &peer);
    ck_assert(result == 0 || result == -EINPROGRESS);
    ck_assert_int_eq(se__socket_wait(peer, POLLOUT, environment_patience_ms()), 1);
}

static void end(void)
{
    int64_t start_ns = clock_now_ns();
    while (se_server_stat(server, SE_STAT_ACCEPTED) == 0 && clock_ms_since(start_ns) < environment_patience_ms()) {
        ck_assert_int_eq(se_server_run(server), -EAGAIN);
        poll(NULL, 0, 1);
    }
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPTED), 1);
    se__socket_close(peer);
    se_server_free(server);
}

static void run_with_failures(int nth, int error, bool lasts)
{
    mishap_begin("accept4", nth, error, lasts);
    int result = se_server_run(server);
    ck_assert(mishap_end());
    ck_assert_int_eq(result, -EAGAIN);
}

static const int lost[] = {EINTR,        ECONNABORTED, EPROTO,      ENETDOWN,  ENOPROTOOPT, ENONET, EHOSTDOWN,
                           EHOSTUNREACH, EOPNOTSUPP,   ENETUNREACH, ETIMEDOUT, ECONNRESET,  EPERM};

START_TEST(after_a_lost_connection_the_next_one_is_accepted_at_once)
{
    begin();
    run_with_failures(0, lost[_i], false);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPTED), 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_PAUSES), 0);
    end();
}
END_TEST

START_TEST(after_many_lost_connections_in_a_row_the_listener_rests)
{
    begin();
    run_with_failures(0, lost[_i], true);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPTED), 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_PAUSES), 1);
    end();
}
END_TEST

static const int others[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EIO, EINVAL, ENOTSOCK};

START_TEST(after_any_other_failure_the_listener_rests_at_once)
{
    begin();
    run_with_failures(0, others[_i], false);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPTED), 0);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_PAUSES), 1);
    end();
}
END_TEST

START_TEST(listener_that_somebody_else_has_closed_is_not_closed_again)
{
    const struct se__address any = pair_loopback(0);
    int listen_fd;
    ck_assert_int_eq(se__socket_listen(&any, &listen_fd), 0);
    ck_assert_int_eq(se_server_new_from_fd(listen_fd, &server), 0);
    ck_assert_int_eq(se_server_set_poller(server, SE_POLLER_POLL), 0);
    ck_assert_int_eq(se_server_set_blocking(server, 0), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    close(listen_fd);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACCEPT_ERRORS), 1);
    int same_number = dup(STDERR_FILENO);
    ck_assert_int_eq(same_number, listen_fd);
    ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_run(server), 0);
    se_server_free(server);
    ck_assert_int_ge(fcntl(same_number, F_GETFD), 0);
    close(same_number);
}
END_TEST

static const struct {
    const char *function;
    int error;
} wants[] = {{"send", ENOBUFS}, {"send", ENOMEM}, {"recv", ENOBUFS}, {"recv", ENOMEM}};

START_TEST(want_of_memory_in_the_kernel_is_waited_for)
{
    static const char text[] = "hello";
    begin();
    while (se_server_stat(server, SE_STAT_ACCEPTED) == 0)
        ck_assert_int_eq(se_server_run(server), -EAGAIN);
    pair_send_text(peer, text);
    int64_t start_ns = clock_now_ns();
    mishap_begin(wants[_i].function, 0, wants[_i].error, false);
    while (se__socket_pending(peer) < (int64_t)strlen(text) && clock_ms_since(start_ns) < environment_patience_ms()) {
        ck_assert_int_eq(se_server_run(server), -EAGAIN);
        ck_assert_int_ge(se_server_next_timeout(server), 0);
        poll(NULL, 0, 1);
    }
    ck_assert(mishap_end());
    pair_expect_text(peer, text);
    ck_assert_int_ge(clock_ms_since(start_ns), RETRY_MS - 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_ACTIVE), 1);
    end();
}
END_TEST

/** Sends in pieces until the server holds bytes of the last one, and has none left to receive. */
static void jam(void)
{
    enum { PIECE = 4096 };
    static const uint8_t piece[PIECE];
    int64_t sent = 0;
    int64_t start_ns = clock_now_ns();
    while (se_server_stat(server, SE_STAT_ECHOED_BYTES) == sent) {
        ck_assert_int_eq(se__socket_send(peer, piece, PIECE), PIECE);
        sent += PIECE;
        while (se_server_stat(server, SE_STAT_RECEIVED_BYTES) < sent) {
            ck_assert_int_eq(se_server_run(server), -EAGAIN);
            ck_assert_int_lt(clock_ms_since(start_ns), environment_patience_ms());
        }
    }
}

/** Reads all that comes, while the server serves or ends; returns what ends it. */
static int64_t read_to_end(void)
{
    uint8_t bytes[65536];
    int64_t count = -EAGAIN;
    int64_t start_ns = clock_now_ns();
    while ((count > 0 || count == -EAGAIN) && clock_ms_since(start_ns) < environment_patience_ms()) {
        int result = se_server_run(server);
        ck_assert(result == -EAGAIN || result == 0);
        count = se__socket_receive(peer, bytes, sizeof(bytes));
    }
    return count;
}

/** What it waits for changes when all that was held is back: it could send on, or, after a stop, its FIN. */
START_TEST(a_peer_for_whom_the_poller_cannot_change_is_cut)
{
    if (se__poller_check(SE_POLLER_EPOLL)) {
        environment_skip("without epoll no change can fail");
        return;
    }
    begin();
    while (se_server_stat(server, SE_STAT_ACCEPTED) == 0)
        ck_assert_int_eq(se_server_run(server), -EAGAIN);
    jam();
    if (_i == 1)
        ck_assert_int_eq(se_server_stop(server), 0);
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
    mishap_begin("epoll_ctl", 0, ENOMEM, false);
    int64_t result = read_to_end();
    ck_assert(mishap_end());
    ck_assert_int_eq(result, -ECONNRESET);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_MEMORY), 1);
    ck_assert_int_eq(se_server_stat(server, SE_STAT_GIVEN_UP_BYTES), 0);
    se__socket_close(peer);
    se_server_free(server);
}
END_TEST

/** A call that making a server needs, but for so many: of the options, TCP_NODELAY and five that find lost peers. */
struct need {
    const char *function;
    int error;
    int spared;
};

static const struct need needs[] = {
    {.function = "calloc", .error = ENOMEM},       {.function = "malloc", .error = ENOMEM},
    {.function = "socket", .error = EMFILE},       {.function = "setsockopt", .error = ENOBUFS, .spared = 6},
    {.function = "bind", .error = EACCES},         {.function = "listen", .error = EADDRINUSE},
    {.function = "getsockname", .error = ENOBUFS}, {.function = "pthread_mutex_init", .error = ENOMEM},
};

/** Returns false where making a server takes fewer such calls. The fixture sees what is left open. */
static bool make_without(const struct need *need, int nth, int *made_out)
{
    struct se_server *made = NULL;
    mishap_begin(need->function, nth, need->error, false);
    int result = se_server_new(NULL, SE_PORT_ANY, &made);
    bool met = mishap_end();
    if (result != 0)
        ck_assert_int_eq(result, -need->error);
    ck_assert_int_eq(made != NULL, result == 0);
    *made_out += met && result == 0;
    se_server_free(made);
    return met;
}

START_TEST(server_that_lacks_something_is_not_made)
{
    int made = 0;
    int calls = 0;
    while (make_without(&needs[_i], calls, &made))
        calls++;
    ck_assert_int_gt(calls, made);
    ck_assert_int_eq(made, needs[_i].spared);
}
END_TEST

/** One word of each differs from that of the address that means all. */
static const char *const hosts[] = {"::", "1::", "0:0:1::", "::1:0:0", "::1", "127.0.0.1"};

/** IPV6_V6ONLY is the fourth option before bind(2). Whether it could be cleared does not matter: then the system's
 * default holds, and IPv4 may be kept out. */
START_TEST(only_a_listener_on_all_addresses_is_opened_to_both_families)
{
    struct se__address *list = NULL;
    int fd = -1;
    ck_assert_int_eq(se__address_resolve(hosts[_i], 0, &list), 1);
    mishap_begin("setsockopt", 3, ENOPROTOOPT, false);
    int result = se__socket_listen(&list[0], &fd);
    bool met = mishap_end();
    free(list);
    if (result == -EAFNOSUPPORT) {
        environment_skip("this machine has no IPv6");
        return;
    }
    ck_assert(result == 0 || result == -EADDRNOTAVAIL);
    ck_assert_int_eq(met, _i == 0);
    if (result == 0)
        se__socket_close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a call of a server that goes wrong");
    TCase *tcase = fixture_add_tcase(suite, "accept");
    tcase_add_loop_test(tcase, after_a_lost_connection_the_next_one_is_accepted_at_once, 0,
                        sizeof(lost) / sizeof(lost[0]));
    tcase_add_loop_test(tcase, after_many_lost_connections_in_a_row_the_listener_rests, 0,
                        sizeof(lost) / sizeof(lost[0]));
    tcase_add_loop_test(tcase, after_any_other_failure_the_listener_rests_at_once, 0,
                        sizeof(others) / sizeof(others[0]));
    tcase_add_test(tcase, listener_that_somebody_else_has_closed_is_not_closed_again);
    tcase_add_loop_test(tcase, want_of_memory_in_the_kernel_is_waited_for, 0, sizeof(wants) / sizeof(wants[0]));
    tcase_add_loop_test(tcase, a_peer_for_whom_the_poller_cannot_change_is_cut, 0, 2);
    TCase *made = fixture_add_tcase(suite, "making");
    tcase_add_loop_test(made, server_that_lacks_something_is_not_made, 0, sizeof(needs) / sizeof(needs[0]));
    tcase_add_loop_test(made, only_a_listener_on_all_addresses_is_opened_to_both_families, 0,
                        sizeof(hosts) / sizeof(hosts[0]));
    return fixture_run(suite);
}
