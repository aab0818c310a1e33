/* What a client's calls do with a server that answers: connect, echo, close. */
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

static void an_unconnected_client_says_so(void)
{
    struct se_client *client = new_client();
    expect_equal(se_client_echo(client, "x", 1, NULL), -ENOTCONN, "echo");
    expect_equal(se_client_finish(client), -ENOTCONN, "finish");
    expect_equal(se_client_fd(client), -ENOTCONN, "the descriptor");
    expect_equal(se_client_events(client), 0, "the events");
    expect_equal(se_client_rtt_ns(client), -ENODATA, "the round trip");
    expect_equal(se_client_mismatch_at(client), -1, "the mismatch");
    expect_equal(se_client_close(client), 0, "close");
    se_client_free(client);
}

static void every_size_comes_back_in_every_mode(void)
{
    const size_t sizes[] = {0, 1, 2, 511, 4096, 65536, 1 << 20};
    const int64_t timeouts_ms[] = {SE_TIMEOUT_NONE, 0, 5000};
    struct se_server *server = started_server();
    struct se_client *client = connected_client(server);
    unsigned char *message = new_message(1 << 20);
    unsigned char *reply = new_message(1 << 20);
    for (int i = 0; i < 3 * 7; i++) {
        size_t size = sizes[i % 7];
        memset(reply, 0xFF, 1 << 20);
        expect_equal(se_client_set_timeout(client, timeouts_ms[i / 7]), 0, "the mode");
        expect_equal(echo_to_the_end(client, message, size, reply), 0, "echo");
        expect_equal(memcmp(reply, message, size), 0, "the reply");
        expect_equal(reply[size], size < 1 << 20 ? 0xFF : (1 << 20) % 251, "the byte behind the reply");
        expect_equal(se_client_events(client), 0, "no call is open");
    }
    se_client_free(client);
    free(message);
    free(reply);
    end_server(server);
}

static void eight_mib_come_back(void)
{
    const size_t size = 8 << 20;
    struct se_server *server = started_server();
    struct se_client *client = connected_client(server);
    unsigned char *message = new_message(size);
    unsigned char *reply = calloc(1, size);
    expect_equal(se_client_echo(client, message, size, reply), 0, "echo");
    expect_equal(reply == NULL ? -1 : memcmp(reply, message, size), 0, "the reply");
    expect_equal(se_client_echo(client, message, size, NULL), 0, "echo without a reply");
    expect_equal(se_client_finish(client), 0, "finish: not one byte more");
    se_client_free(client);
    free(message);
    free(reply);
    end_server(server);
}

static void a_reply_may_be_the_message_but_no_part_of_it(void)
{
    struct se_server *server = started_server();
    struct se_client *client = connected_client(server);
    unsigned char *message = new_message(300000);
    unsigned char *copy = new_message(300000);
    expect_equal(se_client_echo(client, message, 300000, message), 0, "echo in place");
    expect_equal(memcmp(message, copy, 300000), 0, "the reply");
    expect_equal(se_client_echo(client, message, 1000, message + 999), -EINVAL, "a reply that begins in the message");
    expect_equal(se_client_echo(client, message + 999, 1000, message), -EINVAL, "a reply that ends in the message");
    expect_equal(se_client_echo(client, NULL, 1, message), -EINVAL, "no message");
    expect_equal(memcmp(message, copy, 300000), 0, "what was refused changed no byte");
    se_client_free(client);
    free(message);
    free(copy);
    end_server(server);
}

static void the_round_trip_is_measured(void)
{
    struct se_server *server = started_server();
    struct se_client *client = connected_client(server);
    int64_t start_ms = now_ms();
    expect_equal(se_client_echo(client, "x", 1, NULL), 0, "echo");
    int64_t limit_ns = (now_ms() - start_ms + 1) * 1000000;
    expect_true(se_client_rtt_ns(client) > 0, "an echo takes time");
    expect_true(se_client_rtt_ns(client) <= limit_ns, "no more than the call took");
    se_client_free(client);
    end_server(server);
}

static void nobody_there_is_refused(void)
{
    int port = 0;
    int bound = raw_listener(-1, &port);
    struct se_client *client = new_client();
    expect_equal(se_client_connect(client, NULL, port), -ECONNREFUSED, "blocking");
    expect_equal(se_client_set_blocking(client, 0), 0, "non-blocking");
    expect_equal(connect_to_the_end(client, port), -ECONNREFUSED, "non-blocking, at last");
    expect_equal(se_client_fd(client), -ENOTCONN, "no descriptor after a failure");
    expect_equal(listen(bound, 1), 0, "listen");
    expect_equal(se_client_set_blocking(client, 1), 0, "blocking");
    expect_equal(se_client_connect(client, NULL, port), 0, "the same client, once somebody listens");
    se_client_free(client);
    close(bound);
}

static void a_connected_client_connects_no_second_time(void)
{
    struct se_server *server = started_server();
    struct se_client *client = connected_client(server);
    expect_equal(se_client_connect(client, NULL, se_server_port(server)), -EISCONN, "connect again");
    expect_equal(se_client_close(client), 0, "close");
    expect_equal(se_client_fd(client), -ENOTCONN, "no descriptor");
    expect_equal(se_client_connect(client, "127.0.0.1", se_server_port(server)), 0, "connect after close");
    expect_equal(se_client_echo(client, "x", 1, NULL), 0, "echo");
    se_client_free(client);
    end_server(server);
}

void client_call_checks(void)
{
    run_check("a client that is not connected says so", an_unconnected_client_says_so);
    run_check("every size comes back in every mode", every_size_comes_back_in_every_mode);
    run_check("eight MiB come back, and not one byte more", eight_mib_come_back);
    run_check("a reply may be the message itself, but no part of it", a_reply_may_be_the_message_but_no_part_of_it);
    run_check("the round trip is measured", the_round_trip_is_measured);
    run_check("a port where nobody listens refuses in every mode", nobody_there_is_refused);
    run_check("a client connects once, and again after close", a_connected_client_connects_no_second_time);
}
