/* sockecho-server: an echo server for the command line. It reads its options, lets libsockecho listen and serve, and
 * ends on SIGTERM or SIGINT: the first one lets the connections finish, a second one cuts them.
 */
#include "arguments.h"
#include "report.h"

#include <getopt.h>
#include <signal.h>
#include <sockecho.h>
#include <stdio.h>
#include <string.h>

const char program_name[] = "sockecho-server";

static const char help[] = "usage: sockecho-server [OPTION]...\n"
                           "Sends back to every TCP peer what it sent (RFC 862), until SIGTERM or SIGINT.\n"
                           "\n"
                           "  -H, --host ADDR      listen on this address (127.0.0.1)\n"
                           "  -p, --port PORT      listen on this port, 1 to 65535, or on any free one: any (7)\n"
                           "      --poller POLLER  auto, epoll or poll (auto)\n"
                           "  -h, --help           print this and exit\n"
                           "      --version        print the version and exit\n"
                           "\n"
                           "It prints \"listening on ADDR:PORT\" once peers can connect. The first signal lets the\n"
                           "connections finish, a second one cuts them. Exit status: 0 stopped by a signal,\n"
                           "1 failed, 2 wrong usage.\n";

enum action { ACTION_SERVE, ACTION_HELP, ACTION_VERSION };

struct server_options {
    enum action action;
    const char *host;
    int port;
    int poller;
};

/* Long options without a letter have numbers above those of every letter. */
enum { OPTION_POLLER = 256, OPTION_VERSION };

static const char short_options[] = ":H:p:h";

static const struct option long_options[] = {
    {.name = "host", .has_arg = required_argument, .val = 'H'},
    {.name = "port", .has_arg = required_argument, .val = 'p'},
    {.name = "poller", .has_arg = required_argument, .val = OPTION_POLLER},
    {.name = "help", .has_arg = no_argument, .val = 'h'},
    {.name = "version", .has_arg = no_argument, .val = OPTION_VERSION},
    {.name = NULL},
};

static int read_host(const char *text, const char **host_out)
{
    if (*text == '\0') {
        complain("host '' is not an address");
        return -1;
    }
    *host_out = text;
    return 0;
}

static int read_port_or_any(const char *text, int *port_out)
{
    if (strcmp(text, "any") == 0) {
        *port_out = SE_PORT_ANY;
        return 0;
    }
    return read_port(text, port_out);
}

static const char *const poller_names[] = {
    [SE_POLLER_AUTO] = "auto", [SE_POLLER_EPOLL] = "epoll", [SE_POLLER_POLL] = "poll"};

static int read_poller(const char *text, int *poller_out)
{
    for (size_t poller = 0; poller < sizeof poller_names / sizeof poller_names[0]; poller++) {
        if (strcmp(text, poller_names[poller]) == 0) {
            *poller_out = (int)poller;
            return 0;
        }
    }
    complain("poller '%s' is none of auto, epoll, poll", text);
    return -1;
}

static int apply_option(int option, const char *value, char **arguments, struct server_options *options)
{
    switch (option) {
    case 'H':
        return read_host(value, &options->host);
    case 'p':
        return read_port_or_any(value, &options->port);
    case OPTION_POLLER:
        return read_poller(value, &options->poller);
    case 'h':
        options->action = ACTION_HELP;
        return 0;
    case OPTION_VERSION:
        options->action = ACTION_VERSION;
        return 0;
    default:
        complain_of_option(option, short_options, arguments);
        return -1;
    }
}

static int read_options(int count, char **arguments, struct server_options *options)
{
    *options = (struct server_options){ACTION_SERVE, "127.0.0.1", 7, SE_POLLER_AUTO};
    int option;
    while (options->action == ACTION_SERVE &&
           (option = getopt_long(count, arguments, short_options, long_options, NULL)) != -1)
        if (apply_option(option, optarg, arguments, options) < 0)
            return -1;
    if (options->action == ACTION_SERVE && optind < count) {
        complain("unexpected argument '%s' (--help tells more)", arguments[optind]);
        return -1;
    }
    return 0;
}

static struct se_server *served;

static void stop_served(int signal_number)
{
    (void)signal_number;
    se_server_stop(served);
}

static void on_termination(void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

static int announce(const struct se_server *server)
{
    char address[64];
    int error = se_server_address(server, address, sizeof address);
    if (error < 0) {
        complain("cannot tell the address: %s", se_strerror(error));
        return -1;
    }
    printf("listening on %s\n", address);
    return flush_output();
}

static int run_until_stopped(struct se_server *server)
{
    int error = se_server_run(server);
    if (error < 0) {
        complain("cannot serve: %s", se_strerror(error));
        return -1;
    }
    return 0;
}

static int set_up(struct se_server *server, const struct server_options *options)
{
    int error = se_server_set_poller(server, options->poller);
    if (error < 0) {
        complain("cannot use poller '%s': %s", poller_names[options->poller], se_strerror(error));
        return -1;
    }
    return 0;
}

static void complain_of_listening(const struct server_options *options, int error)
{
    if (options->port == SE_PORT_ANY)
        complain("cannot listen on '%s': %s", options->host, se_strerror(error));
    else
        complain("cannot listen on '%s' port %d: %s", options->host, options->port, se_strerror(error));
}

static int serve(const struct server_options *options)
{
    struct se_server *server;
    int error = se_server_new(options->host, options->port, &server);
    if (error < 0) {
        complain_of_listening(options, error);
        return EXIT_FAILED;
    }
    served = server;
    on_termination(stop_served);
    int failed = set_up(server, options) < 0 || announce(server) < 0 || run_until_stopped(server) < 0;
    /* The handler must not meet a server that is gone. */
    on_termination(SIG_IGN);
    se_server_free(server);
    return failed ? EXIT_FAILED : EXIT_OK;
}

int main(int argc, char **argv)
{
    struct server_options options;
    if (prepare_standard_streams() < 0)
        return EXIT_FAILED;
    if (read_options(argc, argv, &options) < 0)
        return EXIT_USAGE;
    switch (options.action) {
    case ACTION_HELP:
        return print_help(help);
    case ACTION_VERSION:
        return print_version();
    default:
        return serve(&options);
    }
}
