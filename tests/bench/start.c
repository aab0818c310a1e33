/* bench-start: how long it takes from nothing to a server that listens, and to the first echo from it, both sides in
 * this program; and the memory that a server asks for.
 *
 * usage: bench-start [--rounds N]
 */
#include "measure.h"
#include "report.h"

#include <inttypes.h>
#include <malloc.h>
#include <sockecho.h>
#include <stdio.h>
#include <stdlib.h>

const char program_name[] = "bench-start";

enum { DEFAULT_ROUNDS = 1000, MAX_ROUNDS = 1000000 };

struct figures {
    double *listening_us;
    double *echoed_us;
    double *listening_bytes;
    double *echoed_bytes; /* of the server that has served one client, and of that client */
};

static double *new_figures(int64_t count)
{
    double *figures = calloc((size_t)count, sizeof *figures);
    if (figures == NULL)
        bench_die("no memory for the figures");
    return figures;
}

static void expect_success(int result, const char *what)
{
    if (result < 0)
        bench_die("cannot %s: %s", what, se_strerror(result));
}

/* In use, as malloc(3) counts it, its own share of each piece included. A sanitizer's malloc counts nothing. */
static double heap_bytes(void)
{
    struct mallinfo2 heap = mallinfo2();
    return (double)heap.uordblks + (double)heap.hblkhd;
}

static void print_heap(const char *key, const double *bytes, size_t count)
{
    double median = bench_median(bytes, count);
    if (median > 0)
        printf(", \"%s\": %.0f", key, median);
    else
        printf(", \"%s\": null", key);
}

static double us_since(int64_t begin_ns)
{
    return (double)(bench_now_ns() - begin_ns) / 1e3;
}

static void run_round(const struct figures *figures, size_t round)
{
    struct se_server *server;
    struct se_client *client;
    char reply[64];
    static const char message[sizeof reply] = "the first message";
    double bytes = heap_bytes();
    int64_t begin_ns = bench_now_ns();
    expect_success(se_server_new(NULL, SE_PORT_ANY, &server), "listen");
    figures->listening_us[round] = us_since(begin_ns);
    figures->listening_bytes[round] = heap_bytes() - bytes;

    begin_ns = bench_now_ns() - (int64_t)(figures->listening_us[round] * 1e3);
    expect_success(se_server_start(server), "start");
    expect_success(se_client_new(&client), "make a client");
    expect_success(se_client_connect(client, NULL, se_server_port(server)), "connect");
    expect_success(se_client_echo(client, message, sizeof message, reply), "echo");
    figures->echoed_us[round] = us_since(begin_ns);
    figures->echoed_bytes[round] = heap_bytes() - bytes;

    expect_success(se_client_finish(client), "finish");
    se_client_free(client);
    se_server_stop(server);
    expect_success(se_server_join(server), "stop");
    se_server_free(server);
}

int main(int argc, char **argv)
{
    int64_t rounds = DEFAULT_ROUNDS;
    const struct bench_option options[] = {{"rounds", 1, MAX_ROUNDS, &rounds}, {.name = NULL}};
    if (prepare_standard_streams() < 0)
        return EXIT_FAILED;
    if (bench_read_options(argc, argv, options, NULL) < 0)
        return EXIT_USAGE;
    size_t count = (size_t)rounds;
    struct figures figures = {new_figures(rounds), new_figures(rounds), new_figures(rounds), new_figures(rounds)};
    for (size_t round = 0; round < count; round++)
        run_round(&figures, round);
    printf("{\"rounds\": %zu", count);
    printf(", \"listening_us_median\": %.3f", bench_median(figures.listening_us, count));
    printf(", \"first_echo_us_median\": %.3f", bench_median(figures.echoed_us, count));
    print_heap("listening_heap_bytes", figures.listening_bytes, count);
    print_heap("first_echo_heap_bytes", figures.echoed_bytes, count);
    printf("}\n");
    free(figures.listening_us);
    free(figures.echoed_us);
    free(figures.listening_bytes);
    free(figures.echoed_bytes);
    return flush_output() < 0 ? EXIT_FAILED : EXIT_OK;
}
