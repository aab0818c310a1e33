/* How a server is made and ends, also where something is missing: what is asked for, and that whatever it had is given
 * back. All that it takes is a script, but for its memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "io.h"
#include "server/server.h"
#include "system/socket.h"

enum { FD = 40, LOG_SIZE = 400, HOSTS = 3 };

static struct se_server *server;
static char calls[LOG_SIZE];
static const char *missing; /**< the call that fails with -EIO, as it is written down */
static int listen_errors[HOSTS];

int __wrap_se__address_resolve(const char *host, int port, struct se__address **list_out);
void __wrap_se__service_end(struct se__service *service);
int __wrap_se__service_begin(struct se__service *service, struct se_server *those, const struct se__wakeup *wakeup);
bool __wrap_se__service_is_in_callback(struct se__service *service);
int __wrap_se__socket_adopt_listener(int fd);
void __wrap_se__socket_close(int fd);
void __wrap_se__socket_close_listener(int fd, bool is_shared);
int __wrap_se__socket_listen(const struct se__address *address, int *fd_out);
int __wrap_se__socket_local_address(int fd, struct se__address *address_out);
void __wrap_se__socket_set_vigilance(int listen_fd, int idle_s, int64_t unacknowledged_ms);
int __wrap_se__unix_file_listen(const char *path, struct se__unix_file *file_out, int *fd_out);
void __wrap_se__unix_file_remove(struct se__unix_file *file);
int __wrap_se__wakeup_begin(struct se__wakeup *wakeup);
void __wrap_se__wakeup_end(struct se__wakeup *wakeup);

static int write_down(const char *what, int number)
{
    char call[40];
    snprintf(call, sizeof(call), "%s %d, ", what, number);
    ck_assert_uint_lt(strlen(calls) + strlen(call), sizeof(calls));
    strcat(calls, call);
    return missing && strcmp(missing, call) == 0 ? -EIO : 0;
}

static void assert_calls(const char *expected)
{
    ck_assert_str_eq(calls, expected);
    calls[0] = '\0';
}

static struct se__address loopback(int port)
{
    const struct sockaddr_in ipv4 = io_loopback_address(port);
    struct se__address address = {.length = sizeof(ipv4)};
    memcpy(&address.storage, &ipv4, sizeof(ipv4));
    return address;
}

/** The addresses have the ports 0, 1 and 2, by which they are known when they are listened on. */
int __wrap_se__address_resolve(const char *host, int port, struct se__address **list_out)
{
    ck_assert_str_eq(host, "host");
    int error = write_down("resolve", port);
    if (error)
        return error;
    *list_out = calloc(HOSTS, sizeof(**list_out));
    ck_assert_ptr_nonnull(*list_out);
    for (int i = 0; i < HOSTS; i++)
        (*list_out)[i] = loopback(i);
    return HOSTS;
}

int __wrap_se__socket_listen(const struct se__address *address, int *fd_out)
{
    int number = se__address_port(address);
    *fd_out = FD;
    write_down("listen", number);
    return listen_errors[number];
}

int __wrap_se__socket_local_address(int fd, struct se__address *address_out)
{
    *address_out = loopback(4711);
    return write_down("address", fd);
}

int __wrap_se__socket_adopt_listener(int fd)
{
    return write_down("adopt", fd);
}

int __wrap_se__unix_file_listen(const char *path, struct se__unix_file *file_out, int *fd_out)
{
    ck_assert_str_eq(path, "path");
    *file_out = (struct se__unix_file){.exists = true};
    *fd_out = FD;
    return write_down("make file", 1);
}

void __wrap_se__unix_file_remove(struct se__unix_file *file)
{
    write_down("remove file", file->exists);
}

int __wrap_se__service_begin(struct se__service *service, struct se_server *those, const struct se__wakeup *wakeup)
{
    ck_assert_ptr_eq(service, &those->service);
    ck_assert_ptr_eq(wakeup, &those->wakeup);
    return write_down("service", 1);
}

bool __wrap_se__service_is_in_callback(struct se__service *service)
{
    (void)service;
    return false;
}

void __wrap_se__service_end(struct se__service *service)
{
    (void)service;
    write_down("no service", 1);
}

