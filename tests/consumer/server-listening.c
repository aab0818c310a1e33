/* Where a server listens: ports, addresses, and sockets that were opened by somebody else. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include "fixture.h"
#include "frame.h"
#include "raw-peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

void server_listening_checks(void)
{
    run_check("se_server_new_from_fd refuses what does not listen, and leaves it", what_does_not_listen_is_refused);
    run_check("a listening socket is taken over and closed at the end", a_listening_socket_is_taken_over);
    run_check("a port in use is EADDRINUSE, and free again with its server", a_port_has_one_server);
    run_check("the address is text that fits or is refused", the_address_is_text);
    run_check("IPv6 works where the machine has it", ipv6_works_where_the_machine_has_it);
    run_check("a server listens on 127.0.0.1 alone unless told more", a_server_listens_where_it_was_told);
}
