/* sockecho-client -n: measures round trips, as ping(8) does, but over TCP and with every byte checked. A round trip
 * lasts from the first byte out to the last byte in. TCP loses nothing and repeats nothing: an echo that does not come
 * back ends the measurement, because every later one would wait behind it.
 */
#include "client-modes.h"
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct round_trips {
    int64_t sent;
    int64_t returned;
    int64_t least_ns;
    int64_t most_ns;
    int64_t total_ns;
};

static double milliseconds(int64_t nanoseconds)
{
    return (double)nanoseconds / 1e6;
}

/* Different bytes at each offset and in each message, so that no shifted and no earlier echo passes for this one. */
static void fill_message(unsigned char *message, size_t size, int64_t sequence)
{
    for (size_t i = 0; i < size; i++)
        message[i] = (unsigned char)(i + (uint64_t)sequence);
}

static void count_round_trip(struct round_trips *trips, int64_t rtt_ns)
{
    trips->least_ns = trips->returned == 0 || rtt_ns < trips->least_ns ? rtt_ns : trips->least_ns;
    trips->most_ns = rtt_ns > trips->most_ns ? rtt_ns : trips->most_ns;
    trips->total_ns += rtt_ns;
    trips->returned++;
}

static void print_peer(const struct client_options *options)
{
    if (options->unix_path != NULL)
        printf("unix:%s", options->unix_path);
    else if (strchr(options->host, ':') != NULL)
        printf("[%s]:%d", options->host, options->port);
    else
        printf("%s:%d", options->host, options->port);
}

static int print_round_trip(const struct client_options *options, int64_t sequence, int64_t rtt_ns)
{
    printf("%" PRId64 " bytes from ", options->ping_size);
    print_peer(options);
    printf(": seq=%" PRId64 " rtt=%.3f ms\n", sequence, milliseconds(rtt_ns));
    return flush_output();
}

static int measure_one(struct se_client *client, const struct client_options *options, unsigned char *message,
                       struct round_trips *trips)
{
    int64_t sequence = ++trips->sent;
    fill_message(message, (size_t)options->ping_size, sequence);
    int error = se_client_echo(client, message, (size_t)options->ping_size, NULL);
    if (error < 0) {
        char what[32];
        snprintf(what, sizeof what, "seq=%" PRId64, sequence);
        complain_of_echo(client, what, 0, error);
        return -1;
    }
    int64_t rtt_ns = se_client_rtt_ns(client);
    count_round_trip(trips, rtt_ns);
    return print_round_trip(options, sequence, rtt_ns);
}

static void wait_for(int64_t interval_ms)
{
    struct timespec left = {.tv_sec = (time_t)(interval_ms / 1000), .tv_nsec = (long)(interval_ms % 1000) * 1000000};
    while (nanosleep(&left, &left) == -1 && errno == EINTR)
        continue;
}

static int measure_each(struct se_client *client, const struct client_options *options, unsigned char *message,
                        struct round_trips *trips)
{
    for (int64_t i = 0; i < options->ping_count; i++) {
        if (i > 0)
            wait_for(options->ping_interval_ms);
        if (measure_one(client, options, message, trips) < 0)
            return -1;
    }
    return 0;
}

static int print_summary(const struct round_trips *trips)
{
    printf("%" PRId64 " sent, %" PRId64 " returned, %" PRId64 " lost\n", trips->sent, trips->returned,
           trips->sent - trips->returned);
    if (trips->returned > 0)
        printf("rtt min/avg/max = %.3f/%.3f/%.3f ms\n", milliseconds(trips->least_ns),
               milliseconds(trips->total_ns) / (double)trips->returned, milliseconds(trips->most_ns));
    return flush_output();
}

int measure_round_trips(struct se_client *client, const struct client_options *options)
{
    struct round_trips trips = {0};
    unsigned char *message = malloc((size_t)options->ping_size);
    if (message == NULL) {
        complain("no memory for a message of %" PRId64 " bytes", options->ping_size);
        return -1;
    }
    int result = measure_each(client, options, message, &trips);
    free(message);
    /* Where no line could be written, neither can the summary. */
    if (ferror(stdout))
        return -1;
    return print_summary(&trips) < 0 ? -1 : result;
}
