/* The command line of sockecho-client: see client-options.h. */
#include "client-options.h"

#include "arguments.h"
#include "report.h"

#include <getopt.h>
#include <sockecho.h>
#include <unistd.h>

enum { DEFAULT_PORT = 7, DEFAULT_INTERVAL_MS = 1000, DEFAULT_SIZE = 64 };
enum { NOT_GIVEN = -1 };
enum { MAX_SIZE = 1 << 30 };
static const int64_t max_count = INT64_C(1000000000000000);

/* Long options without a letter have numbers above those of every letter. */
enum { OPTION_UNIX = 256, OPTION_VERSION };

static const char short_options[] = ":p:t:n:w:s:h";

static const struct option long_options[] = {
    {.name = "port", .has_arg = required_argument, .val = 'p'},
    {.name = "unix", .has_arg = required_argument, .val = OPTION_UNIX},
    {.name = "timeout", .has_arg = required_argument, .val = 't'},
    {.name = "count", .has_arg = required_argument, .val = 'n'},
    {.name = "interval", .has_arg = required_argument, .val = 'w'},
    {.name = "size", .has_arg = required_argument, .val = 's'},
    {.name = "load", .has_arg = no_argument, .val = OPTION_LOAD},
    {.name = "connections", .has_arg = required_argument, .val = OPTION_CONNECTIONS},
    {.name = "depth", .has_arg = required_argument, .val = OPTION_DEPTH},
    {.name = "rate", .has_arg = required_argument, .val = OPTION_RATE},
    {.name = "duration", .has_arg = required_argument, .val = OPTION_DURATION},
    {.name = "warmup", .has_arg = required_argument, .val = OPTION_WARMUP},
    {.name = "threads", .has_arg = required_argument, .val = OPTION_THREADS},
    {.name = "seed", .has_arg = required_argument, .val = OPTION_SEED},
    {.name = "busy-poll", .has_arg = required_argument, .val = OPTION_BUSY_POLL},
    {.name = "json", .has_arg = no_argument, .val = OPTION_JSON},
    {.name = "histogram", .has_arg = required_argument, .val = OPTION_HISTOGRAM},
    {.name = "help", .has_arg = no_argument, .val = 'h'},
    {.name = "version", .has_arg = no_argument, .val = OPTION_VERSION},
    {.name = NULL},
};

static int apply_option(int option, const char *value, char **arguments, struct client_options *options)
{
    switch (option) {
    case 'p':
        return read_port(value, &options->port);
    case 't':
        return read_seconds("timeout", value, 1, &options->timeout_ms);
    case 'n':
        return read_whole_number("count", value, 1, max_count, &options->ping_count);
    case 'w':
        return read_seconds("interval", value, 0, &options->ping_interval_ms);
    case 's':
        return read_whole_number("size", value, 1, MAX_SIZE, &options->ping_size);
    case OPTION_UNIX:
        return read_text("unix socket", value, &options->unix_path);
    case 'h':
        options->action = CLIENT_HELP;
        return 0;
    case OPTION_VERSION:
        options->action = CLIENT_VERSION;
        return 0;
    default:
        if (is_load_option(option))
            return read_load_option(option, value, &options->load);
        complain_of_option(option, short_options, arguments);
        return -1;
    }
}

static int read_each_option(int count, char **arguments, struct client_options *options)
{
    int option;
    while ((option = getopt_long(count, arguments, short_options, long_options, NULL)) != -1) {
        if (apply_option(option, optarg, arguments, options) < 0)
            return -1;
        if (options->action == CLIENT_HELP || options->action == CLIENT_VERSION)
            return 0;
    }
    return 0;
}

static int read_host(int count, char **operands, const char **host_out)
{
    if (count == 0) {
        complain("HOST is missing (--help tells more)");
        return -1;
    }
    return read_text("host", operands[0], host_out);
}

/* A unix socket takes the place of the host and its port: the operands are messages alone. */
static int read_operands(int count, char **operands, struct client_options *options)
{
    int host_count = options->unix_path == NULL ? 1 : 0;
    if (host_count > 0 && read_host(count, operands, &options->host) < 0)
        return -1;
    options->messages = operands + host_count;
    options->message_count = count - host_count;
    return 0;
}

static int settle_port(struct client_options *options)
{
    if (options->unix_path != NULL && options->port != NOT_GIVEN) {
        complain("option '-p' has no place beside --unix '%s'", options->unix_path);
        return -1;
    }
    if (options->port == NOT_GIVEN)
        options->port = DEFAULT_PORT;
    return 0;
}

static int settle_load(struct client_options *options)
{
    if (options->unix_path != NULL) {
        complain("unix socket '%s' has no place beside --load", options->unix_path);
        return -1;
    }
    if (options->message_count > 0) {
        complain("message '%s' has no place beside --load", options->messages[0]);
        return -1;
    }
    if (options->timeout_ms != SE_TIMEOUT_NONE)
        options->load.timeout_ms = options->timeout_ms;
    options->action = CLIENT_LOAD;
    return settle_load_options(&options->load, options->ping_count, options->ping_interval_ms, options->ping_size);
}

static int refuse_load_options(const struct client_options *options)
{
    for (const struct option *option = long_options; option->name != NULL; option++) {
        if (option->val == options->load.first_option) {
            complain("option '--%s' has no meaning without --load", option->name);
            return -1;
        }
    }
    return 0;
}

static int settle_ping(struct client_options *options)
{
    if (options->message_count > 0) {
        complain("message '%s' has no place beside -n", options->messages[0]);
        return -1;
    }
    if (options->ping_interval_ms == NOT_GIVEN)
        options->ping_interval_ms = DEFAULT_INTERVAL_MS;
    if (options->ping_size == NOT_GIVEN)
        options->ping_size = DEFAULT_SIZE;
    options->action = CLIENT_PING;
    return 0;
}

static int refuse_ping_options(const struct client_options *options)
{
    if (options->ping_interval_ms == NOT_GIVEN && options->ping_size == NOT_GIVEN)
        return 0;
    complain("option '%s' has no meaning without -n or --load", options->ping_size == NOT_GIVEN ? "-w" : "-s");
    return -1;
}

static int settle_action(struct client_options *options)
{
    if (options->load.is_asked)
        return settle_load(options);
    if (refuse_load_options(options) < 0)
        return -1;
    if (options->ping_count != NOT_GIVEN)
        return settle_ping(options);
    if (refuse_ping_options(options) < 0)
        return -1;
    if (options->message_count == 0 && isatty(STDIN_FILENO)) {
        complain("no MESSAGE for '%s', and stdin is a terminal (--help tells more)",
                 options->unix_path != NULL ? options->unix_path : options->host);
        return -1;
    }
    options->action = options->message_count > 0 ? CLIENT_MESSAGES : CLIENT_STREAM;
    return 0;
}

int read_client_options(int count, char **arguments, struct client_options *options_out)
{
    *options_out = (struct client_options){.action = CLIENT_STREAM,
                                           .port = NOT_GIVEN,
                                           .timeout_ms = SE_TIMEOUT_NONE,
                                           .ping_count = NOT_GIVEN,
                                           .ping_interval_ms = NOT_GIVEN,
                                           .ping_size = NOT_GIVEN,
                                           .load = default_load_options()};
    if (read_each_option(count, arguments, options_out) < 0)
        return -1;
    if (options_out->action == CLIENT_HELP || options_out->action == CLIENT_VERSION)
        return 0;
    if (settle_port(options_out) < 0 || read_operands(count - optind, arguments + optind, options_out) < 0)
        return -1;
    return settle_action(options_out);
}
