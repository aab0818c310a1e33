/* What a server does for its peers: those who read slowly, half-close, stay away or reset. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include "fixture.h"
#include "frame.h"
#include "raw-peer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void a_half_closed_peer_gets_all_then_fin(void)
{
    struct se_server *server = started_server();
    int fast = peer_of(server);
    int slow = raw_connect("127.0.0.1", se_server_port(server), 16384);
    expect_exact_echo(fast, 1 << 20, 65536);
    expect_exact_echo(slow, 4 << 20, 1000);
    close(fast);
    close(slow);
    end_server(server);
}

static void bytes_with_fin_come_back_whole(void)
{
    struct se_server *server = started_server();
    for (int i = 0; i < 100; i++) {
        char reply[8] = "";
        int peer = peer_of(server);
        expect_equal(send(peer, "with FIN", 8, MSG_NOSIGNAL), 8, "send");
        expect_equal(shutdown(peer, SHUT_WR), 0, "half-close");
        expect_equal(recv(peer, reply, 8, MSG_WAITALL), 8, "bytes that came back");
        expect_equal(memcmp(reply, "with FIN", 8), 0, "the bytes");
        expect_equal(recv(peer, reply, 8, 0), 0, "FIN");
        close(peer);
    }
    end_server(server);
}

static void an_urgent_byte_stays_in_its_place(void)
{
    struct se_server *server = started_server();
    char reply[5] = "";
    int peer = peer_of(server);
    expect_equal(send(peer, "ab", 2, MSG_NOSIGNAL), 2, "send");
    expect_equal(send(peer, "c", 1, MSG_OOB | MSG_NOSIGNAL), 1, "send an urgent byte");
    expect_equal(send(peer, "d", 1, MSG_NOSIGNAL), 1, "send");
    expect_equal(shutdown(peer, SHUT_WR), 0, "half-close");
    expect_equal(read_to_end(peer, reply, 5), 4, "bytes before FIN");
    expect_equal(memcmp(reply, "abcd", 4), 0, "the bytes");
    close(peer);
    end_server(server);
}

static void a_peer_that_never_reads_holds_up_nobody(void)
{
    int stuck = -1;
    struct se_server *server = server_of_a_stuck_peer(&stuck);
    expect_equal(se_server_start(server), 0, "start");
    int peer = peer_of(server);
    expect_exact_echo(peer, 50000, 65536);
    close(peer);
    close_with_reset(stuck);
    end_server(server);
}

static void a_late_byte_meets_no_reset(void)
{
    struct se_server *server = started_server();
    int error = -1;
    socklen_t size = sizeof error;
    int peer = peer_of(server);
    expect_echo(peer, "x", 1);
    expect_equal(se_server_stop(server), 0, "stop");
    expect_end(peer, 0);
    expect_equal(send(peer, "late", 4, MSG_NOSIGNAL), 4, "send after the server's FIN");
    expect_equal(shutdown(peer, SHUT_WR), 0, "half-close");
    expect_equal(se_server_join(server), 0, "join");
    expect_equal(getsockopt(peer, SOL_SOCKET, SO_ERROR, &error, &size), 0, "SO_ERROR");
    expect_equal(error, 0, "the error of the peer's socket");
    close(peer);
    se_server_free(server);
}

/* FIN and RST right behind it: the server reads a byte, and its send then meets EPIPE. */
static void a_peer_that_resets_harms_nobody(void)
{
    struct se_server *server = new_server();
    int rude = peer_of(server);
    expect_equal(send(rude, "x", 1, MSG_NOSIGNAL), 1, "send");
    expect_equal(shutdown(rude, SHUT_WR), 0, "half-close");
    close_with_reset(rude);
    expect_equal(se_server_start(server), 0, "start");
    int peer = peer_of(server);
    expect_echo(peer, "well", 4);
    close(peer);
    end_server(server);
}

void server_peer_checks(void)
{
    run_check("a half-closed peer gets every byte, then FIN, however slow", a_half_closed_peer_gets_all_then_fin);
    run_check("bytes that arrive together with FIN come back whole", bytes_with_fin_come_back_whole);
    run_check("an urgent byte stays in its place", an_urgent_byte_stays_in_its_place);
    run_check("a peer that never reads holds up nobody", a_peer_that_never_reads_holds_up_nobody);
    run_check("a byte that comes after the server's FIN meets no reset", a_late_byte_meets_no_reset);
    run_check("a peer that resets harms nobody", a_peer_that_resets_harms_nobody);
}
