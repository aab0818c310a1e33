/* What a client's open calls do while their peer is silent or late. Where one can, a raw peer answers before the client
 * asks: the answer waits in the client's kernel, and no thread is needed. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include "fixture.h"
#include "frame.h"
#include "raw-peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A listener with a full queue answers no connect: Linux drops the SYN, and the client's kernel repeats it after 1 s.
 */
static void an_open_connect_times_out_and_goes_on(void)
{
    int port = 0;
    int listener = raw_listener(0, &port);
    struct se_client *first = new_client();
    struct se_client *client = new_client();
    expect_equal(se_client_connect(first, NULL, port), 0, "the connect that fills the queue");
    expect_equal(se_client_set_timeout(client, 50), 0, "timeout");
    int64_t start_ms = now_ms();
    expect_equal(se_client_connect(client, NULL, port), -ETIMEDOUT, "connect");
    expect_equal(se_client_connect(client, NULL, port), -ETIMEDOUT, "the same connect");
    int64_t took_ms = now_ms() - start_ms;
    expect_true(took_ms >= 100 && took_ms < 2100, "it waited for 50 ms each time");
    expect_equal(se_client_events(client), POLLOUT, "the events of a connect");
    expect_equal(se_client_connect(client, "127.0.0.2", port), -EBUSY, "connect elsewhere");
    expect_equal(se_client_finish(client), -EBUSY, "finish");
    close(accept(listener, NULL, NULL));
    expect_equal(se_client_set_blocking(client, 0), 0, "non-blocking");
    int result = connect_to_the_end(client, port);
    int peer = accept(listener, NULL, NULL);
    expect_equal(result, 0, "the same connect, once there is room");
    peer_says(peer, "x");
    expect_equal(echo_to_the_end(client, "x", 1, NULL), 0, "echo");
    se_client_free(first);
    end_pair(client, peer);
    close(listener);
}

static void a_silent_peer_times_out_and_may_answer_late(void)
{
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    char reply[4] = "";
    expect_equal(se_client_set_timeout(client, 60), 0, "timeout");
    for (int i = 0; i < 2; i++) {
        int64_t start_ms = now_ms();
        expect_equal(se_client_echo(client, "late", 4, reply), -ETIMEDOUT, "echo");
        int64_t took_ms = now_ms() - start_ms;
        expect_true(took_ms >= 60 && took_ms < 1060, "it waited for 60 ms");
        expect_true((se_client_events(client) & POLLIN) != 0, "the call is open and waits for bytes");
    }
    peer_says(peer, "la");
    expect_equal(se_client_echo(client, "late", 4, reply), -ETIMEDOUT, "half of the echo");
    peer_says(peer, "te");
    expect_equal(se_client_echo(client, "late", 4, reply), 0, "the same call");
    expect_equal(memcmp(reply, "late", 4), 0, "the reply");
    end_pair(client, peer);
}

static void an_open_echo_refuses_other_calls(void)
{
    static const char message[] = "first and second";
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    char reply[5] = "";
    expect_equal(se_client_set_blocking(client, 0), 0, "non-blocking");
    expect_equal(se_client_echo(client, message, 5, reply), -EAGAIN, "echo");
    expect_equal(se_client_echo(client, message + 6, 5, reply), -EBUSY, "another message");
    expect_equal(se_client_echo(client, message, 4, reply), -EBUSY, "another length");
    expect_equal(se_client_finish(client), -EBUSY, "finish");
    peer_says(peer, "first");
    wait_for(client, se_client_events(client));
    expect_equal(se_client_echo(client, message, 5, reply), 0, "the same call");
    expect_equal(memcmp(reply, "first", 5), 0, "the reply");
    end_pair(client, peer);
}

static void an_open_echo_goes_on_in_another_mode(void)
{
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    expect_true((fcntl(se_client_fd(client), F_GETFL) & O_NONBLOCK) == 0, "O_NONBLOCK is off in blocking mode");
    expect_equal(se_client_set_blocking(client, 0), 0, "non-blocking");
    expect_true((fcntl(se_client_fd(client), F_GETFL) & O_NONBLOCK) != 0, "O_NONBLOCK is on in non-blocking mode");
    int64_t start_ms = now_ms();
    expect_equal(se_client_echo(client, "mode", 4, NULL), -EAGAIN, "echo");
    expect_true(now_ms() - start_ms < 500, "it did not wait");
    expect_equal(se_client_set_timeout(client, 5000), 0, "timeout");
    peer_says(peer, "mo");
    peer_says(peer, "de");
    expect_equal(se_client_echo(client, "mode", 4, NULL), 0, "the same call");
    end_pair(client, peer);
}

static void a_closed_echo_leaves_nothing_behind(void)
{
    struct se_server *server = started_server();
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    char reply[3] = "";
    expect_equal(se_client_set_blocking(client, 0), 0, "non-blocking");
    expect_equal(se_client_echo(client, "old", 3, reply), -EAGAIN, "echo");
    peer_says(peer, "old");
    expect_equal(se_client_close(client), 0, "close");
    expect_equal(se_client_events(client), 0, "no call is open");
    expect_equal(se_client_set_blocking(client, 1), 0, "blocking");
    expect_equal(se_client_connect(client, NULL, se_server_port(server)), 0, "connect again");
    expect_equal(se_client_echo(client, "new", 3, reply), 0, "echo");
    expect_equal(memcmp(reply, "new", 3), 0, "the reply");
    end_pair(client, peer);
    end_server(server);
}

static void a_finish_waits_for_the_fin(void)
{
    int peer = -1;
    char buffer[2];
    struct se_client *client = client_of_raw_peer(&peer);
    peer_says(peer, "x");
    expect_equal(se_client_echo(client, "x", 1, NULL), 0, "echo");
    expect_equal(se_client_set_timeout(client, 30), 0, "timeout");
    expect_equal(se_client_finish(client), -ETIMEDOUT, "finish");
    expect_equal(se_client_echo(client, "x", 1, NULL), -EBUSY, "echo while the finish is open");
    expect_equal(recv(peer, buffer, 2, MSG_WAITALL), 1, "the peer has one byte, then FIN");
    shutdown(peer, SHUT_WR);
    expect_equal(se_client_set_timeout(client, 5000), 0, "timeout");
    expect_equal(se_client_finish(client), 0, "the same finish");
    expect_equal(se_client_fd(client), -ENOTCONN, "no connection after a finish");
    end_pair(client, peer);
}

void client_waiting_checks(void)
{
    run_check("an open connect times out and goes on", an_open_connect_times_out_and_goes_on);
    run_check("an echo of a silent peer times out and goes on", a_silent_peer_times_out_and_may_answer_late);
    run_check("an open echo refuses other calls", an_open_echo_refuses_other_calls);
    run_check("an open echo goes on in another mode", an_open_echo_goes_on_in_another_mode);
    run_check("close gives up an open echo and its late reply", a_closed_echo_leaves_nothing_behind);
    run_check("a finish waits for the peer's FIN, and goes on", a_finish_waits_for_the_fin);
}
