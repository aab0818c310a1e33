/* How a server runs: its modes, its pollers, who may stop it from where, and what its thread leaves alone. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include "fixture.h"
#include "frame.h"
#include "raw-peer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t signals_taken;
static struct se_server *server_to_stop;

static void a_stop_before_the_run_is_not_lost(void)
{
    struct se_server *server = new_server();
    errno = 77;
    expect_equal(se_server_stop(server), 0, "stop");
    expect_equal(errno, 77, "errno after the stop");
    expect_equal(se_server_run(server), 0, "run");
    expect_equal(se_server_run(server), 0, "run again");
    expect_equal(se_server_stop(server) + se_server_stop(server), 0, "more stops");
    expect_equal(se_server_run(server), 0, "run once more");
    se_server_free(server);
}

static void stop_it(int number)
{
    (void)number;
    se_server_stop(server_to_stop);
}

static void *signal_the_main_thread(void *thread)
{
    pthread_kill(*(pthread_t *)thread, SIGUSR1);
    return NULL;
}

static void a_signal_handler_stops_a_run(void)
{
    pthread_t main_thread = pthread_self();
    pthread_t signaller;
    server_to_stop = new_server();
    handle_signal(SIGUSR1, stop_it);
    expect_equal(pthread_create(&signaller, NULL, signal_the_main_thread, &main_thread), 0, "pthread_create");
    expect_equal(se_server_run(server_to_stop), 0, "run");
    expect_equal(pthread_join(signaller, NULL), 0, "pthread_join");
    se_server_free(server_to_stop);
}

static void join_returns_what_run_returned(void)
{
    struct se_server *server = new_server();
    expect_equal(se_server_join(server), -EINVAL, "join without start");
    expect_equal(se_server_set_timeout(server, 20), 0, "timeout");
    expect_equal(se_server_start(server), 0, "start");
    expect_equal(se_server_join(server), -ETIMEDOUT, "join of a timed run");
    expect_equal(se_server_join(server), -EINVAL, "join again");
    expect_equal(se_server_set_blocking(server, 1), 0, "blocking");
    expect_equal(se_server_start(server), 0, "start again");
    end_server(server);
}

static void a_running_server_refuses_changes(void)
{
    struct se_server *server = started_server();
    int peer = peer_of(server);
    expect_echo(peer, "runs", 4);
    expect_equal(se_server_start(server), -EBUSY, "start");
    expect_equal(se_server_run(server), -EBUSY, "run");
    expect_equal(se_server_set_timeout(server, 1), -EBUSY, "se_server_set_timeout");
    expect_equal(se_server_set_blocking(server, 0), -EBUSY, "se_server_set_blocking");
    expect_equal(se_server_set_poller(server, SE_POLLER_POLL), -EBUSY, "se_server_set_poller");
    expect_equal(se_server_get_timeout(server), SE_TIMEOUT_NONE, "the timeout");
    expect_echo(peer, "still", 5);
    close(peer);
    end_server(server);
}

static void each_poller_serves(void)
{
    const int pollers[] = {SE_POLLER_AUTO, SE_POLLER_EPOLL, SE_POLLER_POLL};
    for (int i = 0; i < 3; i++) {
        struct se_server *server = new_server();
        expect_equal(se_server_set_poller(server, 3), -EINVAL, "poller 3");
        expect_equal(se_server_set_poller(server, -1), -EINVAL, "poller -1");
        expect_equal(se_server_set_poller(server, pollers[i]), 0, "the poller");
        expect_equal(se_server_start(server), 0, "start");
        int peer = peer_of(server);
        expect_exact_echo(peer, 300000, 65536);
        close(peer);
        expect_equal(se_server_stop(server), 0, "stop");
        expect_equal(se_server_join(server), 0, "join");
        expect_equal(se_server_set_poller(server, pollers[i]), -EBUSY, "the poller after the run");
        se_server_free(server);
    }
}

static void a_non_blocking_run_serves_and_returns(void)
{
    struct se_server *server = new_server();
    char reply[4] = "";
    expect_equal(se_server_set_blocking(server, 0), 0, "non-blocking");
    int64_t start_ms = now_ms();
    expect_equal(se_server_run(server), -EAGAIN, "run with no peer");
    expect_true(now_ms() - start_ms < 500, "it did not wait");
    int peer = peer_of(server);
    expect_equal(send(peer, "here", 4, MSG_NOSIGNAL), 4, "send");
    wait_until_arrived(peer);
    expect_equal(se_server_run(server), -EAGAIN, "run with a peer");
    expect_equal(recv(peer, reply, 4, MSG_WAITALL), 4, "bytes that came back");
    expect_equal(memcmp(reply, "here", 4), 0, "the bytes");
    close(peer);
    se_server_free(server);
}

static void a_timed_run_serves_for_that_long(void)
{
    struct se_server *server = new_server();
    char reply[1];
    int peer = peer_of(server);
    expect_equal(se_server_set_timeout(server, 60), 0, "timeout");
    for (int i = 0; i < 2; i++) {
        expect_equal(send(peer, "x", 1, MSG_NOSIGNAL), 1, "send");
        int64_t start_ms = now_ms();
        expect_equal(se_server_run(server), -ETIMEDOUT, "run");
        int64_t took_ms = now_ms() - start_ms;
        expect_true(took_ms >= 60 && took_ms < 1060, "it served for 60 ms");
        expect_equal(recv(peer, reply, 1, 0), 1, "the echo, on the same connection");
    }
    close(peer);
    se_server_free(server);
}

static void count_signal(int number)
{
    (void)number;
    signals_taken++;
}

/* With the signal blocked here, only the server's thread could take it; while nobody does, it stays pending. */
static void the_thread_of_a_server_takes_no_signal(void)
{
    sigset_t usr2;
    sigset_t pending;
    sigemptyset(&usr2);
    sigaddset(&usr2, SIGUSR2);
    handle_signal(SIGUSR2, count_signal);
    struct se_server *server = started_server();
    expect_equal(pthread_sigmask(SIG_BLOCK, &usr2, NULL), 0, "block the signal");
    expect_equal(kill(getpid(), SIGUSR2), 0, "kill");
    end_server(server);
    expect_equal(sigpending(&pending), 0, "sigpending");
    expect_equal(sigismember(&pending, SIGUSR2), 1, "the signal is pending");
    expect_equal(signals_taken, 0, "signals that the server's thread took");
    expect_equal(pthread_sigmask(SIG_UNBLOCK, &usr2, NULL), 0, "let the signal come");
    expect_equal(signals_taken, 1, "signals that this thread took");
}

void server_run_checks(void)
{
    run_check("a stop before the run is not lost", a_stop_before_the_run_is_not_lost);
    run_check("a signal handler stops a run", a_signal_handler_stops_a_run);
    run_check("join returns what run returned", join_returns_what_run_returned);
    run_check("a running server refuses changes and serves on", a_running_server_refuses_changes);
    run_check("each poller serves", each_poller_serves);
    run_check("a non-blocking run serves what is ready and returns", a_non_blocking_run_serves_and_returns);
    run_check("a timed run serves for that long and keeps its connections", a_timed_run_serves_for_that_long);
    run_check("the thread of a server takes no signal", the_thread_of_a_server_takes_no_signal);
}
