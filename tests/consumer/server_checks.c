/* What the design page and <sockecho/server.h> promise of a server, checked by raw peers: plain sockets that send,
 * read slowly, half-close, reset and stay away. consumer.c has the frame and says what this program is. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Shared with the other files: see consumer.c. */
void expect_equal(int64_t got, int64_t wanted, const char *what);
void expect_true(int condition, const char *what);
void run_check(const char *sentence, void (*body)(void));
int64_t now_ms(void);
unsigned char *new_message(size_t length);
void handle_signal(int number, void (*handler)(int));
struct se_server *new_server(void);
struct se_server *started_server(void);
struct se_client *new_client(void);
void end_server(struct se_server *server);
void server_checks(void);

/* A raw peer whose calls end after 5 s at the latest. receive_bytes 0 leaves the size of the buffer to the kernel. */
static int raw_connect(const char *host, int port, int receive_bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const struct timeval limit = {5, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, host, &address.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (receive_bytes > 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    }
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

static int peer_of(const struct se_server *server)
{
    int peer = raw_connect("127.0.0.1", se_server_port(server), 0);
    expect_true(peer >= 0, "a raw peer connects");
    return peer;
}

static void close_with_reset(int fd)
{
    const struct linger now = {1, 0};
    expect_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0, "SO_LINGER");
    close(fd);
}

/* Until FIN, an error or a full buffer: the number of bytes, or -errno. */
static int64_t read_to_end(int fd, void *buffer, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t count = recv(fd, (char *)buffer + length, size - length, 0);
        if (count == 0) {
            break;
        }
        if (count < 0) {
            return -errno;
        }
        length += (size_t)count;
    }
    return (int64_t)length;
}

static void expect_echo(int fd, const void *text, size_t length)
{
    char reply[16] = "";
    size_t got = 0;
    expect_equal(send(fd, text, length, MSG_NOSIGNAL), (int64_t)length, "send");
    while (got < length) {
        ssize_t count = recv(fd, reply + got, length - got, 0);
        if (count <= 0) {
            break;
        }
        got += (size_t)count;
    }
    expect_equal((int64_t)got, (int64_t)length, "bytes that came back");
    expect_equal(memcmp(reply, text, length), 0, "the bytes");
}

static size_t send_what_fits(int fd, const unsigned char *message, size_t length)
{
    size_t sent = 0;
    while (sent < length) {
        ssize_t count = send(fd, message + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count <= 0) {
            break;
        }
        sent += (size_t)count;
    }
    return sent;
}

/* Sends a message, half-closes, and reads no more than `slice` bytes at a time, and only when sending has to wait. */
static void expect_exact_echo(int fd, size_t length, size_t slice)
{
    unsigned char *message = new_message(length);
    unsigned char *reply = new_message(length);
    size_t sent = 0;
    size_t got = 0;
    memset(reply, 0xFF, length);
    while (sent < length) {
        sent += send_what_fits(fd, message + sent, length - sent);
        if (sent == length) {
            break;
        }
        ssize_t count = recv(fd, reply + got, slice < length - got ? slice : length - got, 0);
        if (count <= 0) {
            break;
        }
        got += (size_t)count;
    }
    expect_equal(shutdown(fd, SHUT_WR), 0, "half-close");
    expect_equal(read_to_end(fd, reply + got, length + 1 - got) + (int64_t)got, (int64_t)length, "bytes before FIN");
    expect_equal(memcmp(reply, message, length), 0, "the bytes");
    free(message);
    free(reply);
}

