/* Local ports that run out: in a network of the process's own, where the range of them is narrow. What the engine could
 * not open it must say. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoints.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "loads.h"
#include "own-network.h"

enum { CONNECTIONS = 60, EACH = 3, FIRST_PORT = 20000, PORTS = 30 };

/** Says so where the system does not allow it. */
static bool narrow_ports(void)
{
    char range[32];
    int length = snprintf(range, sizeof(range), "%d %d", FIRST_PORT, FIRST_PORT + PORTS - 1);
    int fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC);
    bool is_narrow = fd >= 0 && write(fd, range, (size_t)length) == length;
    if (fd >= 0)
        close(fd);
    if (!is_narrow)
        environment_skip("the range of local ports cannot be set here");
    return is_narrow;
}

/** While the test itself has all ports, not even the first connection gets one. */
static void assert_no_port_is_left(struct se_load *load, int port)
{
    int fds[PORTS];
    for (int i = 0; i < PORTS; i++) {
        struct sockaddr_in address = io_loopback_address(FIRST_PORT + i);
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(fds[i], (struct sockaddr *)&address, sizeof(address)), 0);
    }
    load_run(load, port);
    assert_load_stat(load, SE_LOAD_CONNECTED, 0);
    assert_load_stat(load, SE_LOAD_NO_PORT, CONNECTIONS);
    assert_load_stat(load, SE_LOAD_SENT, 0);
    for (int i = 0; i < PORTS; i++)
        close(fds[i]);
}

/** The server has its port before the range is narrowed. */
START_TEST(connections_without_a_local_port_are_told_and_the_others_go_on)
{
    if (!own_network_enter())
        return;
    struct se_server *server = server_started(SE_POLLER_AUTO);
    if (!narrow_ports()) {
        server_end(server);
        return;
    }
    struct se_load *load = load_of_count(CONNECTIONS, 64, 2, CONNECTIONS * EACH);
    assert_no_port_is_left(load, se_server_port(server));
    load_run(load, se_server_port(server));
    int64_t connected = se_load_stat(load, SE_LOAD_CONNECTED);
    assert_load_stat_between(load, SE_LOAD_CONNECTED, PORTS / 2, PORTS);
    assert_load_stat(load, SE_LOAD_NO_PORT, CONNECTIONS - connected);
    assert_load_stat(load, SE_LOAD_RETURNED, connected * EACH);
    assert_load_stat(load, SE_LOAD_UNSENT, (CONNECTIONS - connected) * EACH);
    assert_load_stat(load, SE_LOAD_LOST, 0);
    assert_load_stat(load, SE_LOAD_REFUSED, 0);
    assert_load_stat(load, SE_LOAD_NO_DESCRIPTOR, 0);
    se_load_free(load);
    server_end(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("local ports of a load");
    TCase *tcase = fixture_add_tcase(suite, "ports");
    tcase_add_test(tcase, connections_without_a_local_port_are_told_and_the_others_go_on);
    return fixture_run(suite);
}
