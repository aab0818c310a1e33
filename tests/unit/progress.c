/* How long ago bytes last went out to a peer, as the kernel tells it; what it tells is the test's. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "fixture.h"
#include "system/progress.h"
#include "system/socket.h"

enum { FD = 20, TICK_MS = 10 };

static uint32_t told_ms;
static int told_error;
static int questions;

int __wrap_se__socket_get_option(int fd, int level, int option, void *value_out, size_t size);

int __wrap_se__socket_get_option(int fd, int level, int option, void *value_out, size_t size)
{
    struct tcp_info info = {.tcpi_last_data_sent = told_ms};
    questions++;
    ck_assert_int_eq(fd, FD);
    ck_assert_int_eq(level, IPPROTO_TCP);
    ck_assert_int_eq(option, TCP_INFO);
    ck_assert_uint_eq(size, sizeof(info));
    memcpy(value_out, &info, sizeof(info));
    return told_error;
}

/** A tick of the kernel may be counted too much: nobody is taken for older than he is. */
static const struct {
    uint32_t told_ms;
    int64_t age_ms;
} ages[] = {{0, 0},
            {1, 0},
            {TICK_MS - 1, 0},
            {TICK_MS, 0},
            {TICK_MS + 1, 1},
            {5000, 5000 - TICK_MS},
            {UINT32_MAX, (int64_t)UINT32_MAX - TICK_MS}};

START_TEST(the_age_is_what_the_kernel_tells_without_a_tick)
{
    questions = 0;
    told_ms = ages[_i].told_ms;
    ck_assert_int_eq(se__progress_age_ms(FD), ages[_i].age_ms);
    ck_assert_int_eq(questions, 1);
}
END_TEST

START_TEST(where_the_kernel_tells_nothing_there_is_no_age)
{
    told_ms = 5000;
    told_error = -EOPNOTSUPP;
    ck_assert_int_eq(se__progress_age_ms(FD), -1);
    told_error = 0;
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress of a peer");
    TCase *tcase = fixture_add_tcase(suite, "age");
    tcase_add_loop_test(tcase, the_age_is_what_the_kernel_tells_without_a_tick, 0, sizeof(ages) / sizeof(ages[0]));
    tcase_add_test(tcase, where_the_kernel_tells_nothing_there_is_no_age);
    return fixture_run(suite);
}