/* Waits until the peer's kernel has all that was sent. The watchdog of main bounds it. */
static void wait_until_arrived(int fd)
{
    int unacknowledged = 1;
    while (ioctl(fd, TIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0) {
        poll(NULL, 0, 1);
    }
    expect_equal(unacknowledged, 0, "bytes on their way");
}

static void what_does_not_listen_is_refused(void)
{
    struct se_server *server = NULL;
    int pipe_fds[2] = {-1, -1};
    int stream = socket(AF_INET, SOCK_STREAM, 0);
    int datagram = socket(AF_INET, SOCK_DGRAM, 0);
    expect_equal(pipe(pipe_fds), 0, "pipe");
    expect_equal(se_server_new_from_fd(-1, &server), -EBADF, "no descriptor");
    expect_equal(se_server_new_from_fd(pipe_fds[0], &server), -ENOTSOCK, "a pipe");
    expect_equal(se_server_new_from_fd(stream, &server), -EINVAL, "a socket that does not listen");
    expect_equal(se_server_new_from_fd(datagram, &server), -EINVAL, "a datagram socket");
    expect_true(server == NULL, "no server after a failure");
    expect_equal(close(stream) + close(datagram) + close(pipe_fds[0]) + close(pipe_fds[1]), 0, "they are still ours");
}

static void a_listening_socket_is_taken_over(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct se_server *server = NULL;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    expect_equal(bind(listener, (struct sockaddr *)&address, size) + listen(listener, 5), 0, "bind and listen");
    expect_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0, "getsockname");
    expect_equal(se_server_new_from_fd(listener, &server), 0, "se_server_new_from_fd");
    expect_equal(se_server_port(server), ntohs(address.sin_port), "the port");
    expect_true((fcntl(listener, F_GETFD) & FD_CLOEXEC) != 0, "close-on-exec");
    expect_true((fcntl(listener, F_GETFL) & O_NONBLOCK) != 0, "non-blocking");
    expect_equal(se_server_start(server), 0, "start");
    int peer = peer_of(server);
    expect_echo(peer, "taken over", 10);
    close(peer);
    end_server(server);
    expect_equal(fcntl(listener, F_GETFD), -1, "the server closed it");
}

static void a_port_has_one_server(void)
{
    struct se_server *first = started_server();
    struct se_server *second = first;
    char text[1];
    int port = se_server_port(first);
    expect_true(port >= 1 && port <= 65535, "the kernel's choice is a port");
    expect_equal(se_server_new(NULL, port, &second), -EADDRINUSE, "a second server on the port");
    expect_true(second == NULL, "no server after a failure");
    int peer = peer_of(first);
    expect_echo(peer, "x", 1);
    expect_equal(se_server_stop(first), 0, "stop");
    expect_equal(recv(peer, text, 1, 0), 0, "the server closes first");
    close(peer);
    expect_equal(se_server_join(first), 0, "join");
    expect_equal(se_server_port(first), port, "the port after the stop");
    se_server_free(first);
    expect_equal(se_server_new(NULL, port, &second), 0, "the next server on the port");
    expect_equal(se_server_port(second), port, "its port");
    se_server_free(second);
}

static void the_address_is_text(void)
{
    struct se_server *server = new_server();
    char wanted[64];
    char text[64] = "unwritten";
    int length = snprintf(wanted, sizeof wanted, "127.0.0.1:%d", se_server_port(server));
    expect_equal(se_server_address(server, text, 0), -ENOSPC, "no room");
    expect_equal(strcmp(text, "unwritten"), 0, "the text where there is no room");
    expect_equal(se_server_address(server, text, (size_t)length), -ENOSPC, "no room for NUL");
    expect_equal(text[0], '\0', "the text that does not fit");
    expect_equal(se_server_address(server, text, (size_t)length + 1), length, "just enough room");
    expect_equal(strcmp(text, wanted), 0, "the text");
    expect_equal(se_server_address(server, NULL, 64), -EINVAL, "no text");
    se_server_free(server);
}

static void ipv6_works_where_the_machine_has_it(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct se_server *server = NULL;
    struct se_client *client = new_client();
    char wanted[64];
    char text[64] = "";
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    int has_ipv6 = bind(probe, (struct sockaddr *)&address, sizeof address) == 0;
    close(probe);
    if (!has_ipv6) {
        expect_true(se_server_new("::1", SE_PORT_ANY, &server) < 0, "no server without IPv6");
        se_client_free(client);
        return;
    }
    expect_equal(se_server_new("::1", SE_PORT_ANY, &server), 0, "se_server_new");
    snprintf(wanted, sizeof wanted, "[::1]:%d", se_server_port(server));
    expect_equal(se_server_address(server, text, sizeof text), (int64_t)strlen(wanted), "the length of the address");
    expect_equal(strcmp(text, wanted), 0, "the address");
    expect_equal(se_server_start(server), 0, "start");
    expect_equal(se_client_connect(client, "::1", se_server_port(server)), 0, "connect");
    expect_equal(se_client_echo(client, "six", 3, text), 0, "echo");
    expect_equal(memcmp(text, "six", 3), 0, "the reply");
    se_client_free(client);
    end_server(server);
}

