/* The numbers of descriptors are small: a table of them serves. */
#include "ledger.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "verdict.h"

enum { FDS_MAX = 128 };

enum owner { NOBODY, LIBRARY, HARNESS };

int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *length);

static atomic_int owners[FDS_MAX];
static atomic_llong receive_timeouts_ns[FDS_MAX];
static atomic_bool is_shut[FDS_MAX];
static atomic_bool is_connecting[FDS_MAX];
static atomic_long goods[GOODS];
static int open_at_first;

/** The real call, whatever it is called. */
static int count_open(void)
{
    int count = 0;
    for (int fd = 0; fd < FDS_MAX; fd++)
        count += syscall(SYS_fcntl, fd, F_GETFD) >= 0;
    return count;
}

void ledger_begin(void)
{
    for (int fd = 0; fd < FDS_MAX; fd++)
        atomic_store(&owners[fd], NOBODY);
    open_at_first = count_open();
}

static void check_goods(void)
{
    static const char *const names[GOODS] = {"memory", "locks", "conditions", "threads", "address lists", "folders"};
    for (int good = 0; good < GOODS; good++) {
        long left = atomic_load(&goods[good]);
        if (left != 0)
            verdict_fail("leaks: %ld of its %s %s left", left, names[good], left == 1 ? "is" : "are");
    }
}

void ledger_end(void)
{
    check_goods();
    for (int fd = 0; fd < FDS_MAX; fd++)
        if (atomic_load(&owners[fd]) == LIBRARY)
            verdict_fail("leaks: descriptor %d", fd);
    int open_now = count_open();
    if (open_now != open_at_first)
        verdict_fail("leaks: %d descriptors were open, %d are now", open_at_first, open_now);
}

void ledger_take(enum good good)
{
    atomic_fetch_add(&goods[good], 1);
}

void ledger_give_back(enum good good)
{
    atomic_fetch_sub(&goods[good], 1);
}

static void set_owner(int fd, enum owner owner)
{
    if (fd >= FDS_MAX)
        verdict_fail("the harness knows no descriptor above %d", FDS_MAX);
    if (fd < 0)
        return;
    atomic_store(&receive_timeouts_ns[fd], -1);
    atomic_store(&is_shut[fd], false);
    atomic_store(&is_connecting[fd], false);
    atomic_store(&owners[fd], (int)owner);
}

void ledger_add_fd(int fd)
{
    set_owner(fd, LIBRARY);
}

void ledger_remove_fd(int fd)
{
    set_owner(fd, NOBODY);
}

void ledger_watch_fd(int fd)
{
    set_owner(fd, HARNESS);
}

void ledger_check_fd(int fd, const char *use)
{
    if (fd < 0 || fd >= FDS_MAX || atomic_load(&owners[fd]) != LIBRARY)
        verdict_fail("%s: descriptor %d is not the library's", use, fd);
}

bool ledger_shuts_first(int fd)
{
    return fd >= 0 && fd < FDS_MAX && !atomic_exchange(&is_shut[fd], true);
}

bool ledger_connects_first(int fd)
{
    return fd >= 0 && fd < FDS_MAX && !atomic_exchange(&is_connecting[fd], true);
}

void ledger_set_receive_timeout(int fd, int64_t timeout_ns)
{
    atomic_store(&receive_timeouts_ns[fd], timeout_ns);
}

int64_t ledger_receive_timeout(int fd)
{
    return atomic_load(&receive_timeouts_ns[fd]);
}

static bool has_unacknowledged(int fd)
{
    struct tcp_info info;
    socklen_t length = sizeof(info);
    if (__real_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
        return false; /* no TCP */
    return info.tcpi_state != TCP_LISTEN && info.tcpi_unacked > 0;
}

bool ledger_is_in_flight(void)
{
    for (int fd = 0; fd < FDS_MAX; fd++)
        if (atomic_load(&owners[fd]) != NOBODY && has_unacknowledged(fd))
            return true;
    return false;
}
