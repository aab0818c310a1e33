/* bench-churn: how many connections a second a server takes, echoes on and ends. Some clients at once, one unless told,
 * connect, echo 64 bytes, finish in order, and begin anew, all through the library's client in one thread.
 *
 * usage: bench-churn [--connections N] [--duration SECONDS] -p PORT HOST
 *
 * Each ended connection keeps a local port for a minute. On loopback Linux takes it again after a second
 * (net.ipv4.tcp_tw_reuse = 2); where ports run out all the same, that is said and the result is none.
 */
#include "measure.h"
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sockecho.h>
#include <stdio.h>
#include <stdlib.h>

const char program_name[] = "bench-churn";

enum { MESSAGE_SIZE = 64, MAX_CLIENTS = 1000, DEFAULT_DURATION_MS = 10000, LOOK_AROUND_MS = 20, KINDS_MAX = 16 };

enum step { CONNECT, ECHO, FINISH, STEP_COUNT };

struct guest {
    struct se_client *client;
    enum step step;
};

struct failure {
    int error; /* 0: none of this kind */
    int64_t count;
};

struct churn {
    struct bench_place place;
    int64_t guest_count;
    int64_t duration_ms;
    int64_t connections; /* that went through all steps */
    struct failure failures[KINDS_MAX];
};

static int take_step(const struct guest *guest, const struct bench_place *place)
{
    static const char message[MESSAGE_SIZE] = "sixty-four bytes that come back";
    switch (guest->step) {
    case CONNECT:
        return se_client_connect(guest->client, place->host, place->port);
    case ECHO:
        return se_client_echo(guest->client, message, sizeof message, NULL);
    default:
        return se_client_finish(guest->client);
    }
}

static void count_failure(struct churn *churn, int error)
{
    int kind = 0;
    while (kind < KINDS_MAX - 1 && churn->failures[kind].error != 0 && churn->failures[kind].error != error)
        kind++;
    churn->failures[kind].error = error;
    churn->failures[kind].count++;
}

/* Goes on until the guest would have to wait. A failure waits for the next turn, so that it cannot spin in here. */
static void serve(struct churn *churn, struct guest *guest)
{
    for (;;) {
        int result = take_step(guest, &churn->place);
        if (result == -EAGAIN)
            return;
        if (result < 0) {
            count_failure(churn, result);
            se_client_close(guest->client);
            guest->step = CONNECT;
            return;
        }
        churn->connections += guest->step == FINISH;
        guest->step = (guest->step + 1) % STEP_COUNT;
    }
}

/* A guest whose last connection failed has nothing to wait for. */
static void wait_for_guests(const struct guest *guests, struct pollfd *ready, int64_t count)
{
    int timeout_ms = LOOK_AROUND_MS;
    for (int64_t i = 0; i < count; i++) {
        ready[i] = (struct pollfd){.fd = se_client_fd(guests[i].client)};
        ready[i].events = (short)se_client_events(guests[i].client);
        if (ready[i].events == 0)
            timeout_ms = 0;
    }
    if (poll(ready, (nfds_t)count, timeout_ms) < 0 && errno != EINTR)
        bench_die("cannot wait for the connections");
}

static void run(struct churn *churn, struct guest *guests, int64_t end_ns)
{
    struct pollfd *ready = calloc((size_t)churn->guest_count, sizeof *ready);
    if (ready == NULL)
        bench_die("no memory for the clients");
    do {
        for (int64_t i = 0; i < churn->guest_count; i++)
            if (ready[i].revents != 0 || ready[i].events == 0)
                serve(churn, &guests[i]);
        wait_for_guests(guests, ready, churn->guest_count);
    } while (bench_now_ns() < end_ns);
    free(ready);
}

static struct guest *new_guests(int64_t count)
{
    struct guest *guests = calloc((size_t)count, sizeof *guests);
    if (guests == NULL)
        bench_die("no memory for the clients");
    for (int64_t i = 0; i < count; i++)
        if (se_client_new(&guests[i].client) < 0 || se_client_set_blocking(guests[i].client, 0) < 0)
            bench_die("cannot make a client");
    return guests;
}

static void free_guests(struct guest *guests, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        se_client_free(guests[i].client);
    free(guests);
}

/* Whether there were any. */
static int print_failures(const struct churn *churn)
{
    int kind = 0;
    printf("\"failures\": {");
    for (; kind < KINDS_MAX && churn->failures[kind].error != 0; kind++) {
        const struct failure *failure = &churn->failures[kind];
        printf("%s\"%s\": %" PRId64, kind > 0 ? ", " : "", se_error_name(failure->error), failure->count);
        if (failure->error == -EADDRNOTAVAIL)
            complain("the local ports were used up: ended connections hold them for a while");
    }
    printf("}");
    return kind > 0;
}

int main(int argc, char **argv)
{
    struct churn churn = {.guest_count = 1, .duration_ms = DEFAULT_DURATION_MS};
    const struct bench_option options[] = {
        {"connections", 1, MAX_CLIENTS, &churn.guest_count},
        {"duration", 1, 0, &churn.duration_ms},
        {.name = NULL},
    };
    if (prepare_standard_streams() < 0)
        return EXIT_FAILED;
    if (bench_read_options(argc, argv, options, &churn.place) < 0)
        return EXIT_USAGE;
    struct guest *guests = new_guests(churn.guest_count);
    int64_t begin_ns = bench_now_ns();
    run(&churn, guests, begin_ns + churn.duration_ms * 1000000);
    double seconds = (double)(bench_now_ns() - begin_ns) / 1e9;
    free_guests(guests, churn.guest_count);
    printf("{\"at_once\": %" PRId64 ", \"connections\": %" PRId64 ", \"seconds\": %.6f, ", churn.guest_count,
           churn.connections, seconds);
    printf("\"connections_per_second\": %.1f, ", (double)churn.connections / seconds);
    int has_failed = print_failures(&churn);
    printf("}\n");
    return flush_output() < 0 || has_failed ? EXIT_FAILED : EXIT_OK;
}