int __wrap_se__wakeup_begin(struct se__wakeup *wakeup)
{
    (void)wakeup;
    return write_down("wakeup", 1);
}

void __wrap_se__wakeup_end(struct se__wakeup *wakeup)
{
    (void)wakeup;
    write_down("no wakeup", 1);
}

void __wrap_se__socket_set_vigilance(int listen_fd, int idle_s, int64_t unacknowledged_ms)
{
    ck_assert_int_eq(idle_s, 60);
    ck_assert_int_eq(unacknowledged_ms, 31468);
    write_down("tell", listen_fd);
}

void __wrap_se__socket_close(int fd)
{
    write_down("close", fd);
}

void __wrap_se__socket_close_listener(int fd, bool is_shared)
{
    write_down(is_shared ? "close shared" : "close own", fd);
}

static void begin(void)
{
    server = (struct se_server *)&server;
    missing = NULL;
    calls[0] = '\0';
    memset(listen_errors, 0, sizeof(listen_errors));
}

START_TEST(a_server_on_a_host_is_made_and_ends)
{
    ck_assert_int_eq(se_server_new("host", 1, &server), 0);
    assert_calls("resolve 1, listen 0, address 40, service 1, wakeup 1, tell 40, ");
    ck_assert_int_eq(se_server_port(server), 4711);
    ck_assert_str_eq(server->address, "127.0.0.1:4711");
    ck_assert(server->service.peers_inherit);
    se_server_free(server);
    assert_calls("remove file 0, close own 40, no wakeup 1, no service 1, ");
}
END_TEST

START_TEST(a_server_on_a_path_is_made_and_ends)
{
    ck_assert_int_eq(se_server_new_unix("path", &server), 0);
    assert_calls("make file 1, address 40, service 1, wakeup 1, tell 40, ");
    ck_assert(!server->service.peers_inherit);
    se_server_free(server);
    assert_calls("remove file 1, close own 40, no wakeup 1, no service 1, ");
}
END_TEST

START_TEST(a_server_around_a_descriptor_is_made_and_ends)
{
    ck_assert_int_eq(se_server_new_from_fd(41, &server), 0);
    assert_calls("adopt 41, address 41, service 1, wakeup 1, tell 41, ");
    ck_assert(!server->service.peers_inherit);
    se_server_free(server);
    assert_calls("remove file 0, close shared 41, no wakeup 1, no service 1, ");
}
END_TEST

/** What is missing around a listener, and the calls up to there. */
static const struct {
    const char *missing;
    const char *calls;
} shortages[] = {
    {"address 40, ", "address 40, "},
    {"service 1, ", "address 40, service 1, "},
    {"wakeup 1, ", "address 40, service 1, wakeup 1, no service 1, "},
};

enum { SHORTAGES = sizeof(shortages) / sizeof(shortages[0]) };

static void assert_not_made(int result, const char *before, const char *between, const char *after)
{
    char expected[LOG_SIZE];
    snprintf(expected, sizeof(expected), "%s%s%s", before, between, after);
    ck_assert_int_eq(result, -EIO);
    ck_assert_ptr_null(server);
    assert_calls(expected);
}

START_TEST(whoever_makes_a_listener_gives_it_back_where_it_can_have_no_server)
{
    missing = shortages[_i].missing;
    assert_not_made(se_server_new("host", 1, &server), "resolve 1, listen 0, ", shortages[_i].calls, "close 40, ");
    begin();
    missing = shortages[_i].missing;
    assert_not_made(se_server_new_unix("path", &server), "make file 1, ", shortages[_i].calls,
                    "remove file 1, close 40, ");
}
END_TEST

START_TEST(a_descriptor_stays_the_callers_where_it_can_have_no_server)
{
    missing = shortages[_i].missing;
    assert_not_made(se_server_new_from_fd(40, &server), "adopt 40, ", shortages[_i].calls, "");
}
END_TEST

START_TEST(without_a_listener_nothing_else_is_asked_for)
{
    missing = "resolve 1, ";
    assert_not_made(se_server_new("host", 1, &server), missing, "", "");
    begin();
    missing = "make file 1, ";
    assert_not_made(se_server_new_unix("path", &server), missing, "", "");
    begin();
    missing = "adopt 41, ";
    assert_not_made(se_server_new_from_fd(41, &server), missing, "", "");
}
END_TEST

