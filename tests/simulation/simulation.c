/* Simulates worlds until enough connections have lived in them, or for a time. Every world is made of the seed and its
 * number; a broken promise prints the command that makes that one world again.
 *
 * usage: simulation [--seed N | --seed date] [--lives N] [--seconds N] [--server | --client] [--world N] */
#include "chance.h"
#include "failure.h"
#include "link.h"
#include "worlds.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLIENT_IN = 4 }; /* one world in so many is a client's */

struct wish {
    uint64_t seed;
    uint64_t lives;
    long seconds;
    int64_t world; /* -1: all */
    bool no_clients;
    bool no_servers;
};

static const char *program;

static void simulate(const struct wish *wish, uint64_t world, struct world_figures *sum)
{
    bool is_client = !wish->no_clients && (wish->no_servers || world % CLIENT_IN == 0);
    failure_begin(program, is_client ? "client" : "server", wish->seed, world);
    chance_begin(wish->seed * UINT64_C(0x9e3779b97f4a7c15) + world * UINT64_C(0xd1b54a32d192ed03));
    struct world_figures figures = is_client ? client_world() : server_world();
    sum->lives += figures.lives;
    sum->bytes += figures.bytes;
}

static bool is_enough(const struct wish *wish, const struct world_figures *sum, time_t since)
{
    return sum->lives >= wish->lives || (wish->seconds > 0 && time(NULL) - since >= wish->seconds);
}

static void simulate_all(const struct wish *wish)
{
    struct world_figures sum = {0};
    time_t since = time(NULL);
    clock_t used = clock();
    uint64_t world = 0;
    while (!is_enough(wish, &sum, since))
        simulate(wish, world++, &sum);
    double seconds = (double)(clock() - used) / CLOCKS_PER_SEC;
    printf("seed %" PRIu64 ": %" PRIu64 " lives in %" PRIu64 " worlds, %.1f MB echoed, %.1f s of one core, "
           "%.0f lives/s\n",
           wish->seed, sum.lives, world, (double)sum.bytes / 1e6, seconds,
           seconds > 0 ? (double)sum.lives / seconds : 0.0);
}

/* A number for each day, so that the worlds of today are others than those of yesterday. */
static uint64_t seed_of(const char *text)
{
    if (strcmp(text, "date") == 0)
        return (uint64_t)(time(NULL) / 86400);
    char *end;
    uint64_t seed = strtoull(text, &end, 10);
    if (*text == '\0' || *end != '\0') {
        fprintf(stderr, "simulation: '%s' is not a number\n", text);
        exit(2);
    }
    return seed;
}

static void read_options(int count, char **arguments, struct wish *wish)
{
    static const struct option options[] = {
        {.name = "seed", .has_arg = required_argument, .val = 'e'},
        {.name = "lives", .has_arg = required_argument, .val = 'l'},
        {.name = "seconds", .has_arg = required_argument, .val = 't'},
        {.name = "world", .has_arg = required_argument, .val = 'w'},
        {.name = "server", .has_arg = no_argument, .val = 's'},
        {.name = "client", .has_arg = no_argument, .val = 'c'},
        {.name = NULL},
    };
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (option) {
        case 'e':
            wish->seed = seed_of(optarg);
            break;
        case 'l':
            wish->lives = seed_of(optarg);
            break;
        case 't':
            wish->seconds = (long)seed_of(optarg);
            break;
        case 'w':
            wish->world = (int64_t)seed_of(optarg);
            break;
        case 's':
            wish->no_clients = true;
            break;
        case 'c':
            wish->no_servers = true;
            break;
        default:
            exit(2);
        }
    }
}

int main(int count, char **arguments)
{
    struct wish wish = {.seed = 1, .lives = UINT64_MAX, .world = -1};
    program = arguments[0];
    read_options(count, arguments, &wish);
    if (wish.lives == UINT64_MAX && wish.seconds == 0)
        wish.lives = 1000000;
    link_make_bytes();
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (wish.world < 0) {
        simulate_all(&wish);
        return 0;
    }
    struct world_figures sum = {0};
    simulate(&wish, (uint64_t)wish.world, &sum);
    printf("world %" PRId64 " of seed %" PRIu64 ": %" PRIu64 " lives, no promise was broken\n", wish.world, wish.seed,
           sum.lives);
    return 0;
}
