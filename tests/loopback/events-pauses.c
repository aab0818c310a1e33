/* A listener that rests because there is no descriptor left: the callback hears of it, those inside are served on, and
 * those who wait get in as soon as there is room. */
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "descriptors.h"
#include "endpoints.h"
#include "event-log.h"
#include "fixture.h"
#include "io.h"
#include "raw.h"

enum { SOON_MS = 2000 };

static const uint8_t message[] = "is there room?";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct se_server *server;
static struct event_log *event_log;

/** One that is inside, and one that has a socket already but comes only when the descriptors are used up. */
static int inside_fd;
static int late_fd;

static bool serve_with(int poller)
{
    if (!poller_available(poller))
        return false;
    server = server_new(poller);
    event_log = event_log_new();
    event_log_attach(event_log, server);
    ck_assert_int_eq(se_server_start(server), 0);
    inside_fd = raw_connect(se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, 1);
    late_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(late_fd, 0);
    return true;
}

static void end(void)
{
    server_end(server);
    event_log_free(event_log);
}

static void come_late(void)
{
    struct sockaddr_in address = io_loopback_address(se_server_port(server));
    ck_assert_int_eq(connect(late_fd, (struct sockaddr *)&address, sizeof(address)), 0);
    raw_send(late_fd, message, sizeof(message));
}

static void assert_listener_event(int event)
{
    struct event_record record = event_log_nth(event_log, event, 0);
    ck_assert_ptr_eq(record.server, server);
    ck_assert(!record.has_connection);
}

START_TEST(listener_pauses_without_descriptors_and_resumes_when_there_are_some)
{
    struct rlimit before;
    if (!serve_with(pollers[_i]))
        return;
    if (descriptors_use_up(&before)) {
        come_late();
        event_log_await(event_log, SE_EVENT_PAUSED, 1);
        raw_send(inside_fd, message, sizeof(message));
        raw_expect_bytes(inside_fd, message, sizeof(message));
        descriptors_restore(&before);
        int64_t start_ns = clock_now_ns();
        raw_expect_bytes(late_fd, message, sizeof(message));
        assert_took_less_than(start_ns, SOON_MS);
        assert_listener_event(SE_EVENT_PAUSED);
        assert_listener_event(SE_EVENT_RESUMED);
        ck_assert_int_ge(se_server_stat(server, SE_STAT_PAUSES), 1);
        ck_assert_int_ge(se_server_stat(server, SE_STAT_ACCEPT_ERRORS), 1);
    }
    close(late_fd);
    close(inside_fd);
    end();
}
END_TEST

START_TEST(listener_resumes_when_a_connection_ends)
{
    struct rlimit before;
    if (!serve_with(pollers[_i]))
        return;
    if (descriptors_use_up(&before)) {
        come_late();
        event_log_await(event_log, SE_EVENT_PAUSED, 1);
        raw_half_close(inside_fd);
        raw_expect_fin(inside_fd);
        raw_expect_bytes(late_fd, message, sizeof(message));
        ck_assert_uint_ge(event_log_count(event_log, SE_EVENT_RESUMED), 1);
        descriptors_restore(&before);
    }
    close(late_fd);
    close(inside_fd);
    end();
}
END_TEST

/** PAUSED and RESUMED take turns, however often the listener tries in vain. */
START_TEST(each_pause_ends_before_the_next_one)
{
    enum { PAUSES = 3 };
    struct rlimit before;
    if (!serve_with(pollers[_i]))
        return;
    if (descriptors_use_up(&before)) {
        come_late();
        event_log_await(event_log, SE_EVENT_PAUSED, PAUSES);
        descriptors_restore(&before);
        raw_expect_bytes(late_fd, message, sizeof(message));
        int paused = 0;
        for (size_t i = 0; i < event_log_total(event_log); i++) {
            struct event_record record = event_log_at(event_log, i);
            paused += record.event == SE_EVENT_PAUSED;
            paused -= record.event == SE_EVENT_RESUMED;
            ck_assert(paused == 0 || paused == 1);
        }
        ck_assert_int_eq(paused, 0);
    }
    close(late_fd);
    close(inside_fd);
    end();
}
END_TEST

/** Nobody gets out of the queue any more, but those inside end in order, and a second stop cuts the rest. */
START_TEST(stop_ends_while_the_listener_pauses)
{
    struct rlimit before;
    if (!serve_with(pollers[_i]))
        return;
    if (descriptors_use_up(&before)) {
        come_late();
        event_log_await(event_log, SE_EVENT_PAUSED, 1);
        ck_assert_int_eq(se_server_stop(server), 0);
        raw_expect_fin(inside_fd);
        ck_assert_int_eq(se_server_stop(server), 0);
        int64_t start_ns = clock_now_ns();
        ck_assert_int_eq(se_server_join(server), 0);
        assert_took_less_than(start_ns, SOON_MS);
        descriptors_restore(&before);
        raw_expect_reset(late_fd);
        se_server_free(server);
        event_log_free(event_log);
    } else {
        end();
    }
    close(late_fd);
    close(inside_fd);
}
END_TEST

/** The worker that accepts has been told, but cannot find the queue empty. The others must not wait for that. */
START_TEST(stop_reaches_every_worker_while_the_listener_pauses)
{
    enum { WORKERS = 3 };
    struct rlimit before;
    if (!poller_available(pollers[_i]))
        return;
    server = server_new(pollers[_i]);
    event_log = event_log_new();
    event_log_attach(event_log, server);
    ck_assert_int_eq(se_server_set_workers(server, WORKERS), 0);
    ck_assert_int_eq(se_server_start(server), 0);
    int fds[WORKERS];
    crowd_connect(fds, WORKERS, se_server_port(server));
    event_log_await(event_log, SE_EVENT_OPENED, WORKERS);
    late_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptors_use_up(&before)) {
        come_late();
        event_log_await(event_log, SE_EVENT_PAUSED, 1);
        int64_t start_ns = clock_now_ns();
        ck_assert_int_eq(se_server_stop(server), 0);
        crowd_expect_fin(fds, WORKERS);
        assert_took_less_than(start_ns, SOON_MS);
        descriptors_restore(&before);
        raw_expect_bytes(late_fd, message, sizeof(message));
    }
    close(late_fd);
    crowd_close(fds, WORKERS);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("a listener without descriptors");
    TCase *tcase = fixture_add_tcase(suite, "paused and resumed");
    tcase_add_loop_test(tcase, listener_pauses_without_descriptors_and_resumes_when_there_are_some, 0, POLLERS);
    tcase_add_loop_test(tcase, listener_resumes_when_a_connection_ends, 0, POLLERS);
    tcase_add_loop_test(tcase, each_pause_ends_before_the_next_one, 0, POLLERS);
    tcase_add_loop_test(tcase, stop_ends_while_the_listener_pauses, 0, POLLERS);
    tcase_add_loop_test(tcase, stop_reaches_every_worker_while_the_listener_pauses, 0, POLLERS);
    return fixture_run(suite);
}
