/* What a client says of a peer whose answer is wrong, short, too long, cut off or a byte at a time. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include "fixture.h"
#include "frame.h"
#include "raw-peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

static void expect_mismatch(const char *answer, int64_t offset)
{
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    char reply[9];
    peer_says(peer, answer);
    expect_equal(se_client_echo(client, "unchanged", 9, offset % 2 == 0 ? reply : NULL), SE_EMISMATCH, "echo");
    expect_equal(se_client_mismatch_at(client), offset, "the offset of the first wrong byte");
    expect_equal(se_client_fd(client), -ENOTCONN, "no connection after a mismatch");
    end_pair(client, peer);
}

static void a_wrong_byte_is_found_where_it_is(void)
{
    expect_mismatch("Unchanged", 0);
    expect_mismatch("unChanGed", 2);
    expect_mismatch("unchangeD", 8);
    expect_mismatch("u_", 1);
}

static void a_mismatch_is_forgotten_with_the_next_echo(void)
{
    struct se_server *server = started_server();
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    peer_says(peer, "y");
    expect_equal(se_client_echo(client, "x", 1, NULL), SE_EMISMATCH, "echo");
    expect_equal(se_client_connect(client, NULL, se_server_port(server)), 0, "connect again");
    expect_equal(se_client_echo(client, "x", 1, NULL), 0, "echo of a right peer");
    expect_equal(se_client_mismatch_at(client), -1, "nothing was wrong");
    end_pair(client, peer);
    end_server(server);
}

static void a_byte_too_many_is_a_mismatch(void)
{
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    peer_says(peer, "exact!");
    shutdown(peer, SHUT_WR);
    int result = se_client_echo(client, "exact", 5, NULL);
    result = result == 0 ? se_client_finish(client) : result;
    expect_equal(result, SE_EMISMATCH, "the echo, or the finish behind it");
    expect_equal(se_client_mismatch_at(client), 5, "the offset of the first wrong byte");
    end_pair(client, peer);
}

static void a_short_echo_is_told_from_a_whole_one(void)
{
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    peer_says(peer, "who");
    shutdown(peer, SHUT_WR);
    expect_equal(se_client_echo(client, "whole", 5, NULL), SE_ECLOSED, "echo");
    expect_equal(se_client_mismatch_at(client), -1, "nothing was wrong");
    expect_equal(se_client_echo(client, "whole", 5, NULL), -ENOTCONN, "echo after it");
    end_pair(client, peer);
}

/* The peer reads nothing, so the message cannot go out whole. */
static void a_peer_that_leaves_a_long_message_ends_the_echo(void)
{
    const size_t size = 16 << 20;
    unsigned char *message = new_message(size);
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    expect_equal(se_client_set_blocking(client, 0), 0, "non-blocking");
    expect_equal(se_client_echo(client, message, size, NULL), -EAGAIN, "echo");
    expect_equal(se_client_events(client), POLLIN | POLLOUT, "it waits to send and to receive");
    expect_equal(se_client_set_timeout(client, 30), 0, "timeout");
    expect_equal(se_client_echo(client, message, size, NULL), -ETIMEDOUT, "the same call");
    shutdown(peer, SHUT_WR);
    expect_equal(se_client_set_blocking(client, 1), 0, "blocking");
    expect_equal(se_client_echo(client, message, size, NULL), SE_ECLOSED, "the same call, once the peer has closed");
    end_pair(client, peer);
    free(message);
}

static void a_reset_is_told(void)
{
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    close_with_reset(peer);
    wait_for(client, POLLIN);
    expect_equal(se_client_echo(client, "x", 1, NULL), -ECONNRESET, "echo");
    expect_equal(se_client_fd(client), -ENOTCONN, "no connection after a reset");
    se_client_free(client);
}

/* FIN and RST right behind it: a send then meets EPIPE. The end of the program counts the SIGPIPEs. */
static void a_peer_that_is_gone_ends_the_echo(void)
{
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    shutdown(peer, SHUT_WR);
    close_with_reset(peer);
    struct pollfd ready = {se_client_fd(client), 0, 0};
    expect_equal(poll(&ready, 1, 5000), 1, "the reset has arrived");
    int result = se_client_echo(client, "x", 1, NULL);
    expect_true(result == -EPIPE || result == -ECONNRESET || result == SE_ECLOSED, "the echo fails as it should");
    se_client_free(client);
}

/* Answers a byte at a time until its peer has finished. */
static void *dribble(void *argument)
{
    int peer = *(int *)argument;
    const int on = 1;
    char byte;
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (recv(peer, &byte, 1, 0) == 1)
        send(peer, &byte, 1, MSG_NOSIGNAL);
    shutdown(peer, SHUT_WR);
    return NULL;
}

static void an_echo_may_dribble(void)
{
    int peer = -1;
    struct se_client *client = client_of_raw_peer(&peer);
    unsigned char *message = new_message(2000);
    pthread_t thread;
    expect_equal(pthread_create(&thread, NULL, dribble, &peer), 0, "pthread_create");
    expect_equal(se_client_echo(client, message, 2000, NULL), 0, "echo");
    expect_equal(se_client_finish(client), 0, "finish");
    expect_equal(pthread_join(thread, NULL), 0, "pthread_join");
    end_pair(client, peer);
    free(message);
}

void client_answer_checks(void)
{
    run_check("the first wrong byte is found", a_wrong_byte_is_found_where_it_is);
    run_check("a mismatch is forgotten with the next echo", a_mismatch_is_forgotten_with_the_next_echo);
    run_check("a byte too many is a mismatch", a_byte_too_many_is_a_mismatch);
    run_check("a short echo is SE_ECLOSED", a_short_echo_is_told_from_a_whole_one);
    run_check("a peer that leaves a long message ends the echo", a_peer_that_leaves_a_long_message_ends_the_echo);
    run_check("a reset is ECONNRESET", a_reset_is_told);
    run_check("a peer that is gone ends the echo", a_peer_that_is_gone_ends_the_echo);
    run_check("an echo may come back a byte at a time", an_echo_may_dribble);
}
