/* An attempt to connect, call by call, to hosts and to the file of a unix socket. The sockets are a script: each call
 * returns what the story says, and is written down. */
#include <errno.h>
#include <poll.h>
#include <sockecho/error.h>
#include <stdlib.h>
#include <string.h>

#include "client/connector.h"
#include "fixture.h"
#include "system/socket.h"

enum { FD = 7, PORT = 7, STEPS_MAX = 6, LOG_SIZE = 100, PATH_TOO_LONG = 200 };

/** The calls of an attempt, and what they return in that order; a pending attempt is asked once more. */
struct story {
    const char *path;  /**< NULL: to two hosts */
    const char *calls; /**< "connect:1" to the first of them */
    int results[STEPS_MAX];
    int times; /**< how often to advance */
    int result;
    int next; /**< which is tried next */
    int fd;
};

static const struct story *story;
static struct se__connector connector;
static int results_given;
static char calls_made[LOG_SIZE];
static int refused_allocations;

int __wrap_se__socket_connect(const struct se__address *address, int *fd_out);
int __wrap_se__socket_connect_result(int fd);
bool __wrap_se__socket_is_connected_to_itself(int fd);
int __wrap_se__socket_wait(int fd, int events, int timeout_ms);
void __wrap_se__socket_abort(int fd);
int __wrap_se__address_resolve(const char *host, int port, struct se__address **list_out);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static void write_down(const char *call)
{
    ck_assert_uint_lt(strlen(calls_made) + strlen(call) + 2, sizeof(calls_made));
    strcat(strcat(calls_made, call), " ");
    ck_assert_msg(strncmp(story->calls, calls_made, strlen(calls_made)) == 0, "%s", calls_made);
}

static int next_result(const char *call)
{
    write_down(call);
    return story->results[results_given++];
}

/** The descriptor is there as soon as the attempt has begun. */
int __wrap_se__socket_connect(const struct se__address *address, int *fd_out)
{
    ptrdiff_t number = address - connector.addresses;
    ck_assert(number == 0 || number == 1);
    int result = next_result(number == 0 ? "connect:1" : "connect:2");
    *fd_out = result == 0 || result == -EINPROGRESS ? FD : -1;
    return result;
}

int __wrap_se__socket_connect_result(int fd)
{
    ck_assert_int_eq(fd, FD);
    return next_result("result");
}

bool __wrap_se__socket_is_connected_to_itself(int fd)
{
    ck_assert_int_eq(fd, FD);
    return next_result("itself?") != 0;
}

int __wrap_se__socket_wait(int fd, int events, int timeout_ms)
{
    ck_assert_int_eq(fd, FD);
    ck_assert_int_eq(events, POLLOUT);
    ck_assert_int_eq(timeout_ms, 0);
    return next_result("look");
}

void __wrap_se__socket_abort(int fd)
{
    ck_assert_int_eq(fd, FD);
    write_down("abort");
}

int __wrap_se__address_resolve(const char *host, int port, struct se__address **list_out)
{
    ck_assert_int_eq(port, PORT);
    if (strcmp(host, "two") != 0)
        return SE_ERESOLVE;
    *list_out = calloc(2, sizeof **list_out);
    ck_assert_ptr_nonnull(*list_out);
    return 2;
}

void *__wrap_malloc(size_t size)
{
    if (refused_allocations == 0)
        return __real_malloc(size);
    refused_allocations--;
    return NULL;
}

