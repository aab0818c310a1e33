/* Peers that vanish without a word: what the kernel is told to look after them, and that it finds them. A socket filter
 * that lets nothing through plays the peer whose cable was cut. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "endpoints.h"
#include "environment.h"
#include "figures.h"
#include "fixture.h"
#include "io.h"
#include "raw.h"
#include "statistics.h"
#include "variants.h"

enum { DESCRIPTORS_MAX = 256, SECOND_MS = 1000, FOUND_MOST_MS = 8000 };

static struct se_server *server;

/** -1 where the descriptor is no IPv4 socket, or has no such address. */
static int port_of(int result, const struct sockaddr_in *address)
{
    return result == 0 && address->sin_family == AF_INET ? address->sin_port : -1;
}

static int own_port(int fd)
{
    struct sockaddr_in address = {.sin_port = 0};
    socklen_t length = sizeof(address);
    return port_of(getsockname(fd, (struct sockaddr *)&address, &length), &address);
}

static int peer_port(int fd)
{
    struct sockaddr_in address = {.sin_port = 0};
    socklen_t length = sizeof(address);
    return port_of(getpeername(fd, (struct sockaddr *)&address, &length), &address);
}

/** The server's end of the connection: server and test share one process. */
static int accepted_end_of(int client_fd)
{
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        if (peer_port(fd) == own_port(client_fd) && own_port(fd) == peer_port(client_fd))
            return fd;
    ck_abort_msg("no descriptor is the other end of the connection");
    return -1;
}

static int option_of(int fd, int level, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);
    ck_assert_int_eq(getsockopt(fd, level, option, &value, &size), 0);
    return value;
}

static int tcp_option_of(int fd, int option)
{
    return option_of(fd, IPPROTO_TCP, option);
}

/** A peer that the server has taken in. */
static int connect_served(void)
{
    int fd = raw_connect(se_server_port(server));
    crowd_send(&fd, 1);
    crowd_expect_echo(&fd, 1);
    return fd;
}

static void begin(int keepalive_s, int64_t stall_ms)
{
    server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_keepalive(server, keepalive_s), 0);
    ck_assert_int_eq(se_server_set_stall_timeout(server, stall_ms), 0);
    ck_assert_int_eq(se_server_start(server), 0);
}

static void end(int fd)
{
    close(fd);
    figures_end(server);
}

