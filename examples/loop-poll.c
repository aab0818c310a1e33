/* A server and three clients in one thread, in an event loop made of poll(2) alone. */
#include "loop-visit.h"

#include <errno.h>
#include <poll.h>

/* The server first, then the clients. */
enum { DESCRIPTOR_COUNT = 1 + VISIT_COUNT, WAIT_MAX_MS = 60 * 1000 };

/* No descriptor tells of time: the server says when it wants to run in any case. Waking early does no harm. */
static int wait_ms(const struct se_server *server)
{
    int64_t next_ms = se_server_next_timeout(server);
    return next_ms < 0 || next_ms > WAIT_MAX_MS ? WAIT_MAX_MS : (int)next_ms;
}

/* Asked anew before each wait: both change as a client goes on. It waits for no events while no call is open; poll(2)
 * skips what is negative. */
static void watch_clients(struct pollfd *watched, const struct visit *visits)
{
    for (int i = 0; i < VISIT_COUNT; i++) {
        int events = se_client_events(visits[i].client);
        watched[i] = (struct pollfd){.fd = events == 0 ? -1 : se_client_fd(visits[i].client), .events = (short)events};
    }
}

/* How many clients are not over yet, or a negative result. */
static int go_on_with_clients(struct visit *visits)
{
    int left = 0;
    for (int i = 0; i < VISIT_COUNT; i++) {
        int result = visit_go_on(&visits[i]);
        if (result < 0 && result != -EAGAIN)
            return result;
        left += result == -EAGAIN;
    }
    return left;
}

/* Which descriptor was ready does not matter here: nothing that is called waits, and few are called. */
static int run_loop(struct se_server *server, int server_fd, struct visit *visits)
{
    struct pollfd watched[DESCRIPTOR_COUNT] = {{.fd = server_fd, .events = POLLIN}};
    int is_stopped = 0;
    for (;;) {
        int left = go_on_with_clients(visits);
        if (left < 0)
            return left;
        if (left == 0 && !is_stopped)
            is_stopped = se_server_stop(server) == 0; /* once: a second stop cuts */
        int result = se_server_run(server);
        if (result != -EAGAIN)
            return result; /* 0: it was stopped, and its connections have ended */
        watch_clients(watched + 1, visits);
        if (poll(watched, DESCRIPTOR_COUNT, wait_ms(server)) == -1 && errno != EINTR)
            return -errno;
    }
}

static int serve_visits(struct se_server *server, struct visit *visits)
{
    int error = se_server_set_blocking(server, 0);
    error = error < 0 ? error : se_server_set_linger_timeout(server, SERVER_LINGER_MS);
    for (int i = 0; i < VISIT_COUNT && error == 0; i++)
        error = visit_begin(&visits[i], i, se_server_port(server));
    int server_fd = se_server_fd(server);
    if (error == 0 && server_fd < 0)
        error = server_fd;
    return error < 0 ? error : run_loop(server, server_fd, visits);
}

int main(void)
{
    struct visit visits[VISIT_COUNT] = {{0}};
    struct se_server *server = NULL;
    int error = se_server_new("127.0.0.1", SE_PORT_ANY, &server);
    if (error == 0)
        error = serve_visits(server, visits);
    int status = report_loop("poll", server, error);
    for (int i = 0; i < VISIT_COUNT; i++)
        visit_end(&visits[i]);
    se_server_free(server);
    return status;
}
