/* Linux makes a network namespace for whoever may administer the network; a user namespace of its own allows that to
 * everybody, where the system allows those. */
#include "own-network.h"

#include <arpa/inet.h>
#include <check.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "environment.h"

/** What the kernel's linux/ipv6.h calls in6_ifreq; that header does not go with those of the C library everywhere.
 * Tools that watch system calls expect it to be as large as the request for IPv4. */
union ipv6_address_request {
    struct {
        struct in6_addr address;
        uint32_t prefix_length;
        int interface_index;
    } of;
    struct ifreq ipv4;
};

static void bring_loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ioctl(fd, SIOCGIFFLAGS, &request), 0);
    request.ifr_flags |= IFF_UP;
    ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    close(fd);
}

bool own_network_enter(void)
{
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        environment_skip("this system does not allow a process a network of its own");
        return false;
    }
    bring_loopback_up();
    return true;
}

/** The kernel takes an address into use a moment after it was given. */
static void await_use(int fd, const struct in6_addr *address)
{
    const struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_addr = *address};
    int64_t start_ns = clock_now_ns();
    int result = -1;
    while ((result = bind(fd, (const struct sockaddr *)&own, sizeof(own))) != 0 &&
           clock_ms_since(start_ns) < environment_patience_ms())
        poll(NULL, 0, 1);
    ck_assert_int_eq(result, 0);
}

void own_network_add(const char *ipv6_address)
{
    union ipv6_address_request request;
    memset(&request, 0, sizeof(request));
    request.of.prefix_length = 128;
    request.of.interface_index = (int)if_nametoindex("lo");
    ck_assert_int_eq(inet_pton(AF_INET6, ipv6_address, &request.of.address), 1);
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ioctl(fd, SIOCSIFADDR, &request), 0);
    await_use(fd, &request.of.address);
    close(fd);
}