/** What listening on each of the addresses comes to, and the result. */
static const struct {
    int errors[HOSTS];
    int result;
    const char *calls;
} listens[] = {
    {{-EAFNOSUPPORT, 0, 0}, 0, "resolve 1, listen 0, listen 1, "},
    {{-EADDRNOTAVAIL, -EAFNOSUPPORT, 0}, 0, "resolve 1, listen 0, listen 1, listen 2, "},
    {{-EAFNOSUPPORT, -EAFNOSUPPORT, -EADDRNOTAVAIL}, -EADDRNOTAVAIL, "resolve 1, listen 0, listen 1, listen 2, "},
    {{-EADDRNOTAVAIL, -EADDRNOTAVAIL, -EAFNOSUPPORT}, -EAFNOSUPPORT, "resolve 1, listen 0, listen 1, listen 2, "},
    {{-EADDRINUSE, 0, 0}, -EADDRINUSE, "resolve 1, listen 0, "},
    {{-EAFNOSUPPORT, -EACCES, 0}, -EACCES, "resolve 1, listen 0, listen 1, "},
};

/** Where there is a listener, the server ends for want of its address. */
START_TEST(the_first_address_that_exists_here_counts)
{
    memcpy(listen_errors, listens[_i].errors, sizeof(listen_errors));
    missing = "address 40, ";
    int result = se_server_new("host", 1, &server);
    ck_assert_int_eq(result, listens[_i].result ? listens[_i].result : -EIO);
    ck_assert_int_eq(strncmp(calls, listens[_i].calls, strlen(listens[_i].calls)), 0);
    ck_assert_str_eq(calls + strlen(listens[_i].calls), listens[_i].result ? "" : "address 40, close 40, ");
    ck_assert_ptr_null(server);
}
END_TEST

static const struct {
    int port;
    int asked; /**< -1: it is refused */
} ports[] = {{SE_PORT_ANY, 0}, {1, 1}, {65535, 65535}, {0, -1}, {-2, -1}, {65536, -1}};

START_TEST(a_port_is_one_that_there_is_or_any)
{
    char expected[LOG_SIZE] = "";
    if (ports[_i].asked >= 0)
        snprintf(expected, sizeof(expected), "resolve %d, ", ports[_i].asked);
    missing = expected;
    ck_assert_int_eq(se_server_new("host", ports[_i].port, &server), ports[_i].asked >= 0 ? -EIO : -EINVAL);
    ck_assert_ptr_null(server);
    assert_calls(expected);
}
END_TEST

START_TEST(there_has_to_be_a_place_for_the_server_and_a_path)
{
    ck_assert_int_eq(se_server_new("host", 1, NULL), -EINVAL);
    ck_assert_int_eq(se_server_new_unix("path", NULL), -EINVAL);
    ck_assert_int_eq(se_server_new_from_fd(41, NULL), -EINVAL);
    ck_assert_int_eq(se_server_new_unix(NULL, &server), -EINVAL);
    ck_assert_ptr_null(server);
    assert_calls("");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("making a server");
    TCase *tcase = fixture_add_tcase(suite, "making");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, a_server_on_a_host_is_made_and_ends);
    tcase_add_test(tcase, a_server_on_a_path_is_made_and_ends);
    tcase_add_test(tcase, a_server_around_a_descriptor_is_made_and_ends);
    tcase_add_loop_test(tcase, whoever_makes_a_listener_gives_it_back_where_it_can_have_no_server, 0, SHORTAGES);
    tcase_add_loop_test(tcase, a_descriptor_stays_the_callers_where_it_can_have_no_server, 0, SHORTAGES);
    tcase_add_test(tcase, without_a_listener_nothing_else_is_asked_for);
    tcase_add_loop_test(tcase, the_first_address_that_exists_here_counts, 0, sizeof(listens) / sizeof(listens[0]));
    tcase_add_loop_test(tcase, a_port_is_one_that_there_is_or_any, 0, sizeof(ports) / sizeof(ports[0]));
    tcase_add_test(tcase, there_has_to_be_a_place_for_the_server_and_a_path);
    return fixture_run(suite);
}
