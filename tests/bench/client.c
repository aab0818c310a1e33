/* bench-client: se_client_echo() beside the same echo written by hand, unchecked and checked, over the same server. The
 * three take turns in every round, each with a connection of its own, so that whatever the machine does meanwhile meets
 * all of them.
 *
 * usage: bench-client [--rounds N] [--round SECONDS] -p PORT HOST     small echoes in the three modes
 *        bench-client --bulk BYTES [--rounds N] -p PORT HOST          one large message
 */
#include "client-contest.h"
#include "measure.h"
#include "report.h"

#include <inttypes.h>
#include <sockecho.h>
#include <stdio.h>
#include <stdlib.h>

const char program_name[] = "bench-client";

enum { DEFAULT_ROUNDS = 11, DEFAULT_BULK_ROUNDS = 5, DEFAULT_ROUND_MS = 100, TIMEOUT_MS = 10000 };
static const int64_t MAX_BULK = INT64_C(1) << 40;

struct mode {
    const char *name;
    int64_t timeout_ms;
    hand_echo *by_hand;
};
static const struct mode modes[] = {
    {"blocking", SE_TIMEOUT_NONE, hand_echo_blocking},
    {"non-blocking", 0, hand_echo_polling},
    {"timeout", TIMEOUT_MS, hand_echo_polling},
};
static const struct mode bulk_mode = {"non-blocking", 0, hand_echo_bulk};
static const size_t sizes[] = {64, 512, 16384, 65536};

enum { MODE_COUNT = sizeof modes / sizeof modes[0], SIZE_COUNT = sizeof sizes / sizeof sizes[0] };

struct wish {
    struct bench_place place;
    int64_t rounds; /* 0: the default */
    int64_t round_ms;
    int64_t bulk; /* 0: none */
};

/* Any bytes, as long as no stretch is like the next. */
static char *new_message(size_t length)
{
    char *message = malloc(length);
    uint64_t state = UINT64_C(88172645463325252);
    if (message == NULL)
        bench_die("no memory for a message of %zu bytes", length);
    for (size_t i = 0; i < length; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        message[i] = (char)(state >> 56);
    }
    return message;
}

static void run(const struct wish *wish, const struct mode *mode, const char *message, size_t length)
{
    struct contest contest = {
        .message = message,
        .length = length,
        .rounds = (size_t)wish->rounds,
        .round_ns = wish->bulk > 0 ? 0 : wish->round_ms * 1000000,
        .by_hand = mode->by_hand,
    };
    contest_begin(&contest, &wish->place, mode->timeout_ms);
    contest_run(&contest);
    printf("{\"mode\": \"%s\", \"size_bytes\": %zu", mode->name, length);
    contest_print(&contest);
    printf("}");
    contest_end(&contest);
}

static void run_small(const struct wish *wish)
{
    char *message = new_message(sizes[SIZE_COUNT - 1]);
    const char *separator = "";
    for (size_t mode = 0; mode < MODE_COUNT; mode++) {
        for (size_t size = 0; size < SIZE_COUNT; size++) {
            printf("%s", separator);
            run(wish, &modes[mode], message, sizes[size]);
            separator = ",\n";
        }
    }
    free(message);
}

static void run_bulk(const struct wish *wish)
{
    char *message = new_message((size_t)wish->bulk);
    run(wish, &bulk_mode, message, (size_t)wish->bulk);
    free(message);
}

static int read_wish(int argc, char **argv, struct wish *wish)
{
    const struct bench_option options[] = {
        {"rounds", 1, 1000, &wish->rounds},
        {"round", 1, 0, &wish->round_ms},
        {"bulk", 1, MAX_BULK, &wish->bulk},
        {.name = NULL},
    };
    if (bench_read_options(argc, argv, options, &wish->place) < 0)
        return -1;
    if (wish->rounds == 0)
        wish->rounds = wish->bulk > 0 ? DEFAULT_BULK_ROUNDS : DEFAULT_ROUNDS;
    return 0;
}

int main(int argc, char **argv)
{
    struct wish wish = {.round_ms = DEFAULT_ROUND_MS};
    if (prepare_standard_streams() < 0)
        return EXIT_FAILED;
    if (read_wish(argc, argv, &wish) < 0)
        return EXIT_USAGE;
    printf("{\"rounds\": %" PRId64 ", \"results\": [\n", wish.rounds);
    if (wish.bulk > 0)
        run_bulk(&wish);
    else
        run_small(&wish);
    printf("\n]}\n");
    return flush_output() < 0 ? EXIT_FAILED : EXIT_OK;
}
