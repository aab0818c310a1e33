/* Every bad argument of the server's functions, and the sockets that se_server_new_from_fd() takes or refuses. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "endpoints.h"
#include "fixture.h"
#include "io.h"
#include "raw.h"

enum { BACKLOG = 16 };

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

START_TEST(new_refuses_ports_out_of_range)
{
    static const int ports[] = {0, -2, -65536, 65536, 65537, 131072, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        struct se_server *server = (struct se_server *)&server;
        ck_assert_int_eq(se_server_new(NULL, ports[i], &server), -EINVAL);
        ck_assert_ptr_null(server);
    }
}
END_TEST

START_TEST(new_needs_a_place_for_the_server)
{
    ck_assert_int_eq(se_server_new(NULL, SE_PORT_ANY, NULL), -EINVAL);
    ck_assert_int_eq(se_server_new_from_fd(0, NULL), -EINVAL);
}
END_TEST

START_TEST(new_refuses_hosts_that_it_cannot_bind)
{
    struct se_server *server = (struct se_server *)&server;
    ck_assert_int_eq(se_server_new("no-such-host.invalid", SE_PORT_ANY, &server), SE_ERESOLVE);
    ck_assert_ptr_null(server);
    server = (struct se_server *)&server;
    ck_assert_int_eq(se_server_new("192.0.2.1", SE_PORT_ANY, &server), -EADDRNOTAVAIL);
    ck_assert_ptr_null(server);
}
END_TEST

START_TEST(new_refuses_a_port_in_use)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    struct se_server *second = (struct se_server *)&second;
    ck_assert_int_eq(se_server_new(NULL, se_server_port(server), &second), -EADDRINUSE);
    ck_assert_ptr_null(second);
    se_server_free(server);
}
END_TEST

START_TEST(port_can_be_used_again_at_once)
{
    struct se_server *server = server_started(SE_POLLER_AUTO);
    int port = se_server_port(server);
    int fd = raw_connect(port);
    ck_assert_int_eq(se_server_stop(server), 0);
    raw_expect_fin(fd);
    close(fd);
    ck_assert_int_eq(se_server_join(server), 0);
    se_server_free(server);
    ck_assert_int_eq(se_server_new(NULL, port, &server), 0);
    ck_assert_int_eq(se_server_port(server), port);
    se_server_free(server);
}
END_TEST

START_TEST(every_function_refuses_a_null_server)
{
    char text[64];
    ck_assert_int_eq(se_server_port(NULL), -EINVAL);
    ck_assert_int_eq(se_server_address(NULL, text, sizeof(text)), -EINVAL);
    ck_assert_int_eq(se_server_set_blocking(NULL, 1), -EINVAL);
    ck_assert_int_eq(se_server_set_timeout(NULL, 1), -EINVAL);
    ck_assert_int_eq(se_server_get_timeout(NULL), -EINVAL);
    ck_assert_int_eq(se_server_set_poller(NULL, SE_POLLER_AUTO), -EINVAL);
    ck_assert_int_eq(se_server_run(NULL), -EINVAL);
    ck_assert_int_eq(se_server_stop(NULL), -EINVAL);
    ck_assert_int_eq(se_server_start(NULL), -EINVAL);
    ck_assert_int_eq(se_server_join(NULL), -EINVAL);
    se_server_free(NULL);
}
END_TEST

START_TEST(setters_refuse_what_is_out_of_range_and_keep_what_was)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_get_timeout(server), SE_TIMEOUT_NONE);
    ck_assert_int_eq(se_server_set_timeout(server, 1234), 0);
    ck_assert_int_eq(se_server_set_timeout(server, -2), -EINVAL);
    ck_assert_int_eq(se_server_set_timeout(server, INT64_MIN), -EINVAL);
    ck_assert_int_eq(se_server_set_blocking(server, 2), -EINVAL);
    ck_assert_int_eq(se_server_set_blocking(server, -1), -EINVAL);
    ck_assert_int_eq(se_server_set_poller(server, 99), -EINVAL);
    ck_assert_int_eq(se_server_set_poller(server, -1), -EINVAL);
    ck_assert_int_eq(se_server_get_timeout(server), 1234);
    se_server_free(server);
}
END_TEST

START_TEST(the_longest_timeout_of_a_run_does_not_overflow)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_timeout(server, INT64_MAX), 0);
    ck_assert_int_eq(se_server_get_timeout(server), INT64_MAX);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(se_server_port(server));
    server_end(server);
}
END_TEST

START_TEST(address_needs_room_for_the_whole_text)
{
    struct se_server *server = server_new(SE_POLLER_AUTO);
    char text[64];
    int length = se_server_address(server, text, sizeof(text));
    ck_assert_int_eq(length, (int)strlen(text));
    ck_assert_int_eq(se_server_address(server, text, (size_t)length + 1), length);
    ck_assert_int_eq(se_server_address(server, text, (size_t)length), -ENOSPC);
    ck_assert_str_eq(text, "");
    memset(text, 'x', sizeof(text));
    ck_assert_int_eq(se_server_address(server, text, 0), -ENOSPC);
    ck_assert_int_eq(text[0], 'x');
    ck_assert_int_eq(se_server_address(server, NULL, sizeof(text)), -EINVAL);
    se_server_free(server);
}
END_TEST

/** Asserts that the descriptor is refused, and that it is still open and the caller's. */
static void assert_refused(int fd, int error)
{
    struct se_server *server = (struct se_server *)&server;
    ck_assert_int_ge(fd, 0);
    int status_flags = fcntl(fd, F_GETFL);
    ck_assert_int_eq(se_server_new_from_fd(fd, &server), error);
    ck_assert_ptr_null(server);
    ck_assert(is_open(fd));
    ck_assert_int_eq(fcntl(fd, F_GETFL), status_flags);
    close(fd);
}

