/* A server around a listening socket that its caller made: a service manager, or a parent process. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crowd.h"
#include "endpoints.h"
#include "families.h"
#include "fixture.h"
#include "io.h"
#include "raw.h"

enum { TEXT_SIZE = 128 };

static const uint8_t message[] = "whose socket?";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static int listen_ipv4(void)
{
    int port = 0;
    int fd = io_listen(16, 0, &port);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/** A server around the descriptor, with that poller. */
static struct se_server *server_around(int listen_fd, int poller)
{
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new_from_fd(listen_fd, &server), 0);
    ck_assert_int_eq(se_server_set_poller(server, poller), 0);
    return server;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

START_TEST(listening_socket_of_the_caller_is_served_and_then_closed)
{
    if (!poller_available(pollers[_i]))
        return;
    int listen_fd = listen_ipv4();
    char own[TEXT_SIZE];
    char text[TEXT_SIZE];
    raw_own_address(listen_fd, own, sizeof(own));
    struct se_server *server = server_around(listen_fd, pollers[_i]);
    ck_assert_int_gt(se_server_address(server, text, sizeof(text)), 0);
    ck_assert_str_eq(text, own);
    ck_assert_int_eq(fcntl(listen_fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_ne(fcntl(listen_fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(se_server_port(server));
    server_end(server);
    ck_assert(!is_open(listen_fd));
}
END_TEST

START_TEST(peers_that_had_come_before_the_server_are_served)
{
    enum { PEERS = 5 };
    if (!poller_available(pollers[_i]))
        return;
    int port = 0;
    int listen_fd = io_listen(PEERS, 0, &port);
    int fds[PEERS];
    crowd_connect(fds, PEERS, port);
    struct se_server *server = server_around(listen_fd, pollers[_i]);
    ck_assert_int_eq(se_server_port(server), port);
    ck_assert_int_eq(se_server_start(server), 0);
    for (int i = 0; i < PEERS; i++)
        raw_exchange(fds[i], message, sizeof(message), sizeof(message));
    server_end(server);
}
END_TEST

START_TEST(ipv6_socket_of_the_caller_is_served)
{
    if (!poller_available(pollers[_i]) || !ipv6_available())
        return;
    struct se_server *server = server_around(raw_listen_ipv6(), pollers[_i]);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_exchange(raw_connect_ipv6(se_server_port(server)), message, sizeof(message), sizeof(message));
    server_end(server);
}
END_TEST

/** A connection has the options that its listener had when it came. */
START_TEST(urgent_byte_of_a_peer_that_had_come_before_the_server_is_echoed)
{
    if (!poller_available(pollers[_i]))
        return;
    int port = 0;
    int listen_fd = io_listen(1, 0, &port);
    int fd = raw_connect(port);
    struct se_server *server = server_around(listen_fd, pollers[_i]);
    ck_assert_int_eq(io_send(fd, message, 5, 0), 0);
    ck_assert_int_eq(io_send(fd, message + 5, 1, MSG_OOB), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_expect_bytes(fd, message, 6);
    raw_exchange(fd, message, sizeof(message), sizeof(message));
    server_end(server);
}
END_TEST

/** The file of the caller's socket is the caller's too. */
START_TEST(unix_socket_of_the_caller_is_served_and_its_file_stays)
{
    char text[TEXT_SIZE];
    char expected[TEXT_SIZE];
    struct socket_file file;
    if (!poller_available(pollers[_i]))
        return;
    socket_file_begin(&file);
    int listen_fd = raw_bind_unix(file.path, SOCK_STREAM);
    ck_assert_int_eq(listen(listen_fd, 5), 0);
    struct se_server *server = server_around(listen_fd, pollers[_i]);
    snprintf(expected, sizeof(expected), "unix:%s", file.path);
    ck_assert_int_eq(se_server_address(server, text, sizeof(text)), (int)strlen(expected));
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(se_server_port(server), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_exchange(raw_connect_unix(file.path), message, sizeof(message), sizeof(message));
    server_end(server);
    ck_assert(socket_file_exists(&file));
    ck_assert_int_eq(unlink(file.path), 0);
    socket_file_end(&file);
}
END_TEST

/** A service manager keeps the socket and gives it to the next server: peers that come meanwhile wait. */
START_TEST(shared_socket_goes_on_listening_after_the_server)
{
    if (!poller_available(pollers[_i]))
        return;
    int listen_fd = listen_ipv4();
    int kept_fd = fcntl(listen_fd, F_DUPFD_CLOEXEC, 0);
    struct se_server *server = server_around(listen_fd, pollers[_i]);
    int port = se_server_port(server);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(port);
    server_end(server);
    int fd = raw_connect(port);
    server = server_around(kept_fd, pollers[_i]);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_exchange(fd, message, sizeof(message), sizeof(message));
    server_end(server);
}
END_TEST

static void refuse(int fd, int expected)
{
    struct se_server *server = NULL;
    int flags = fcntl(fd, F_GETFL);
    ck_assert_int_eq(se_server_new_from_fd(fd, &server), expected);
    ck_assert_ptr_null(server);
    ck_assert_int_eq(fcntl(fd, F_GETFL), flags);
    ck_assert_int_eq(fcntl(fd, F_GETFD), 0);
    close(fd);
}

/** It listens, but what it accepts is no stream. The kernel chooses a name outside the file system. */
static int listen_for_packets(void)
{
    const struct sockaddr any_name = {.sa_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    ck_assert_int_eq(bind(fd, &any_name, sizeof(any_name.sa_family)), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    return fd;
}

START_TEST(other_descriptors_are_refused_and_stay_open_as_they_are)
{
    int pipe_fds[2];
    int pair_fds[2];
    ck_assert_int_eq(pipe(pipe_fds), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair_fds), 0);
    refuse(socket(AF_INET, SOCK_STREAM, 0), -EINVAL);
    refuse(socket(AF_INET, SOCK_DGRAM, 0), -EINVAL);
    refuse(pair_fds[0], -EINVAL);
    refuse(pair_fds[1], -EINVAL);
    refuse(pipe_fds[0], -ENOTSOCK);
    refuse(pipe_fds[1], -ENOTSOCK);
    refuse(open("/dev/null", O_RDONLY), -ENOTSOCK);
    refuse(listen_for_packets(), -EINVAL);
}
END_TEST

START_TEST(numbers_that_are_no_descriptors_are_refused)
{
    struct se_server *server = NULL;
    int closed_fd = listen_ipv4();
    close(closed_fd);
    ck_assert_int_eq(se_server_new_from_fd(closed_fd, &server), -EBADF);
    ck_assert_int_eq(se_server_new_from_fd(-1, &server), -EBADF);
    ck_assert_ptr_null(server);
    int listen_fd = listen_ipv4();
    ck_assert_int_eq(se_server_new_from_fd(listen_fd, NULL), -EINVAL);
    ck_assert(is_open(listen_fd));
    close(listen_fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sockets of the caller");
    TCase *tcase = fixture_add_tcase(suite, "from a descriptor");
    tcase_add_loop_test(tcase, listening_socket_of_the_caller_is_served_and_then_closed, 0, POLLERS);
    tcase_add_loop_test(tcase, peers_that_had_come_before_the_server_are_served, 0, POLLERS);
    tcase_add_loop_test(tcase, urgent_byte_of_a_peer_that_had_come_before_the_server_is_echoed, 0, POLLERS);
    tcase_add_loop_test(tcase, ipv6_socket_of_the_caller_is_served, 0, POLLERS);
    tcase_add_loop_test(tcase, unix_socket_of_the_caller_is_served_and_its_file_stays, 0, POLLERS);
    tcase_add_loop_test(tcase, shared_socket_goes_on_listening_after_the_server, 0, POLLERS);
    tcase_add_test(tcase, other_descriptors_are_refused_and_stay_open_as_they_are);
    tcase_add_test(tcase, numbers_that_are_no_descriptors_are_refused);
    return fixture_run(suite);
}
