/* Listening, adopting a listener of somebody else's, accepting and connecting: results and the state of descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "environment.h"
#include "famine.h"
#include "fixture.h"
#include "io.h"
#include "pair.h"
#include "system/socket.h"

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof(value);
    ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

static bool is_non_blocking(int fd)
{
    return fcntl(fd, F_GETFL) & O_NONBLOCK;
}

static bool is_closed_by_exec(int fd)
{
    return fcntl(fd, F_GETFD) & FD_CLOEXEC;
}

/** What every socket of the library has. */
static void assert_stream_of_ours(int fd)
{
    ck_assert(is_non_blocking(fd));
    ck_assert(is_closed_by_exec(fd));
    ck_assert_int_ne(option(fd, SOL_SOCKET, SO_OOBINLINE), 0);
    ck_assert_int_ne(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
}

START_TEST(a_listener_has_the_options_that_its_connections_inherit)
{
    int fd = pair_listen();
    assert_stream_of_ours(fd);
    ck_assert_int_ne(option(fd, SOL_SOCKET, SO_REUSEADDR), 0);
    ck_assert_int_eq(option(fd, SOL_SOCKET, SO_REUSEPORT), 0);
    ck_assert_int_ne(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
    se__socket_close(fd);
}
END_TEST

START_TEST(a_second_listener_on_the_port_is_refused)
{
    int fd = pair_listen();
    struct se__address address;
    int second_fd = -1;
    ck_assert_int_eq(se__socket_local_address(fd, &address), 0);
    ck_assert_int_gt(se__address_port(&address), 0);
    ck_assert_int_eq(se__socket_listen(&address, &second_fd), -EADDRINUSE);
    ck_assert_int_eq(second_fd, -1);
    se__socket_close(fd);
    ck_assert_int_eq(se__socket_listen(&address, &second_fd), 0);
    se__socket_close(second_fd);
}
END_TEST

START_TEST(an_address_of_no_machine_cannot_be_listened_on)
{
    struct se__address address = pair_loopback(0);
    int fd = -1;
    ((struct sockaddr_in *)&address.storage)->sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1, for documentation */
    ck_assert_int_eq(se__socket_listen(&address, &fd), -EADDRNOTAVAIL);
    address.storage.ss_family = AF_MAX;
    ck_assert_int_eq(se__socket_listen(&address, &fd), -EAFNOSUPPORT);
    ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(nobody_who_waits_is_eagain)
{
    struct se__address peer;
    int fd = pair_listen();
    ck_assert_int_eq(se__socket_accept(fd, &peer), -EAGAIN);
    se__socket_close(fd);
    ck_assert_int_eq(se__socket_accept(-1, &peer), -EBADF);
}
END_TEST

START_TEST(an_accepted_socket_is_ours_and_its_peer_is_known)
{
    struct se__address peer;
    struct se__address near_address;
    struct pair pair = {.listen_fd = pair_listen(), .far = -1};
    pair.near = pair_connect(pair.listen_fd);
    ck_assert_int_eq(io_wait(pair.listen_fd, POLLIN, environment_patience_ms()), POLLIN);
    pair.far = se__socket_accept(pair.listen_fd, &peer);
    ck_assert_int_ge(pair.far, 0);
    assert_stream_of_ours(pair.far);
    ck_assert_int_eq(se__socket_local_address(pair.near, &near_address), 0);
    ck_assert(se__address_equal(&peer, &near_address));
    pair_close(&pair);
}
END_TEST

/** Descriptors that cannot be served, and what they are refused with. */
struct refusal {
    int family;
    int type;
    bool listens;
    int error;
};

static const struct refusal refusals[] = {
    {AF_INET, SOCK_STREAM, false, -EINVAL},   {AF_INET, SOCK_DGRAM, false, -EINVAL},
    {AF_UNIX, SOCK_STREAM, false, -EINVAL},   {AF_UNIX, SOCK_DGRAM, false, -EINVAL},
    {AF_UNIX, SOCK_SEQPACKET, true, -EINVAL},
};

/** A family alone is an address that the kernel completes: any port, or a name without a file. */
static int bare_socket(int family, int type, bool listens)
{
    struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
    socklen_t size = family == AF_UNIX ? sizeof(sa_family_t) : sizeof(struct sockaddr_in);
    int fd = socket(family, type, 0);
    ck_assert_int_ge(fd, 0);
    if (family == AF_INET)
        ((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listens) {
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
        ck_assert_int_eq(listen(fd, 1), 0);
    }
    return fd;
}

START_TEST(a_socket_that_is_no_listening_stream_is_refused_and_left_alone)
{
    const struct refusal *refusal = &refusals[_i];
    int fd = bare_socket(refusal->family, refusal->type, refusal->listens);
    ck_assert_int_eq(se__socket_adopt_listener(fd), refusal->error);
    ck_assert(!is_non_blocking(fd));
    ck_assert(!is_closed_by_exec(fd));
    close(fd);
}
END_TEST

START_TEST(what_is_no_socket_is_refused_and_left_alone)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(se__socket_adopt_listener(ends[0]), -ENOTSOCK);
    ck_assert(!is_non_blocking(ends[0]));
    ck_assert(!is_closed_by_exec(ends[0]));
    close(ends[0]);
    close(ends[1]);
    ck_assert_int_eq(se__socket_adopt_listener(ends[0]), -EBADF);
    ck_assert_int_eq(se__socket_adopt_listener(-1), -EBADF);
}
END_TEST

START_TEST(a_connected_socket_is_no_listener)
{
    struct pair pair = pair_open();
    ck_assert_int_eq(se__socket_adopt_listener(pair.near), -EINVAL);
    ck_assert_int_eq(se__socket_adopt_listener(pair.far), -EINVAL);
    pair_close(&pair);
}
END_TEST

START_TEST(an_adopted_listener_is_like_one_of_ours)
{
    struct pair pair = {.listen_fd = bare_socket(AF_INET, SOCK_STREAM, true)};
    ck_assert_int_eq(se__socket_adopt_listener(pair.listen_fd), 0);
    assert_stream_of_ours(pair.listen_fd);
    pair.near = pair_connect(pair.listen_fd);
    pair.far = pair_accept(pair.listen_fd);
    assert_stream_of_ours(pair.far);
    pair_close(&pair);
}
END_TEST

START_TEST(a_unix_listener_can_be_adopted)
{
    struct se__address peer;
    int fd = bare_socket(AF_UNIX, SOCK_STREAM, true);
    ck_assert_int_eq(se__socket_adopt_listener(fd), 0);
    ck_assert(is_non_blocking(fd));
    ck_assert(is_closed_by_exec(fd));
    ck_assert_int_eq(se__socket_accept(fd, &peer), -EAGAIN);
    close(fd);
}
END_TEST

START_TEST(a_connecting_socket_is_ours)
{
    struct pair pair = pair_open();
    assert_stream_of_ours(pair.near);
    ck_assert_int_eq(se__socket_connect_result(pair.near), 0);
    ck_assert(!se__socket_is_connected_to_itself(pair.near));
    ck_assert(!se__socket_is_connected_to_itself(pair.far));
    ck_assert(!se__socket_is_connected_to_itself(pair.listen_fd));
    pair_close(&pair);
}
END_TEST

/** The port is bound all the while, so that nobody else can listen on it. */
START_TEST(a_port_where_nobody_listens_refuses)
{
    struct sockaddr_in any_port = io_loopback_address(0);
    struct se__address address;
    int bound_fd = bare_socket(AF_INET, SOCK_STREAM, false);
    int fd = -1;
    ck_assert_int_eq(bind(bound_fd, (struct sockaddr *)&any_port, sizeof(any_port)), 0);
    ck_assert_int_eq(se__socket_local_address(bound_fd, &address), 0);
    int result = se__socket_connect(&address, &fd);
    if (result == -EINPROGRESS) {
        ck_assert_int_gt(io_wait(fd, POLLOUT, environment_patience_ms()), 0);
        result = se__socket_connect_result(fd);
        se__socket_close(fd);
    }
    ck_assert_int_eq(result, -ECONNREFUSED);
    close(bound_fd);
}
END_TEST

/** 224.0.0.1 is a group and no machine, which the kernel says at once and sends nothing. */
START_TEST(a_connect_that_fails_at_once_leaves_nothing_open)
{
    struct se__address address = pair_loopback(7);
    int fd = -1;
    ((struct sockaddr_in *)&address.storage)->sin_addr.s_addr = htonl(0xe0000001);
    ck_assert_int_eq(se__socket_connect(&address, &fd), -ENETUNREACH);
    ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(without_a_descriptor_left_nothing_is_opened)
{
    struct se__address address;
    struct se__address peer;
    int fd = -1;
    int listen_fd = pair_listen();
    int near_fd = pair_connect(listen_fd);
    ck_assert_int_eq(se__socket_local_address(listen_fd, &address), 0);
    ck_assert_int_eq(io_wait(listen_fd, POLLIN, environment_patience_ms()), POLLIN);
    famine_begin();
    ck_assert_int_eq(se__socket_accept(listen_fd, &peer), -EMFILE);
    ck_assert_int_eq(se__socket_connect(&address, &fd), -EMFILE);
    ck_assert_int_eq(se__socket_listen(&address, &fd), -EMFILE);
    famine_end();
    ck_assert_int_eq(fd, -1);
    se__socket_close(near_fd);
    se__socket_close(listen_fd);
}
END_TEST

START_TEST(a_socket_that_is_connected_to_itself_is_found_out)
{
    struct sockaddr_in address = io_loopback_address(0);
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    ck_assert(!se__socket_is_connected_to_itself(fd));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, size), 0);
    ck_assert(se__socket_is_connected_to_itself(fd));
    close(fd);
}
END_TEST

int main(void)
{
    enum { REFUSALS = sizeof(refusals) / sizeof(refusals[0]) };
    Suite *suite = suite_create("listeners and new sockets");
    TCase *tcase = fixture_add_tcase(suite, "descriptors");
    tcase_add_test(tcase, a_listener_has_the_options_that_its_connections_inherit);
    tcase_add_test(tcase, a_second_listener_on_the_port_is_refused);
    tcase_add_test(tcase, an_address_of_no_machine_cannot_be_listened_on);
    tcase_add_test(tcase, nobody_who_waits_is_eagain);
    tcase_add_test(tcase, an_accepted_socket_is_ours_and_its_peer_is_known);
    tcase_add_loop_test(tcase, a_socket_that_is_no_listening_stream_is_refused_and_left_alone, 0, REFUSALS);
    tcase_add_test(tcase, what_is_no_socket_is_refused_and_left_alone);
    tcase_add_test(tcase, a_connected_socket_is_no_listener);
    tcase_add_test(tcase, an_adopted_listener_is_like_one_of_ours);
    tcase_add_test(tcase, a_unix_listener_can_be_adopted);
    tcase_add_test(tcase, a_connecting_socket_is_ours);
    tcase_add_test(tcase, a_port_where_nobody_listens_refuses);
    tcase_add_test(tcase, a_connect_that_fails_at_once_leaves_nothing_open);
    tcase_add_test(tcase, without_a_descriptor_left_nothing_is_opened);
    tcase_add_test(tcase, a_socket_that_is_connected_to_itself_is_found_out);
    return fixture_run(suite);
}