static void a_server_listens_where_it_was_told(void)
{
    struct se_server *loopback = new_server();
    struct se_server *everywhere = NULL;
    expect_equal(raw_connect("127.0.0.2", se_server_port(loopback), 0), -ECONNREFUSED, "127.0.0.2 by default");
    se_server_free(loopback);
    expect_equal(se_server_new("0.0.0.0", SE_PORT_ANY, &everywhere), 0, "se_server_new");
    expect_equal(se_server_start(everywhere), 0, "start");
    int peer = raw_connect("127.0.0.2", se_server_port(everywhere), 0);
    expect_echo(peer, "here", 4);
    close(peer);
    end_server(everywhere);
}

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

static struct se_server *server_to_stop;

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

/* A server in blocking mode with a peer that never reads. The buffers in the kernel are small, and what the peer sends
 * fits into one receive: so the server has read all of it, and the most part has nowhere to go but its own memory. */
static struct se_server *server_of_a_stuck_peer(int *peer_out)
{
    const int small = 4096;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct se_server *server = NULL;
    unsigned char *message = new_message(20000);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    expect_equal(setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0, "SO_SNDBUF");
    expect_equal(bind(listener, (struct sockaddr *)&address, sizeof address) + listen(listener, 2), 0, "listen");
    expect_equal(se_server_new_from_fd(listener, &server), 0, "se_server_new_from_fd");
    *peer_out = raw_connect("127.0.0.1", se_server_port(server), small);
    expect_equal(send(*peer_out, message, 20000, MSG_NOSIGNAL), 20000, "send");
    wait_until_arrived(*peer_out);
    expect_equal(se_server_set_blocking(server, 0), 0, "non-blocking");
    expect_equal(se_server_run(server), -EAGAIN, "run");
    expect_equal(se_server_set_blocking(server, 1), 0, "blocking");
    free(message);
    return server;
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

/* Reads what the kernel still holds; the verdict is how it ends. */
static void expect_end(int fd, int64_t wanted)
{
    char *buffer = malloc(1 << 16);
    int64_t count = 1;
    while (buffer != NULL && count > 0) {
        count = recv(fd, buffer, 1 << 16, 0);
        count = count < 0 ? -errno : count;
    }
    expect_equal(count, wanted, "the end of the connection");
    free(buffer);
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

static volatile sig_atomic_t signals_taken;

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

void server_checks(void)
{
    run_check("se_server_new_from_fd refuses what does not listen, and leaves it", what_does_not_listen_is_refused);
    run_check("a listening socket is taken over and closed at the end", a_listening_socket_is_taken_over);
    run_check("a port in use is EADDRINUSE, and free again with its server", a_port_has_one_server);
    run_check("the address is text that fits or is refused", the_address_is_text);
    run_check("IPv6 works where the machine has it", ipv6_works_where_the_machine_has_it);
    run_check("a server listens on 127.0.0.1 alone unless told more", a_server_listens_where_it_was_told);
    run_check("a stop before the run is not lost", a_stop_before_the_run_is_not_lost);
    run_check("a signal handler stops a run", a_signal_handler_stops_a_run);
    run_check("join returns what run returned", join_returns_what_run_returned);
    run_check("a running server refuses changes and serves on", a_running_server_refuses_changes);
    run_check("each poller serves", each_poller_serves);
    run_check("a non-blocking run serves what is ready and returns", a_non_blocking_run_serves_and_returns);
    run_check("a timed run serves for that long and keeps its connections", a_timed_run_serves_for_that_long);
    run_check("a half-closed peer gets every byte, then FIN, however slow", a_half_closed_peer_gets_all_then_fin);
    run_check("bytes that arrive together with FIN come back whole", bytes_with_fin_come_back_whole);
    run_check("an urgent byte stays in its place", an_urgent_byte_stays_in_its_place);
    run_check("a peer that never reads holds up nobody", a_peer_that_never_reads_holds_up_nobody);
    run_check("a stop in non-blocking mode has ended with the last peer",
              a_stop_without_waiting_ends_with_the_last_peer);
    run_check("a second stop cuts at once, with a reset", a_second_stop_cuts_with_reset);
    run_check("a free resets what it cuts and ends the rest with FIN", a_free_resets_only_what_it_cuts);
    run_check("a free cuts and joins a started server", a_free_cuts_and_joins_a_started_server);
    run_check("a stop sends back what had arrived, from the listen queue too", a_stop_sends_back_what_had_arrived);
    run_check("a byte that comes after the server's FIN meets no reset", a_late_byte_meets_no_reset);
    run_check("a peer that resets harms nobody", a_peer_that_resets_harms_nobody);
    run_check("the thread of a server takes no signal", the_thread_of_a_server_takes_no_signal);
}
