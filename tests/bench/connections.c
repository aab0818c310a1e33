/* bench-connections: opens many connections one after the other, then sends one message over each of them in turn,
 * while all stay open. Tells how long the opening took, and an echo beside so many others.
 *
 * usage: bench-connections [--connections N] [--rounds N] -p PORT HOST
 *
 * With more than half of the local ports in use (14,000, as Linux sets net.ipv4.ip_local_port_range) it is the kernel's
 * search for a free one that takes most of the time.
 */
#include "measure.h"
#include "report.h"

#include <inttypes.h>
#include <sockecho.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

const char program_name[] = "bench-connections";

enum { MESSAGE_SIZE = 64, MAX_CONNECTIONS = 1000000 };

struct wish {
    struct bench_place place;
    int64_t connections;
    int64_t rounds; /* of one echo on each */
};

/* As many descriptors as this process may have. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void expect_success(int result, const char *what, int64_t number)
{
    if (result < 0)
        bench_die("cannot %s connection %" PRId64 ": %s", what, number, se_strerror(result));
}

/* Returns how long it took. */
static int64_t open_all(struct se_client **clients, const struct wish *wish)
{
    int64_t begin_ns = bench_now_ns();
    for (int64_t i = 0; i < wish->connections; i++) {
        expect_success(se_client_new(&clients[i]), "make", i);
        expect_success(se_client_connect(clients[i], wish->place.host, wish->place.port), "open", i);
    }
    return bench_now_ns() - begin_ns;
}

static int64_t echo_over_all(struct se_client **clients, const struct wish *wish)
{
    /* The reply has a place, so that a client needs no buffer. */
    static const char message[MESSAGE_SIZE] = "sixty-four bytes that come back";
    char reply[MESSAGE_SIZE];
    int64_t begin_ns = bench_now_ns();
    for (int64_t i = 0; i < wish->connections; i++)
        expect_success(se_client_echo(clients[i], message, sizeof message, reply), "echo over", i);
    return bench_now_ns() - begin_ns;
}

static void measure(struct se_client **clients, const struct wish *wish)
{
    double count = (double)wish->connections;
    double opened_ns = (double)open_all(clients, wish);
    double *echo_ns = calloc((size_t)wish->rounds, sizeof *echo_ns);
    if (echo_ns == NULL)
        bench_die("no memory for the figures");
    for (int64_t round = 0; round < wish->rounds; round++)
        echo_ns[round] = (double)echo_over_all(clients, wish) / count;
    printf("{\"connections\": %" PRId64 ", \"open_seconds\": %.6f, \"open_ns\": %.1f", wish->connections,
           opened_ns / 1e9, opened_ns / count);
    bench_print_series("echo_ns", echo_ns, (size_t)wish->rounds);
    printf("}\n");
    free(echo_ns);
}

int main(int argc, char **argv)
{
    struct wish wish = {.connections = 1000, .rounds = 3};
    const struct bench_option options[] = {
        {"connections", 1, MAX_CONNECTIONS, &wish.connections},
        {"rounds", 1, 1000, &wish.rounds},
        {.name = NULL},
    };
    if (prepare_standard_streams() < 0)
        return EXIT_FAILED;
    if (bench_read_options(argc, argv, options, &wish.place) < 0)
        return EXIT_USAGE;
    raise_limit();
    struct se_client **clients = calloc((size_t)wish.connections, sizeof(struct se_client *));
    if (clients == NULL)
        bench_die("no memory for the clients");
    measure(clients, &wish);
    for (int64_t i = 0; i < wish.connections; i++)
        se_client_free(clients[i]);
    free(clients);
    return flush_output() < 0 ? EXIT_FAILED : EXIT_OK;
}
