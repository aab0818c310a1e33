/* How a server ends: a stop drains, a second stop or a free cuts. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include "fixture.h"
#include "frame.h"
#include "raw-peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void a_stop_without_waiting_ends_with_the_last_peer(void)
{
    struct se_server *server = new_server();
    int peer = peer_of(server);
    expect_equal(se_server_set_blocking(server, 0), 0, "non-blocking");
    expect_equal(se_server_run(server), -EAGAIN, "run");
    expect_equal(se_server_stop(server), 0, "stop");
    expect_equal(se_server_run(server), -EAGAIN, "run while the peer is there");
    expect_end(peer, 0);
    close(peer);
    expect_equal(se_server_set_timeout(server, 4000), 0, "timeout");
    expect_equal(se_server_run(server), 0, "run after the peer has gone");
    se_server_free(server);
}

static void a_second_stop_cuts_with_reset(void)
{
    int stuck = -1;
    struct se_server *server = server_of_a_stuck_peer(&stuck);
    int64_t start_ms = now_ms();
    expect_equal(se_server_stop(server) + se_server_stop(server), 0, "two stops");
    expect_equal(se_server_run(server), 0, "run");
    expect_true(now_ms() - start_ms < 4000, "it did not wait for the drain limit");
    expect_end(stuck, -ECONNRESET);
    close(stuck);
    se_server_free(server);
}

static void a_free_resets_only_what_it_cuts(void)
{
    int stuck = -1;
    char byte[1];
    struct se_server *server = server_of_a_stuck_peer(&stuck);
    int content = peer_of(server);
    expect_equal(send(content, "x", 1, MSG_NOSIGNAL), 1, "send");
    wait_until_arrived(content);
    expect_equal(se_server_set_blocking(server, 0), 0, "non-blocking");
    expect_equal(se_server_run(server), -EAGAIN, "run");
    se_server_free(server);
    expect_end(stuck, -ECONNRESET);
    expect_equal(recv(content, byte, 1, 0), 1, "the echo of the other");
    expect_end(content, 0);
    close(stuck);
    close(content);
}

static void a_free_cuts_and_joins_a_started_server(void)
{
    struct se_server *server = started_server();
    int peer = peer_of(server);
    expect_echo(peer, "x", 1);
    int64_t start_ms = now_ms();
    se_server_free(server);
    expect_true(now_ms() - start_ms < 4000, "it did not wait for the peer");
    expect_end(peer, 0);
    close(peer);
}

static void a_stop_sends_back_what_had_arrived(void)
{
    struct se_server *server = new_server();
    unsigned char *message = new_message(16000);
    unsigned char *reply = new_message(16000);
    int peer = peer_of(server);
    expect_equal(send(peer, message, 16000, MSG_NOSIGNAL), 16000, "send");
    wait_until_arrived(peer);
    memset(reply, 0xFF, 16000);
    expect_equal(se_server_stop(server), 0, "stop before the peer was accepted");
    expect_equal(se_server_start(server), 0, "start");
    expect_equal(read_to_end(peer, reply, 16001), 16000, "bytes before FIN");
    expect_equal(memcmp(reply, message, 16000), 0, "the bytes");
    close(peer);
    expect_equal(se_server_join(server), 0, "join");
    se_server_free(server);
    free(message);
    free(reply);
}

void server_ending_checks(void)
{
    run_check("a stop in non-blocking mode has ended with the last peer",
              a_stop_without_waiting_ends_with_the_last_peer);
    run_check("a second stop cuts at once, with a reset", a_second_stop_cuts_with_reset);
    run_check("a free resets what it cuts and ends the rest with FIN", a_free_resets_only_what_it_cuts);
    run_check("a free cuts and joins a started server", a_free_cuts_and_joins_a_started_server);
    run_check("a stop sends back what had arrived, from the listen queue too", a_stop_sends_back_what_had_arrived);
}
