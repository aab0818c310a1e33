/* Which families a listener serves on a system whose default keeps IPv4 out of IPv6 (net.ipv6.bindv6only): the hook of
 * socket(2) makes every IPv6 socket begin as it does there. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "environment.h"
#include "families.h"
#include "fixture.h"
#include "io.h"
#include "system/socket.h"

int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);

int __wrap_socket(int family, int type, int protocol)
{
    int fd = __real_socket(family, type, protocol);
    const int on = 1;
    if (fd >= 0 && family == AF_INET6)
        ck_assert_int_eq(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)), 0);
    return fd;
}

static struct se__address every_address(void)
{
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any};
    struct se__address address = {.length = sizeof(ipv6)};
    memcpy(&address.storage, &ipv6, sizeof(ipv6));
    return address;
}

static int listen_on_every_address(void)
{
    struct se__address address = every_address();
    int fd = -1;
    ck_assert_int_eq(se__socket_listen(&address, &fd), 0);
    return fd;
}

static bool is_for_ipv6_alone(int fd)
{
    int value = -1;
    socklen_t size = sizeof(value);
    ck_assert_int_eq(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &size), 0);
    return value != 0;
}

static int port_of(int fd)
{
    struct se__address address;
    ck_assert_int_eq(se__socket_local_address(fd, &address), 0);
    return se__address_port(&address);
}

START_TEST(a_listener_on_every_address_is_for_both_families)
{
    if (!ipv6_available())
        return;
    int fd = listen_on_every_address();
    ck_assert(!is_for_ipv6_alone(fd));
    struct sockaddr_in ipv4 = io_loopback_address(port_of(fd));
    struct se__address address = {.length = sizeof(ipv4)};
    memcpy(&address.storage, &ipv4, sizeof(ipv4));
    int peer = -1;
    int result = se__socket_connect(&address, &peer);
    ck_assert(result == 0 || result == -EINPROGRESS);
    ck_assert_int_eq(io_wait(fd, POLLIN, environment_patience_ms()), POLLIN);
    se__socket_close(peer);
    se__socket_close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("families of a listener");
    TCase *tcase = fixture_add_tcase(suite, "IPv6");
    tcase_add_test(tcase, a_listener_on_every_address_is_for_both_families);
    return fixture_run(suite);
}