static const struct story stories[] = {
    {.calls = "connect:1 itself? ", .results = {0, 0}, .times = 1, .next = 1, .fd = FD},
    {.calls = "connect:1 look result itself? ",
     .results = {-EINPROGRESS, POLLOUT, 0, 0},
     .times = 2,
     .next = 1,
     .fd = FD},
    /* Nobody has answered yet, or the question failed: the attempt goes on. */
    {.calls = "connect:1 look ", .results = {-EINPROGRESS, 0}, .times = 2, .result = -EINPROGRESS, .next = 1, .fd = FD},
    {.calls = "connect:1 look ",
     .results = {-EINPROGRESS, -EINTR},
     .times = 2,
     .result = -EINPROGRESS,
     .next = 1,
     .fd = FD},
    {.calls = "connect:1 look ",
     .results = {-EINPROGRESS, -ENOMEM},
     .times = 2,
     .result = -EINPROGRESS,
     .next = 1,
     .fd = FD},
    /* Whoever cannot be asked, refuses or is nobody is given up for the next one. */
    {.calls = "connect:1 look abort connect:2 itself? ",
     .results = {-EINPROGRESS, -EINVAL, 0, 0},
     .times = 2,
     .next = 2,
     .fd = FD},
    {.calls = "connect:1 look result abort connect:2 itself? ",
     .results = {-EINPROGRESS, POLLERR, -ECONNREFUSED, 0, 0},
     .times = 2,
     .next = 2,
     .fd = FD},
    /* Somebody else has closed it: the number may be another's by now. */
    {.calls = "connect:1 look result connect:2 itself? ",
     .results = {-EINPROGRESS, POLLNVAL, -EBADF, 0, 0},
     .times = 2,
     .next = 2,
     .fd = FD},
    {.calls = "connect:1 itself? abort connect:2 itself? ", .results = {0, 1, 0, 0}, .times = 1, .next = 2, .fd = FD},
    {.calls = "connect:1 connect:2 ",
     .results = {-ECONNREFUSED, -EINPROGRESS},
     .times = 1,
     .result = -EINPROGRESS,
     .next = 2,
     .fd = FD},
    {.calls = "connect:1 connect:2 ",
     .results = {-ECONNREFUSED, -ENETUNREACH},
     .times = 1,
     .result = -ENETUNREACH,
     .next = 2,
     .fd = -1},
    {.calls = "connect:1 connect:2 itself? abort ",
     .results = {-ECONNREFUSED, 0, 1},
     .times = 1,
     .result = -ECONNREFUSED,
     .next = 2,
     .fd = -1},
    /* No port is left for the one address, and perhaps for the other. */
    {.calls = "connect:1 connect:2 ",
     .results = {-EAGAIN, -EAGAIN},
     .times = 1,
     .result = -EADDRNOTAVAIL,
     .next = 2,
     .fd = -1},
    /* Without descriptors or memory no other address helps. */
    {.calls = "connect:1 ", .results = {-EMFILE}, .times = 1, .result = -EMFILE, .next = 1, .fd = -1},
    {.calls = "connect:1 look result abort ",
     .results = {-EINPROGRESS, POLLERR, -ENOMEM},
     .times = 2,
     .result = -ENOMEM,
     .next = 1,
     .fd = -1},
    /* A unix socket whose queue is full is asked again, each time once. */
    {.path = "x",
     .calls = "connect:1 connect:1 ",
     .results = {-EAGAIN, -EAGAIN},
     .times = 2,
     .result = -EAGAIN,
     .next = 0,
     .fd = -1},
    {.path = "x", .calls = "connect:1 connect:1 itself? ", .results = {-EAGAIN, 0, 0}, .times = 2, .next = 1, .fd = FD},
    {.path = "x", .calls = "connect:1 ", .results = {-ENOENT}, .times = 1, .result = -ENOENT, .next = 1, .fd = -1},
};

START_TEST(an_attempt_makes_these_calls)
{
    story = &stories[_i];
    results_given = 0;
    calls_made[0] = '\0';
    int error =
        story->path ? se__connector_begin_unix(&connector, story->path) : se__connector_begin(&connector, "two", PORT);
    ck_assert_int_eq(error, 0);
    ck_assert_int_eq(connector.fd, -1);
    int result = 0;
    for (int i = 0; i < story->times; i++)
        result = se__connector_advance(&connector);
    ck_assert_int_eq(result, story->result);
    ck_assert_str_eq(calls_made, story->calls);
    ck_assert_int_eq(connector.next, story->next);
    ck_assert_int_eq(connector.fd, story->fd);
    se__connector_end(&connector);
    ck_assert_ptr_null(connector.addresses);
}
END_TEST

START_TEST(a_name_that_nobody_knows_leaves_nothing_behind)
{
    ck_assert_int_eq(se__connector_begin(&connector, "none", PORT), SE_ERESOLVE);
    ck_assert_ptr_null(connector.addresses);
    ck_assert_int_eq(connector.fd, -1);
}
END_TEST

START_TEST(a_path_without_memory_for_its_address_leaves_nothing_behind)
{
    refused_allocations = 1;
    ck_assert_int_eq(se__connector_begin_unix(&connector, "x"), -ENOMEM);
    ck_assert_int_eq(refused_allocations, 0);
    ck_assert_ptr_null(connector.addresses);
    ck_assert_int_eq(connector.fd, -1);
}
END_TEST

START_TEST(a_path_that_is_no_address_is_refused)
{
    char path[PATH_TOO_LONG + 1] = "";
    ck_assert_int_eq(se__connector_begin_unix(&connector, path), -EINVAL);
    memset(path, 'x', PATH_TOO_LONG);
    ck_assert_int_eq(se__connector_begin_unix(&connector, path), -ENAMETOOLONG);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connector, call by call");
    TCase *tcase = fixture_add_tcase(suite, "calls");
    tcase_add_loop_test(tcase, an_attempt_makes_these_calls, 0, sizeof(stories) / sizeof(stories[0]));
    tcase_add_test(tcase, a_name_that_nobody_knows_leaves_nothing_behind);
    tcase_add_test(tcase, a_path_without_memory_for_its_address_leaves_nothing_behind);
    tcase_add_test(tcase, a_path_that_is_no_address_is_refused);
    return fixture_run(suite);
}
