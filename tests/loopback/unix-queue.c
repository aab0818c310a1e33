/* A unix listener whose queue is full: no descriptor tells when there is room, and still no attempt to connect is
 * lost. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "endpoints.h"
#include "environment.h"
#include "families.h"
#include "fixture.h"

enum { SOON_MS = 2000 };

static const uint8_t message[] = "is there room in the queue?";

static const int pollers[] = {SE_POLLER_EPOLL, SE_POLLER_POLL};

enum { POLLERS = sizeof(pollers) / sizeof(pollers[0]) };

static struct socket_file file;
static struct se_server *server;

static bool server_with(int poller)
{
    if (!poller_available(poller))
        return false;
    socket_file_begin(&file);
    ck_assert_int_eq(se_server_new_unix(file.path, &server), 0);
    ck_assert_int_eq(se_server_set_poller(server, poller), 0);
    return true;
}

static void end(void)
{
    server_end(server);
    socket_file_end(&file);
}

/** Connections that nobody has accepted yet, so many that there is no room for one more. */
struct queue {
    int fds[8];
    size_t count;
};

static bool add_to_queue(struct queue *queue, const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(fd, 0);
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0) {
        queue->fds[queue->count++] = fd;
        return true;
    }
    ck_assert_int_eq(errno, EAGAIN);
    close(fd);
    return false;
}

/** A server that does not run, whose queue is full. */
static bool server_with_full_queue(int poller, struct queue *queue)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!server_with(poller))
        return false;
    ck_assert_int_eq(se_server_set_backlog(server, 1), 0);
    strcpy(address.sun_path, file.path);
    queue->count = 0;
    while (add_to_queue(queue, &address))
        ck_assert_uint_lt(queue->count, sizeof(queue->fds) / sizeof(queue->fds[0]));
    return true;
}

static void empty(struct queue *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        close(queue->fds[i]);
}

static void echo_and_finish(struct se_client *client)
{
    ck_assert_int_eq(se_client_set_timeout(client, environment_patience_ms()), 0);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), 0);
    ck_assert_int_eq(se_client_finish(client), 0);
    se_client_free(client);
}

START_TEST(non_blocking_connect_to_a_full_queue_goes_on_when_there_is_room)
{
    struct queue queue;
    if (!server_with_full_queue(pollers[_i], &queue))
        return;
    struct se_client *client = client_new(0);
    ck_assert_int_eq(se_client_connect_unix(client, file.path), -EAGAIN);
    ck_assert_int_ne(se_client_events(client), 0);
    ck_assert_int_eq(se_client_fd(client), -ENOTCONN);
    ck_assert_int_eq(se_client_echo(client, message, sizeof(message), NULL), -EBUSY);
    ck_assert_int_eq(se_client_connect_unix(client, "/another/path"), -EBUSY);
    ck_assert_int_eq(se_client_connect(client, NULL, 7), -EBUSY);
    ck_assert_int_eq(se_client_connect_unix(client, file.path), -EAGAIN);
    ck_assert_int_eq(se_server_start(server), 0);
    int64_t start_ns = clock_now_ns();
    int result = -EAGAIN;
    while (result == -EAGAIN && clock_ms_since(start_ns) < environment_patience_ms()) {
        poll(NULL, 0, 1);
        result = se_client_connect_unix(client, file.path);
    }
    ck_assert_int_eq(result, 0);
    echo_and_finish(client);
    empty(&queue);
    end();
}
END_TEST

START_TEST(connect_to_a_full_queue_times_out_and_goes_on_in_the_next_call)
{
    enum { TIMEOUT_MS = 100 };
    struct queue queue;
    if (!server_with_full_queue(pollers[_i], &queue))
        return;
    struct se_client *client = client_new(TIMEOUT_MS);
    for (int call = 0; call < 2; call++) {
        int64_t start_ns = clock_now_ns();
        ck_assert_int_eq(se_client_connect_unix(client, file.path), -ETIMEDOUT);
        ck_assert_int_ge(clock_ms_since(start_ns), TIMEOUT_MS);
        assert_took_less_than(start_ns, TIMEOUT_MS + SOON_MS);
    }
    ck_assert_int_eq(se_server_start(server), 0);
    ck_assert_int_eq(se_client_set_blocking(client, 1), 0);
    ck_assert_int_eq(se_client_connect_unix(client, file.path), 0);
    echo_and_finish(client);
    empty(&queue);
    end();
}
END_TEST

START_TEST(connect_to_a_full_queue_can_be_given_up)
{
    struct queue queue;
    if (!server_with_full_queue(pollers[_i], &queue))
        return;
    struct se_client *client = client_new(0);
    ck_assert_int_eq(se_client_connect_unix(client, file.path), -EAGAIN);
    ck_assert_int_eq(se_client_close(client), 0);
    assert_client_disconnected(client);
    struct se_server *other = server_started(SE_POLLER_AUTO);
    ck_assert_int_eq(client_connect(client, se_server_port(other)), 0);
    echo_and_finish(client);
    server_end(other);
    empty(&queue);
    se_server_free(server);
    socket_file_end(&file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unix listener with a full queue");
    TCase *tcase = fixture_add_tcase(suite, "connect");
    tcase_add_loop_test(tcase, non_blocking_connect_to_a_full_queue_goes_on_when_there_is_room, 0, POLLERS);
    tcase_add_loop_test(tcase, connect_to_a_full_queue_times_out_and_goes_on_in_the_next_call, 0, POLLERS);
    tcase_add_loop_test(tcase, connect_to_a_full_queue_can_be_given_up, 0, POLLERS);
    return fixture_run(suite);
}