START_TEST(an_accepted_socket_has_what_every_one_needs)
{
    server = server_started(SE_POLLER_AUTO);
    int fd = connect_served();
    int accepted = accepted_end_of(fd);
    ck_assert_int_ne(option_of(accepted, SOL_SOCKET, SO_OOBINLINE), 0);
    ck_assert_int_ne(tcp_option_of(accepted, TCP_NODELAY), 0);
    ck_assert_int_eq(fcntl(accepted, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    end(fd);
}
END_TEST

START_TEST(keepalive_asks_after_a_minute_unless_told_otherwise)
{
    server = server_started(SE_POLLER_AUTO);
    int fd = connect_served();
    int accepted = accepted_end_of(fd);
    ck_assert_int_eq(option_of(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
    ck_assert_int_eq(tcp_option_of(accepted, TCP_KEEPIDLE), 60);
    ck_assert_int_eq(tcp_option_of(accepted, TCP_KEEPINTVL), 10);
    ck_assert_int_eq(tcp_option_of(accepted, TCP_KEEPCNT), 6);
    end(fd);
}
END_TEST

START_TEST(keepalive_asks_when_it_is_told)
{
    static const struct {
        int idle_s, interval_s;
    } expected[] = {{1, 1}, {7, 1}, {12, 2}, {3600, 600}, {32767, 5461}};
    begin(expected[_i].idle_s, 30000);
    int fd = connect_served();
    int accepted = accepted_end_of(fd);
    ck_assert_int_eq(option_of(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
    ck_assert_int_eq(tcp_option_of(accepted, TCP_KEEPIDLE), expected[_i].idle_s);
    ck_assert_int_eq(tcp_option_of(accepted, TCP_KEEPINTVL), expected[_i].interval_s);
    end(fd);
}
END_TEST

START_TEST(keepalive_of_zero_never_asks)
{
    begin(0, 30000);
    int fd = connect_served();
    ck_assert_int_eq(option_of(accepted_end_of(fd), SOL_SOCKET, SO_KEEPALIVE), 0);
    end(fd);
}
END_TEST

/** The kernel comes after the server's own limit, because it gives up without a RST. */
START_TEST(the_kernel_gives_up_a_little_after_the_stall_timeout)
{
    static const int stalls_ms[] = {1, 500, 30000, 3600000};
    begin(60, stalls_ms[_i]);
    int fd = connect_served();
    int given_up_ms = tcp_option_of(accepted_end_of(fd), TCP_USER_TIMEOUT);
    ck_assert_int_gt(given_up_ms, stalls_ms[_i]);
    ck_assert_int_le(given_up_ms, stalls_ms[_i] + stalls_ms[_i] / 32 + 2000);
    end(fd);
}
END_TEST

START_TEST(the_kernel_never_gives_up_where_it_cannot_be_told_or_shall_not)
{
    static const int64_t stalls_ms[] = {SE_TIMEOUT_NONE, INT64_MAX, INT64_C(1) << 32};
    begin(60, stalls_ms[_i]);
    int fd = connect_served();
    ck_assert_int_eq(tcp_option_of(accepted_end_of(fd), TCP_USER_TIMEOUT), 0);
    end(fd);
}
END_TEST

static void run_for_a_moment(void)
{
    ck_assert_int_eq(se_server_run(server), -ETIMEDOUT);
}

START_TEST(what_is_set_between_two_runs_holds_for_those_who_come_then)
{
    server = server_new(SE_POLLER_AUTO);
    ck_assert_int_eq(se_server_set_timeout(server, 100), 0);
    int fds[2];
    fds[0] = raw_connect(se_server_port(server));
    run_for_a_moment();
    ck_assert_int_eq(se_server_set_keepalive(server, 77), 0);
    run_for_a_moment();
    fds[1] = raw_connect(se_server_port(server));
    run_for_a_moment();
    ck_assert_int_eq(tcp_option_of(accepted_end_of(fds[0]), TCP_KEEPIDLE), 60);
    ck_assert_int_eq(tcp_option_of(accepted_end_of(fds[1]), TCP_KEEPIDLE), 77);
    crowd_close(fds, 2);
    se_server_free(server);
}
END_TEST

/** From here on the peer hears nothing: it neither acknowledges nor answers. */
static void vanish(int fd)
{
    struct sock_filter nothing[] = {{.code = BPF_RET | BPF_K, .k = 0}};
    const struct sock_fprog program = {.len = 1, .filter = nothing};
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
}

/** A server of each variant with two peers: one vanishes, the other stays. All of them at once, for the kernel's own
 * times are seconds. */
struct scene {
    struct se_server *server;
    int vanished_fd;
    int present_fd;
};

static struct scene scenes[VARIANTS];
static size_t scene_count;

static void set_scene(struct se_server *scene_server, int keepalive_s, int64_t stall_ms)
{
    server = scene_server;
    ck_assert_int_eq(se_server_set_keepalive(server, keepalive_s), 0);
    ck_assert_int_eq(se_server_set_stall_timeout(server, stall_ms), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    struct scene scene = {.server = server, .present_fd = connect_served(), .vanished_fd = connect_served()};
    vanish(scene.vanished_fd);
    scenes[scene_count++] = scene;
}

static void set_scenes(int keepalive_s, int64_t stall_ms)
{
    scene_count = 0;
    for (int variant = 0; variant < VARIANTS; variant++) {
        struct se_server *scene_server = variant_new(variant);
        if (scene_server)
            set_scene(scene_server, keepalive_s, stall_ms);
    }
}

/** The one that vanished is given up in that time, though not before the least; the other one is served on. */
static void assert_found(struct scene *scene, int64_t start_ns, int64_t least_ms, int64_t most_ms)
{
    stat_await(scene->server, SE_STAT_ACTIVE, 1);
    ck_assert_int_ge(clock_ms_since(start_ns), least_ms);
    assert_took_less_than(start_ns, most_ms);
    ck_assert_int_eq(se_server_stat(scene->server, SE_STAT_STALLED), 1);
    ck_assert_int_eq(se_server_stat(scene->server, SE_STAT_GIVEN_UP_BYTES), 0);
    crowd_send(&scene->present_fd, 1);
    crowd_expect_echo(&scene->present_fd, 1);
    close(scene->present_fd);
    close(scene->vanished_fd);
    figures_end(scene->server);
}

START_TEST(a_silent_peer_that_vanished_is_found_by_questions)
{
    enum { KEEPALIVE_S = 1, STALL_MS = 100 };
    int64_t start_ns = clock_now_ns();
    set_scenes(KEEPALIVE_S, STALL_MS);
    for (size_t i = 0; i < scene_count; i++)
        assert_found(&scenes[i], start_ns, KEEPALIVE_S * SECOND_MS, FOUND_MOST_MS);
}
END_TEST

/** The echo of the last byte waits in the kernel for an acknowledgement that never comes. */
START_TEST(a_peer_that_vanished_with_bytes_on_the_way_is_given_up)
{
    enum { STALL_MS = 300 };
    set_scenes(0, STALL_MS);
    int64_t start_ns = clock_now_ns();
    for (size_t i = 0; i < scene_count; i++)
        crowd_send(&scenes[i].vanished_fd, 1);
    for (size_t i = 0; i < scene_count; i++)
        assert_found(&scenes[i], start_ns, STALL_MS, FOUND_MOST_MS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("peers that vanish");
    TCase *tcase = fixture_add_tcase(suite, "keepalive and user timeout");
    tcase_add_test(tcase, an_accepted_socket_has_what_every_one_needs);
    tcase_add_test(tcase, keepalive_asks_after_a_minute_unless_told_otherwise);
    tcase_add_loop_test(tcase, keepalive_asks_when_it_is_told, 0, 5);
    tcase_add_test(tcase, keepalive_of_zero_never_asks);
    tcase_add_loop_test(tcase, the_kernel_gives_up_a_little_after_the_stall_timeout, 0, 4);
    tcase_add_loop_test(tcase, the_kernel_never_gives_up_where_it_cannot_be_told_or_shall_not, 0, 3);
    tcase_add_test(tcase, what_is_set_between_two_runs_holds_for_those_who_come_then);
    tcase_add_test(tcase, a_silent_peer_that_vanished_is_found_by_questions);
    tcase_add_test(tcase, a_peer_that_vanished_with_bytes_on_the_way_is_given_up);
    return fixture_run(suite);
}
