/* A visit is a list of steps, and a step is one call that is made again until it has succeeded: see loop-visit.h. */
#include "loop-visit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGE_MAX = 1024 * 1024 };
static const size_t sizes[] = {1, 511, 4096, 65536, MESSAGE_MAX};
enum { MESSAGE_COUNT = sizeof sizes / sizeof sizes[0] };

/* The steps: connect, then each message, then finish. */
enum { CONNECT = 0, FINISH = MESSAGE_COUNT + 1 };

int visit_begin(struct visit *visit, int number, int port)
{
    visit->port = port;
    visit->step = CONNECT;
    visit->last_step = number == 0 ? FINISH - 1 : FINISH;
    visit->message = malloc(MESSAGE_MAX);
    if (visit->message == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < MESSAGE_MAX; i++)
        visit->message[i] = (unsigned char)(i % 251);
    int error = se_client_new(&visit->client);
    return error < 0 ? error : se_client_set_blocking(visit->client, 0);
}

void visit_end(struct visit *visit)
{
    se_client_free(visit->client);
    free(visit->message);
}

static int take_step(const struct visit *visit)
{
    if (visit->step == CONNECT)
        return se_client_connect(visit->client, "127.0.0.1", visit->port);
    if (visit->step >= FINISH)
        return se_client_finish(visit->client);
    return se_client_echo(visit->client, visit->message, sizes[visit->step - 1], NULL);
}

int visit_go_on(struct visit *visit)
{
    for (; visit->step <= visit->last_step; visit->step++) {
        int result = take_step(visit);
        /* Where a call is still open, it only could not finish now. */
        if (result < 0)
            return se_client_events(visit->client) != 0 ? -EAGAIN : result;
    }
    return 0;
}

static int64_t expected_bytes(void)
{
    int64_t sum = 0;
    for (size_t i = 0; i < MESSAGE_COUNT; i++)
        sum += (int64_t)sizes[i];
    return VISIT_COUNT * sum;
}

int report_loop(const char *loop, const struct se_server *server, int error)
{
    if (error < 0) {
        fprintf(stderr, "loop-%s: %s\n", loop, se_strerror(error));
        return 1;
    }
    int64_t visits = se_server_stat(server, SE_STAT_ORDERLY);
    int64_t bytes = se_server_stat(server, SE_STAT_ECHOED_BYTES);
    printf("loop-%s: %" PRId64 " clients ended in order, %" PRId64 " bytes echoed\n", loop, visits, bytes);
    return visits == VISIT_COUNT && bytes == expected_bytes() && fflush(stdout) == 0 ? 0 : 1;
}
