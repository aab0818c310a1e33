/* A figure is a line in one table: see server-statistics.h. */
#include "server-statistics.h"

#include "report.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct figure {
    const char *name;
    const char *meaning;
};

static const struct figure figures[] = {
    [SE_STAT_ACCEPTED] = {"accepted", "connections taken in"},
    [SE_STAT_ACTIVE] = {"active", "connections now"},
    [SE_STAT_ACTIVE_MAX] = {"active_max", "connections at most at one time"},
    [SE_STAT_REFUSED] = {"refused", "refused: over a limit, not allowed, or no memory"},
    [SE_STAT_ORDERLY] = {"orderly", "ended in order"},
    [SE_STAT_STALLED] = {"stalled", "cut: the peer took nothing"},
    [SE_STAT_IDLE] = {"idle", "ended: nothing came for too long"},
    [SE_STAT_RESET] = {"reset", "cut: reset by the peer, or another error"},
    [SE_STAT_DRAIN] = {"drain", "cut: not ended in the time of a stop"},
    [SE_STAT_MEMORY] = {"memory", "cut: no memory"},
    [SE_STAT_RECEIVED_BYTES] = {"received_bytes", "bytes received"},
    [SE_STAT_ECHOED_BYTES] = {"echoed_bytes", "bytes echoed"},
    [SE_STAT_GIVEN_UP_BYTES] = {"given_up_bytes", "bytes given up"},
    [SE_STAT_ACCEPT_ERRORS] = {"accept_errors", "failures to accept"},
    [SE_STAT_PAUSES] = {"pauses", "pauses of the listener"},
};

enum { FIGURE_COUNT = sizeof figures / sizeof figures[0], PATIENCE_MS = 1000 };

const char *statistic_name(int stat)
{
    return stat >= 0 && stat < FIGURE_COUNT ? figures[stat].name : "unknown";
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void begin_statistics(struct statistics *statistics, const struct se_server *server, enum statistics_format format)
{
    *statistics = (struct statistics){.server = server, .format = format, .begin_ms = now_ms()};
}

static double seconds_since_begin(const struct statistics *statistics)
{
    return (double)(now_ms() - statistics->begin_ms) / 1e3;
}

static void print_text(const struct statistics *statistics)
{
    printf("statistics after %.3f s:\n", seconds_since_begin(statistics));
    for (int stat = 0; stat < FIGURE_COUNT; stat++)
        printf("%20" PRId64 " %s\n", se_server_stat(statistics->server, stat), figures[stat].meaning);
}

static void print_json(const struct statistics *statistics)
{
    printf("{\"uptime_s\": %.3f", seconds_since_begin(statistics));
    for (int stat = 0; stat < FIGURE_COUNT; stat++)
        printf(", \"%s\": %" PRId64, figures[stat].name, se_server_stat(statistics->server, stat));
    puts("}");
}

/* A pipe that has any room takes all of it. Whoever does not read must not keep the signals from being heeded. */
static int has_room(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&output, 1, PATIENCE_MS) != 0;
}

int print_statistics(const struct statistics *statistics)
{
    if (!has_room()) {
        complain("cannot write to stdout: nobody reads it");
        return -1;
    }
    flockfile(stdout);
    if (statistics->format == STATISTICS_JSON)
        print_json(statistics);
    else
        print_text(statistics);
    int result = flush_output();
    funlockfile(stdout);
    return result;
}
