/* What an idle connection costs: counted where the library asks for memory, over a crowd that has echoed and now waits.
 * The kernel's own memory for a socket is not in it. */
#include <errno.h>

#include "allocations.h"
#include "crowd.h"
#include "endpoints.h"
#include "fixture.h"
#include "statistics.h"

enum { CROWD = 1000, EPOLL_BYTES_MAX = 128, POLL_BYTES_MAX = 192 };

static int fds[CROWD];

/** The server runs in this thread for as long as it takes to serve all that is ready. */
static void serve_all(struct se_server *server)
{
    ck_assert_int_eq(se_server_run(server), -EAGAIN);
}

static void open_echo_and_wait(struct se_server *server, int *batch, size_t count, int64_t active)
{
    crowd_connect(batch, count, se_server_port(server));
    crowd_send(batch, count);
    while (se_server_stat(server, SE_STAT_ACTIVE) < active || !crowd_has_answers(batch, count))
        serve_all(server);
    crowd_expect_echo(batch, count);
}

static double bytes_for_each(int poller)
{
    enum { BATCH = 100 };
    struct se_server *server = server_new(poller);
    ck_assert_int_eq(se_server_set_max_connections(server, 0), 0);
    ck_assert_int_eq(se_server_set_timeout(server, 0), 0);
    serve_all(server);
    int64_t before = allocations_bytes();
    for (int i = 0; i < CROWD; i += BATCH)
        open_echo_and_wait(server, fds + i, BATCH, i + BATCH);
    double each = (double)(allocations_bytes() - before) / CROWD;
    crowd_close(fds, CROWD);
    se_server_free(server);
    return each;
}

START_TEST(an_idle_connection_costs_at_most_128_bytes_of_heap)
{
    if (poller_available(SE_POLLER_EPOLL))
        ck_assert_double_le(bytes_for_each(SE_POLLER_EPOLL), EPOLL_BYTES_MAX);
}
END_TEST

START_TEST(poll_adds_its_list_of_descriptors_to_that)
{
    ck_assert_double_le(bytes_for_each(SE_POLLER_POLL), POLL_BYTES_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("idle-memory");
    TCase *tcase = fixture_add_tcase(suite, "heap");
    tcase_add_test(tcase, an_idle_connection_costs_at_most_128_bytes_of_heap);
    tcase_add_test(tcase, poll_adds_its_list_of_descriptors_to_that);
    return fixture_run(suite);
}
