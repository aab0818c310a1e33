/* TCP simultaneous open: a client that connects to a free port of its own machine may get that very port as its own and
 * is then connected to itself, where it would echo its own bytes. The client must refuse that.
 *
 * To make the kernel choose that port, the test needs a network of its own with few ports to choose from. Each test
 * forks a child that moves into a new network namespace; where that is not allowed, the test is skipped. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"

enum { FIRST_PORT = 40000, LAST_PORT = 40001, MODES = 3 };

/** How the child ends. */
enum outcome { REFUSED, NOT_PERMITTED, NOT_REPRODUCED, CONNECTED_TO_ITSELF, FAILED };

static bool bring_loopback_up(void)
{
    struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
    strcpy(request.ifr_name, "lo");
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool up = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    close(fd);
    return up;
}

static bool narrow_port_range(void)
{
    int fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool narrowed = dprintf(fd, "%d %d\n", FIRST_PORT, LAST_PORT) > 0;
    close(fd);
    return narrowed;
}

/** A process that may, goes without a user namespace, which one with several threads (a sanitizer's) could not enter.
 */
static bool enter_new_network(void)
{
    return unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static bool enter_network_of_two_ports(void)
{
    return enter_new_network() && bring_loopback_up() && narrow_port_range();
}

/** Whether a bare socket that connects to the port is connected to itself. The reset leaves no TIME_WAIT behind. */
static bool bare_socket_connects_to_itself(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in peer = io_loopback_address(port);
    struct sockaddr_in own = {0};
    socklen_t size = sizeof(own);
    bool itself = connect(fd, (struct sockaddr *)&peer, sizeof(peer)) == 0 &&
                  getsockname(fd, (struct sockaddr *)&own, &size) == 0 && own.sin_port == peer.sin_port;
    io_reset(fd);
    return itself;
}

static int find_port_that_connects_to_itself(void)
{
    enum { ATTEMPTS = 100 };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int port = FIRST_PORT + attempt % 2;
        if (bare_socket_connects_to_itself(port))
            return port;
    }
    return 0;
}

static enum outcome connect_to_itself(int64_t timeout_ms)
{
    enum { ATTEMPTS = 20 };
    if (!enter_network_of_two_ports())
        return NOT_PERMITTED;
    int port = find_port_that_connects_to_itself();
    if (port == 0)
        return NOT_REPRODUCED;
    struct se_client *client = client_new(timeout_ms);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int result = client_connect(client, port);
        if (result == 0)
            return CONNECTED_TO_ITSELF;
        if (result != -ECONNREFUSED || se_client_fd(client) != -ENOTCONN)
            return FAILED;
    }
    se_client_free(client);
    return REFUSED;
}

static enum outcome outcome_of_child(pid_t child)
{
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return (enum outcome)WEXITSTATUS(status);
}

START_TEST(client_refuses_to_be_connected_to_itself)
{
    const int64_t timeouts_ms[MODES] = {SE_TIMEOUT_NONE, 0, environment_patience_ms()};
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit((int)connect_to_itself(timeouts_ms[_i]));
    enum outcome outcome = outcome_of_child(child);
    if (outcome == NOT_PERMITTED)
        environment_skip("no network namespace of its own is permitted");
    else if (outcome == NOT_REPRODUCED)
        environment_skip("this system does not connect a socket to itself");
    else
        ck_assert_int_eq(outcome, REFUSED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("self-connect");
    TCase *tcase = fixture_add_tcase(suite, "simultaneous open");
    tcase_add_loop_test(tcase, client_refuses_to_be_connected_to_itself, 0, MODES);
    return fixture_run(suite);
}