START_TEST(from_fd_refuses_what_does_not_listen)
{
    int pipe_ends[2];
    ck_assert_int_eq(pipe(pipe_ends), 0);
    assert_refused(pipe_ends[0], -ENOTSOCK);
    assert_refused(pipe_ends[1], -ENOTSOCK);
    assert_refused(open("/dev/null", O_RDWR), -ENOTSOCK);
    assert_refused(socket(AF_INET, SOCK_STREAM, 0), -EINVAL);
    assert_refused(socket(AF_INET, SOCK_DGRAM, 0), -EINVAL);
    struct se_server *server = server_started(SE_POLLER_AUTO);
    assert_refused(raw_connect(se_server_port(server)), -EINVAL);
    server_end(server);
}
END_TEST

START_TEST(from_fd_refuses_what_is_no_descriptor)
{
    struct se_server *server = (struct se_server *)&server;
    int closed_fd = open("/dev/null", O_RDONLY);
    close(closed_fd);
    ck_assert_int_eq(se_server_new_from_fd(closed_fd, &server), -EBADF);
    ck_assert_ptr_null(server);
    ck_assert_int_eq(se_server_new_from_fd(-1, &server), -EBADF);
    ck_assert_int_eq(se_server_new_from_fd(INT32_MAX, &server), -EBADF);
}
END_TEST

START_TEST(from_fd_serves_on_a_listening_socket_and_closes_it)
{
    int port = 0;
    int fd = io_listen(BACKLOG, 0, &port);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fcntl(fd, F_SETFD, 0), 0);
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new_from_fd(fd, &server), 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_eq(se_server_port(server), port);
    ck_assert_int_eq(se_server_start(server), 0);
    raw_assert_served(port);
    server_end(server);
    ck_assert(!is_open(fd));
}
END_TEST

static int listen_on_unix_socket(struct sockaddr_un *address_out, socklen_t *size_out)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un any = {.sun_family = AF_UNIX};
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof(any.sun_family)), 0);
    ck_assert_int_eq(listen(fd, BACKLOG), 0);
    *size_out = sizeof(*address_out);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address_out, size_out), 0);
    return fd;
}

/** Linux gives a unix socket that is bound to nothing an abstract name of its own. */
START_TEST(from_fd_serves_on_a_unix_socket_that_has_no_port)
{
    static const uint8_t message[] = "no port";
    struct sockaddr_un address;
    socklen_t size = 0;
    struct se_server *server = NULL;
    ck_assert_int_eq(se_server_new_from_fd(listen_on_unix_socket(&address, &size), &server), 0);
    ck_assert_int_eq(se_server_port(server), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, size), 0);
    raw_exchange(fd, message, sizeof(message), sizeof(message));
    server_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arguments of the server");
    TCase *tcase = fixture_add_tcase(suite, "refused and accepted");
    tcase_add_test(tcase, new_refuses_ports_out_of_range);
    tcase_add_test(tcase, new_needs_a_place_for_the_server);
    tcase_add_test(tcase, new_refuses_hosts_that_it_cannot_bind);
    tcase_add_test(tcase, new_refuses_a_port_in_use);
    tcase_add_test(tcase, port_can_be_used_again_at_once);
    tcase_add_test(tcase, every_function_refuses_a_null_server);
    tcase_add_test(tcase, setters_refuse_what_is_out_of_range_and_keep_what_was);
    tcase_add_test(tcase, the_longest_timeout_of_a_run_does_not_overflow);
    tcase_add_test(tcase, address_needs_room_for_the_whole_text);
    tcase_add_test(tcase, from_fd_refuses_what_does_not_listen);
    tcase_add_test(tcase, from_fd_refuses_what_is_no_descriptor);
    tcase_add_test(tcase, from_fd_serves_on_a_listening_socket_and_closes_it);
    tcase_add_test(tcase, from_fd_serves_on_a_unix_socket_that_has_no_port);
    return fixture_run(suite);
}
