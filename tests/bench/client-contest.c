/* Rounds of the library's client and of two by hand: see client-contest.h. */
#include "client-contest.h"

#include "measure.h"

#include <errno.h>
#include <poll.h>
#include <sockecho/error.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const names[CONTESTANT_COUNT] = {"library", "by_hand", "by_hand_checked"};

static void expect_success(int result, const char *what)
{
    if (result < 0)
        bench_die("the library cannot %s: %s", what, se_strerror(result));
}

static double *new_figures(size_t count)
{
    double *figures = calloc(count, sizeof *figures);
    if (figures == NULL)
        bench_die("no memory for the figures");
    return figures;
}

void contest_begin(struct contest *contest, const struct bench_place *place, int64_t timeout_ms)
{
    expect_success(se_client_new(&contest->library), "make a client");
    expect_success(se_client_connect(contest->library, place->host, place->port), "connect");
    expect_success(se_client_set_timeout(contest->library, timeout_ms), "set the mode");
    for (int who = UNCHECKED_BY_HAND; who < CONTESTANT_COUNT; who++) {
        struct hand *hand = &contest->hands[who];
        hand->is_checked = who == CHECKED_BY_HAND;
        hand->timeout_ms = timeout_ms > 0 ? timeout_ms : -1;
        hand_connect(hand, place);
    }
    for (int who = 0; who < CONTESTANT_COUNT; who++) {
        contest->echo_ns[who] = new_figures(contest->rounds);
        contest->cpu_ns[who] = new_figures(contest->rounds);
    }
}

void contest_end(struct contest *contest)
{
    se_client_free(contest->library);
    for (int who = UNCHECKED_BY_HAND; who < CONTESTANT_COUNT; who++)
        hand_close(&contest->hands[who]);
    for (int who = 0; who < CONTESTANT_COUNT; who++) {
        free(contest->echo_ns[who]);
        free(contest->cpu_ns[who]);
    }
}

/* In non-blocking mode the waiting is the caller's. */
static void echo_by_library(struct se_client *client, const char *message, size_t length)
{
    int result;
    while ((result = se_client_echo(client, message, length, NULL)) == -EAGAIN) {
        struct pollfd ready = {.fd = se_client_fd(client), .events = (short)se_client_events(client)};
        poll(&ready, 1, -1);
    }
    expect_success(result, "echo");
}

static void echo(struct contest *contest, int who)
{
    if (who == LIBRARY)
        echo_by_library(contest->library, contest->message, contest->length);
    else
        contest->by_hand(&contest->hands[who], contest->message, contest->length);
}

static void measure_turn(struct contest *contest, int who, size_t round)
{
    int64_t cpu_ns = bench_cpu_ns();
    int64_t begin_ns = bench_now_ns();
    int64_t elapsed_ns;
    int64_t echoes = 0;
    do {
        echo(contest, who);
        echoes++;
        elapsed_ns = bench_now_ns() - begin_ns;
    } while (elapsed_ns < contest->round_ns);
    contest->echo_ns[who][round] = (double)elapsed_ns / (double)echoes;
    contest->cpu_ns[who][round] = (double)(bench_cpu_ns() - cpu_ns) / (double)echoes;
}

/* Whoever is first in a round is not so in the next, so that a place in it favours nobody. */
void contest_run(struct contest *contest)
{
    for (int who = 0; who < CONTESTANT_COUNT; who++)
        measure_turn(contest, who, 0); /* forgotten: the buffers of a new connection have yet to grow */
    for (size_t round = 0; round < contest->rounds; round++)
        for (size_t turn = 0; turn < CONTESTANT_COUNT; turn++)
            measure_turn(contest, (int)((round + turn) % CONTESTANT_COUNT), round);
}

static void print_ratio(const struct contest *contest, const char *kind, double *const figures[], int other)
{
    double *ratios = new_figures(contest->rounds);
    for (size_t round = 0; round < contest->rounds; round++)
        ratios[round] = figures[LIBRARY][round] / figures[other][round];
    printf(", \"%s_ratio_to_%s\": %.4f", kind, names[other], bench_median(ratios, contest->rounds));
    free(ratios);
}

static void print_figures(const struct contest *contest, int who)
{
    char key[64];
    snprintf(key, sizeof key, "%s_echo_ns", names[who]);
    bench_print_series(key, contest->echo_ns[who], contest->rounds);
    snprintf(key, sizeof key, "%s_cpu_ns", names[who]);
    bench_print_series(key, contest->cpu_ns[who], contest->rounds);
    double median_ns = bench_median(contest->echo_ns[who], contest->rounds);
    printf(", \"%s_gb_per_s\": %.4f", names[who], (double)contest->length / median_ns);
}

void contest_print(const struct contest *contest)
{
    for (int who = 0; who < CONTESTANT_COUNT; who++)
        print_figures(contest, who);
    for (int other = UNCHECKED_BY_HAND; other < CONTESTANT_COUNT; other++) {
        print_ratio(contest, "time", contest->echo_ns, other);
        print_ratio(contest, "cpu", contest->cpu_ns, other);
    }
}
