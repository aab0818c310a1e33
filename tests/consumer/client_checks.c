/* What the design page and <sockecho/client.h> promise of a client, checked against the library's own server and
 * against raw peers that are silent, wrong, short, late or gone. Where one can, a raw peer answers before the client
 * asks: the answer waits in the client's kernel, and no thread is needed. consumer.c has the frame. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Shared with the other files: see consumer.c. */
void expect_equal(int64_t got, int64_t wanted, const char *what);
void expect_true(int condition, const char *what);
void run_check(const char *sentence, void (*body)(void));
int64_t now_ms(void);
unsigned char *new_message(size_t length);
struct se_server *started_server(void);
struct se_client *new_client(void);
struct se_client *connected_client(const struct se_server *server);
void end_server(struct se_server *server);
void client_checks(void);

/* Binds a free port of 127.0.0.1; it listens where the backlog is not below 0. Its accept, and every recv of the
 * sockets it accepts, ends after 5 s at the latest. */
static int raw_listener(int backlog, int *port_out)
{
    const struct timeval limit = {5, 0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    expect_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0, "SO_RCVTIMEO");
    expect_equal(bind(fd, (struct sockaddr *)&address, size), 0, "bind");
    expect_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0, "getsockname");
    expect_true(backlog < 0 || listen(fd, backlog) == 0, "listen");
    *port_out = ntohs(address.sin_port);
    return fd;
}

static struct se_client *client_of_raw_peer(int *peer_out)
{
    int port = 0;
    int listener = raw_listener(1, &port);
    struct se_client *client = new_client();
    expect_equal(se_client_connect(client, NULL, port), 0, "connect");
    *peer_out = accept(listener, NULL, NULL);
    expect_true(*peer_out >= 0, "accept");
    close(listener);
    return client;
}

static void peer_says(int peer, const char *text)
{
    expect_equal(send(peer, text, strlen(text), MSG_NOSIGNAL), (int64_t)strlen(text), "the peer sends");
}

static void peer_resets(int peer)
{
    const struct linger now = {1, 0};
    expect_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0, "SO_LINGER");
    close(peer);
}

static void end_pair(struct se_client *client, int peer)
{
    se_client_free(client);
    close(peer);
}

/* Waits until the client's descriptor has one of the events of its open call, or has failed. */
static void wait_for(const struct se_client *client, int events)
{
    struct pollfd ready = {se_client_fd(client), (short)events, 0};
    expect_equal(poll(&ready, 1, 5000), 1, "the client's descriptor gets ready");
}

/* Makes one call until it does not say -EAGAIN, and waits in a poll of its own in between. */
static int echo_to_the_end(struct se_client *client, const void *message, size_t length, void *reply)
{
    int result = se_client_echo(client, message, length, reply);
    while (result == -EAGAIN) {
        wait_for(client, se_client_events(client));
        result = se_client_echo(client, message, length, reply);
    }
    return result;
}

static int connect_to_the_end(struct se_client *client, int port)
{
    int result = se_client_connect(client, NULL, port);
    while (result == -EAGAIN) {
        wait_for(client, se_client_events(client));
        result = se_client_connect(client, NULL, port);
    }
    return result;
}

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
    peer_resets(peer);
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
    peer_resets(peer);
    struct pollfd ready = {se_client_fd(client), 0, 0};
    expect_equal(poll(&ready, 1, 5000), 1, "the reset has arrived");
    int result = se_client_echo(client, "x", 1, NULL);
    expect_true(result == -EPIPE || result == -ECONNRESET || result == SE_ECLOSED, "the echo fails as it should");
    se_client_free(client);
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

/* Answers a byte at a time until its peer has finished. */
static void *dribble(void *argument)
{
    int peer = *(int *)argument;
    const int on = 1;
    char byte;
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (recv(peer, &byte, 1, 0) == 1) {
        send(peer, &byte, 1, MSG_NOSIGNAL);
    }
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

void client_checks(void)
{
    run_check("a client that is not connected says so", an_unconnected_client_says_so);
    run_check("every size comes back in every mode", every_size_comes_back_in_every_mode);
    run_check("eight MiB come back, and not one byte more", eight_mib_come_back);
    run_check("a reply may be the message itself, but no part of it", a_reply_may_be_the_message_but_no_part_of_it);
    run_check("the round trip is measured", the_round_trip_is_measured);
    run_check("a port where nobody listens refuses in every mode", nobody_there_is_refused);
    run_check("a client connects once, and again after close", a_connected_client_connects_no_second_time);
    run_check("an open connect times out and goes on", an_open_connect_times_out_and_goes_on);
    run_check("an echo of a silent peer times out and goes on", a_silent_peer_times_out_and_may_answer_late);
    run_check("an open echo refuses other calls", an_open_echo_refuses_other_calls);
    run_check("an open echo goes on in another mode", an_open_echo_goes_on_in_another_mode);
    run_check("close gives up an open echo and its late reply", a_closed_echo_leaves_nothing_behind);
    run_check("the first wrong byte is found", a_wrong_byte_is_found_where_it_is);
    run_check("a mismatch is forgotten with the next echo", a_mismatch_is_forgotten_with_the_next_echo);
    run_check("a byte too many is a mismatch", a_byte_too_many_is_a_mismatch);
    run_check("a short echo is SE_ECLOSED", a_short_echo_is_told_from_a_whole_one);
    run_check("a peer that leaves a long message ends the echo", a_peer_that_leaves_a_long_message_ends_the_echo);
    run_check("a reset is ECONNRESET", a_reset_is_told);
    run_check("a peer that is gone ends the echo", a_peer_that_is_gone_ends_the_echo);
    run_check("a finish waits for the peer's FIN, and goes on", a_finish_waits_for_the_fin);
    run_check("an echo may come back a byte at a time", an_echo_may_dribble);
}
