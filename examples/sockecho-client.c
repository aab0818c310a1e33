/* sockecho-client: an echo client for the command line. It connects, does one of the three things that client-modes.h
 * names, and ends the connection in order, so that not even one byte too many goes unnoticed. Or it makes a load.
 */
#include "client-load.h"
#include "client-modes.h"
#include "client-options.h"
#include "report.h"

#include <inttypes.h>
#include <sockecho.h>
#include <stddef.h>

const char program_name[] = "sockecho-client";

static const char help[] = "usage: sockecho-client [-p PORT] [-t SECONDS] HOST [MESSAGE]...\n"
                           "       sockecho-client [-p PORT] [-t SECONDS] -n COUNT [-w SECONDS] [-s SIZE] HOST\n"
                           "       sockecho-client --load [-p PORT] [-t SECONDS] [OPTION]... HOST\n"
                           "       sockecho-client --unix PATH in place of -p and HOST, but for a load\n"
                           "Sends each MESSAGE to an echo server (RFC 862), checks the echo and prints it. Without a\n"
                           "MESSAGE it sends stdin and writes the echo to stdout. With -n it measures round trips.\n"
                           "With --load it measures many at once, over any number of connections.\n"
                           "\n"
                           "  -p, --port PORT         the server's port, 1 to 65535 (7)\n"
                           "      --unix PATH         connect to the server's unix socket instead\n"
                           "  -t, --timeout SECONDS   how long to connect, each echo and the end may take (no limit;\n"
                           "                          with --load 10)\n"
                           "  -n, --count COUNT       measure so many round trips\n"
                           "  -w, --interval SECONDS  wait so long between two round trips (1)\n"
                           "  -s, --size SIZE         bytes of a round trip (64)\n"
                           "      --load              keep messages in flight and check every byte\n"
                           "  -h, --help              print this and exit\n"
                           "      --version           print the version and exit\n"
                           "\n"
                           "With --load, -n is the number of messages in all (no limit), -s the size of each (64), -w\n"
                           "the time between two lines on a terminal (1), and these are options too:\n"
                           "      --connections N           connections (1)\n"
                           "      --depth N                 messages in flight on a connection (1)\n"
                           "      --rate N                  messages a second over all connections (0: as fast as\n"
                           "                                they come back)\n"
                           "      --duration SECONDS        how long messages are sent (10; with -n no limit)\n"
                           "      --warmup SECONDS          so long before that they are sent and not counted (0)\n"
                           "      --threads N               threads that share the connections (1)\n"
                           "      --seed N                  what the bytes of the messages depend on (1)\n"
                           "      --busy-poll MICROSECONDS  look for echoes so long before sleeping (0)\n"
                           "      --json                    report in JSON\n"
                           "      --histogram FILE          write the round trips in HdrHistogram's percentile form\n"
                           "\n"
                           "SECONDS may have three decimals. A MESSAGE that begins with - goes after --.\n"
                           "Exit status: 0 all came back, 1 something did not, 2 wrong usage.\n";

void complain_of_echo(const struct se_client *client, const char *what, int64_t base, int error)
{
    if (error == SE_EMISMATCH)
        complain("%s: %s, first at offset %" PRId64, what, se_strerror(error), base + se_client_mismatch_at(client));
    else
        complain("%s: %s", what, se_strerror(error));
}

static void complain_of_connecting(const struct client_options *options, int error)
{
    if (options->unix_path != NULL)
        complain("cannot connect to unix socket '%s': %s", options->unix_path, se_strerror(error));
    else
        complain("cannot connect to '%s' port %d: %s", options->host, options->port, se_strerror(error));
}

static int connect_client(struct se_client *client, const struct client_options *options)
{
    int error = se_client_set_timeout(client, options->timeout_ms);
    if (error == 0 && options->unix_path != NULL)
        error = se_client_connect_unix(client, options->unix_path);
    else if (error == 0)
        error = se_client_connect(client, options->host, options->port);
    if (error < 0) {
        complain_of_connecting(options, error);
        return -1;
    }
    return 0;
}

static int act(struct se_client *client, const struct client_options *options)
{
    switch (options->action) {
    case CLIENT_MESSAGES:
        return echo_messages(client, options);
    case CLIENT_PING:
        return measure_round_trips(client, options);
    default:
        return echo_stdin(client);
    }
}

static int finish(struct se_client *client)
{
    int error = se_client_finish(client);
    if (error == SE_EMISMATCH) {
        complain("the server sent more than the echo");
        return -1;
    }
    if (error < 0) {
        complain("the connection did not end in order: %s", se_strerror(error));
        return -1;
    }
    return 0;
}

static int run_client(const struct client_options *options)
{
    struct se_client *client;
    int error = se_client_new(&client);
    if (error < 0) {
        complain("cannot make a client: %s", se_strerror(error));
        return EXIT_FAILED;
    }
    int failed = connect_client(client, options) < 0 || act(client, options) < 0 || finish(client) < 0;
    se_client_free(client);
    return failed ? EXIT_FAILED : EXIT_OK;
}

int main(int argc, char **argv)
{
    struct client_options options;
    if (prepare_standard_streams() < 0)
        return EXIT_FAILED;
    if (read_client_options(argc, argv, &options) < 0)
        return EXIT_USAGE;
    switch (options.action) {
    case CLIENT_HELP:
        return print_help(help);
    case CLIENT_VERSION:
        return print_version();
    case CLIENT_LOAD:
        return make_load(&options) < 0 ? EXIT_FAILED : EXIT_OK;
    default:
        return run_client(&options);
    }
}
