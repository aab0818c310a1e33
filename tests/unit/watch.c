/* Everything here is local to the process, so that what was written is there when write(2) returns: no wait needed. */
#include "watch.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sockecho/server.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "environment.h"

static const int kinds[WATCH_KINDS] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

struct se__poller *watch_open(int kind_index)
{
    int kind = kinds[kind_index];
    if (se__poller_check(kind) == -ENOSYS) {
        environment_skip("this build has no such poller");
        return NULL;
    }
    struct se__poller *poller = NULL;
    ck_assert_int_eq(se__poller_new(kind, &poller), 0);
    ck_assert_ptr_nonnull(poller);
    return poller;
}

static int by_value(const void *a, const void *b)
{
    uint64_t tag_a = *(const uint64_t *)a;
    uint64_t tag_b = *(const uint64_t *)b;
    return (tag_a > tag_b) - (tag_a < tag_b);
}

struct watch_events watch_wait(struct se__poller *poller, int timeout_ms)
{
    struct se__poller_event events[SE__POLLER_EVENTS_MAX];
    struct watch_events sorted = {0};
    int count = se__poller_wait(poller, events, timeout_ms);
    ck_assert_int_ge(count, 0);
    ck_assert_int_le(count, SE__POLLER_EVENTS_MAX);
    sorted.count = (size_t)count;
    for (size_t i = 0; i < sorted.count; i++)
        sorted.tags[i] = events[i].tag;
    qsort(sorted.tags, sorted.count, sizeof(sorted.tags[0]), by_value);
    return sorted;
}

void watch_expect_none(struct se__poller *poller)
{
    ck_assert_uint_eq(watch_wait(poller, 0).count, 0);
}

void watch_expect(struct se__poller *poller, uint64_t tag)
{
    struct watch_events events = watch_wait(poller, 0);
    ck_assert_uint_eq(events.count, 1);
    ck_assert_uint_eq(events.tags[0], tag);
}

void watch_pair(int ends_out[2])
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_out), 0);
}

void watch_pipe(int ends_out[2])
{
    ck_assert_int_eq(pipe2(ends_out, O_NONBLOCK | O_CLOEXEC), 0);
}

void watch_write(int fd, const char *text)
{
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

void watch_read(int fd, const char *expected)
{
    char text[64] = "";
    ck_assert_int_eq(read(fd, text, sizeof(text) - 1), (ssize_t)strlen(expected));
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(read(fd, text, 1), -1);
    ck_assert_int_eq(errno, EAGAIN);
}

void watch_fill(int fd)
{
    static const char bytes[4096];
    ssize_t written = 0;
    for (size_t size = sizeof(bytes); size > 0; size /= 2)
        while ((written = write(fd, bytes, size)) > 0)
            ;
    ck_assert_int_eq(errno, EAGAIN);
}
