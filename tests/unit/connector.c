/* An attempt to connect to several addresses: which is tried when, and what ends it. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/connector.h"
#include "environment.h"
#include "fixture.h"
#include "io.h"
#include "mishap.h"
#include "pair.h"
#include "system/socket.h"

enum { ADDRESSES = 2 };

static struct se__connector connector;
static int listen_fd;

/** The first address refuses or answers; the second one answers. */
static void begin(bool first_answers)
{
    listen_fd = pair_listen();
    struct se__address answers;
    ck_assert_int_eq(se__socket_local_address(listen_fd, &answers), 0);
    connector = (struct se__connector){.fd = -1, .count = ADDRESSES};
    connector.addresses = calloc(ADDRESSES, sizeof(*connector.addresses));
    ck_assert_ptr_nonnull(connector.addresses);
    int unused = pair_listen();
    ck_assert_int_eq(se__socket_local_address(unused, &connector.addresses[0]), 0);
    close(unused);
    if (first_answers)
        connector.addresses[0] = answers;
    connector.addresses[1] = answers;
}

static int advance_to_end(void)
{
    int result = 0;
    while ((result = se__connector_advance(&connector)) == -EINPROGRESS)
        ck_assert_int_gt(io_wait(connector.fd, POLLOUT, environment_patience_ms()), 0);
    return result;
}

static void end(int result)
{
    ck_assert_int_eq(connector.fd >= 0, result == 0);
    if (connector.fd >= 0)
        se__socket_close(connector.fd);
    se__connector_end(&connector);
    close(listen_fd);
}

START_TEST(the_next_address_waits_for_the_end_of_the_first_attempt)
{
    begin(true);
    int result = advance_to_end();
    ck_assert_int_eq(result, 0);
    ck_assert_int_eq(connector.next, 1);
    end(result);
}
END_TEST

START_TEST(the_next_address_is_tried_after_a_refusal)
{
    begin(false);
    int result = advance_to_end();
    ck_assert_int_eq(result, 0);
    ck_assert_int_eq(connector.next, 2);
    end(result);
}
END_TEST

/** Behind it is nobody, whatever it echoes. */
START_TEST(an_attempt_that_is_connected_to_itself_is_refused)
{
    bool has_next = _i == 1;
    begin(true);
    connector.fd = pair_connect_to_itself();
    connector.next = has_next ? 1 : ADDRESSES;
    int result = advance_to_end();
    ck_assert_int_eq(result, has_next ? 0 : -ECONNREFUSED);
    ck_assert_int_eq(connector.next, ADDRESSES);
    end(result);
}
END_TEST

/** Which call fails for the first address, and what the attempt then comes to. */
struct failure {
    const char *function;
    int error;
    int result;
    int nth; /**< 1: the first one is no matter of the connector's, or an option that it can do without */
};

static const struct failure failures[] = {
    {.function = "socket", .error = EAFNOSUPPORT, .result = 0},
    {.function = "socket", .error = EMFILE, .result = -EMFILE},
    {.function = "socket", .error = ENFILE, .result = -ENFILE},
    {.function = "socket", .error = ENOBUFS, .result = -ENOBUFS},
    {.function = "socket", .error = ENOMEM, .result = -ENOMEM},
    {.function = "connect", .error = EAGAIN, .result = 0},
    {.function = "connect", .error = ENETUNREACH, .result = 0},
    {.function = "setsockopt", .error = EINVAL, .result = 0, .nth = 1},
    {.function = "poll", .error = EINTR, .result = 0, .nth = 1},
    {.function = "poll", .error = EINVAL, .result = 0, .nth = 1},
    {.function = "getsockopt", .error = ENOBUFS, .result = -ENOBUFS},
};

/** What is for want of memory or descriptors fails for the next address as well. */
START_TEST(a_failure_for_want_of_something_is_final_and_others_are_not)
{
    const struct failure *failure = &failures[_i];
    begin(true);
    mishap_begin(failure->function, failure->nth, failure->error, false);
    int result = advance_to_end();
    ck_assert(mishap_end());
    ck_assert_int_eq(result, failure->result);
    end(result);
}
END_TEST

START_TEST(without_any_port_left_the_last_address_says_so)
{
    begin(true);
    mishap_begin("connect", 0, EAGAIN, true);
    int result = advance_to_end();
    ck_assert(mishap_end());
    ck_assert_int_eq(result, -EADDRNOTAVAIL);
    end(result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connector");
    TCase *tcase = fixture_add_tcase(suite, "addresses");
    tcase_add_test(tcase, the_next_address_waits_for_the_end_of_the_first_attempt);
    tcase_add_test(tcase, the_next_address_is_tried_after_a_refusal);
    tcase_add_loop_test(tcase, a_failure_for_want_of_something_is_final_and_others_are_not, 0,
                        sizeof(failures) / sizeof(failures[0]));
    tcase_add_test(tcase, without_any_port_left_the_last_address_says_so);
    tcase_add_loop_test(tcase, an_attempt_that_is_connected_to_itself_is_refused, 0, 2);
    return fixture_run(suite);
}
