/* A TUN device lives as long as its descriptor, and a network as long as a thread, a socket or a descriptor is in
 * it. */
#include "link.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <linux/if_tun.h>
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

enum { IPV6_MTU_MIN = 1280, IPV6_PREFIX = 64 };

static const char device[] = "echo0";
static const char *const ipv4_addresses[] = {"10.77.0.1", "10.77.0.2"};
static const char *const ipv6_addresses[] = {"fd77::1", "fd77::2"};
const char *const link_server_addresses[LINK_FAMILIES] = {"10.77.0.1", "fd77::1"};

/** What the kernel's linux/ipv6.h calls in6_ifreq; that header does not go with those of the C library everywhere. */
struct ipv6_address_request {
    struct in6_addr address;
    uint32_t prefix_length;
    int interface_index;
};

static struct ifreq request_for_device(void)
{
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    memcpy(request.ifr_name, device, sizeof(device));
    return request;
}

static void put_address(struct sockaddr *slot, const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    ck_assert_int_eq(inet_pton(AF_INET, text, &address.sin_addr), 1);
    memcpy(slot, &address, sizeof(address));
}

static void give_ipv4_address(int control_fd, const char *text)
{
    struct ifreq request = request_for_device();
    put_address(&request.ifr_addr, text);
    ck_assert_int_eq(ioctl(control_fd, SIOCSIFADDR, &request), 0);
    request = request_for_device();
    put_address(&request.ifr_netmask, "255.255.255.0");
    ck_assert_int_eq(ioctl(control_fd, SIOCSIFNETMASK, &request), 0);
}

/** The kernel takes an address into use a moment after it was given. */
static void give_ipv6_address(const char *text)
{
    struct ipv6_address_request request = {.prefix_length = IPV6_PREFIX,
                                           .interface_index = (int)if_nametoindex(device)};
    ck_assert_int_eq(inet_pton(AF_INET6, text, &request.address), 1);
    int control_fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(control_fd, 0);
    ck_assert_int_eq(ioctl(control_fd, SIOCSIFADDR, &request), 0);
    const struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_addr = request.address};
    int64_t start_ns = clock_now_ns();
    while (bind(control_fd, (const struct sockaddr *)&own, sizeof(own)) != 0) {
        ck_assert_int_lt(clock_ms_since(start_ns), environment_patience_ms());
        poll(NULL, 0, 1);
    }
    close(control_fd);
}

static void configure(enum link_side side, int mtu)
{
    int control_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(control_fd, 0);
    struct ifreq request = request_for_device();
    request.ifr_mtu = mtu;
    ck_assert_int_eq(ioctl(control_fd, SIOCSIFMTU, &request), 0);
    request = request_for_device();
    request.ifr_flags = IFF_UP;
    ck_assert_int_eq(ioctl(control_fd, SIOCSIFFLAGS, &request), 0);
    give_ipv4_address(control_fd, ipv4_addresses[side]);
    if (mtu >= IPV6_MTU_MIN)
        give_ipv6_address(ipv6_addresses[side]);
    close(control_fd);
}

/** A device in the network of this thread, or -1. */
static int open_tun(void)
{
    struct ifreq request = request_for_device();
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (ioctl(fd, TUNSETIFF, &request) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool add_side(struct link *link, enum link_side side, int mtu)
{
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        environment_skip("this system does not allow a process a network of its own");
        return false;
    }
    link->tun_fds[side] = open_tun();
    if (link->tun_fds[side] < 0) {
        environment_skip("this system has no TUN device for a process");
        return false;
    }
    link->network_fds[side] = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(link->network_fds[side], 0);
    configure(side, mtu);
    return true;
}

bool link_begin(struct link *link, int mtu, const struct impairment *impairment, uint64_t seed)
{
    *link = (struct link){.tun_fds = {-1, -1}, .network_fds = {-1, -1}};
    if (!add_side(link, LINK_SERVER, mtu) || !add_side(link, LINK_CLIENT, mtu)) {
        link_end(link);
        return false;
    }
    link->impairer = impairer_start(link->tun_fds, impairment, seed);
    return true;
}

void link_enter(const struct link *link, enum link_side side)
{
    ck_assert_int_eq(setns(link->network_fds[side], CLONE_NEWNET), 0);
}

static void close_if_open(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void leave(struct link *link, enum link_side side)
{
    close_if_open(&link->tun_fds[side]);
    close_if_open(&link->network_fds[side]);
}

static void end_impairer(struct link *link)
{
    if (link->impairer)
        impairer_end(link->impairer);
    link->impairer = NULL;
}

void link_destroy_client(struct link *link)
{
    link_enter(link, LINK_SERVER);
    end_impairer(link);
    leave(link, LINK_CLIENT);
}

void link_end(struct link *link)
{
    end_impairer(link);
    leave(link, LINK_CLIENT);
    leave(link, LINK_SERVER);
}
