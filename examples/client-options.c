/* The command line of sockecho-client: see client-options.h. */
#include "client-options.h"

#include "arguments.h"
#include "client-settle.h"
#include "report.h"

#include <getopt.h>
#include <sockecho.h>
#include <string.h>
#include <sys/socket.h>

enum { MAX_SIZE = 1 << 30 };
static const int64_t max_count = INT64_C(1000000000000000);

static const char short_options[] = ":p:t:n:w:s:f:46h";

static const struct option long_options[] = {
    {.name = "port", .has_arg = required_argument, .val = 'p'},
    {.name = "unix", .has_arg = required_argument, .val = OPTION_UNIX},
    {.name = "ipv4", .has_arg = no_argument, .val = '4'},
    {.name = "ipv6", .has_arg = no_argument, .val = '6'},
    {.name = "timeout", .has_arg = required_argument, .val = 't'},
    {.name = "ping", .has_arg = no_argument, .val = OPTION_PING},
    {.name = "count", .has_arg = required_argument, .val = 'n'},
    {.name = "interval", .has_arg = required_argument, .val = 'w'},
    {.name = "size", .has_arg = required_argument, .val = 's'},
    {.name = "fill", .has_arg = required_argument, .val = 'f'},
    {.name = "json", .has_arg = no_argument, .val = OPTION_JSON},
    {.name = "format", .has_arg = required_argument, .val = OPTION_FORMAT},
    {.name = "histogram", .has_arg = required_argument, .val = OPTION_HISTOGRAM},
    {.name = "load", .has_arg = no_argument, .val = OPTION_LOAD},
    {.name = "connections", .has_arg = required_argument, .val = OPTION_CONNECTIONS},
    {.name = "depth", .has_arg = required_argument, .val = OPTION_DEPTH},
    {.name = "rate", .has_arg = required_argument, .val = OPTION_RATE},
    {.name = "duration", .has_arg = required_argument, .val = OPTION_DURATION},
    {.name = "warmup", .has_arg = required_argument, .val = OPTION_WARMUP},
    {.name = "threads", .has_arg = required_argument, .val = OPTION_THREADS},
    {.name = "seed", .has_arg = required_argument, .val = OPTION_SEED},
    {.name = "busy-poll", .has_arg = required_argument, .val = OPTION_BUSY_POLL},
    {.name = "help", .has_arg = no_argument, .val = 'h'},
    {.name = "version", .has_arg = no_argument, .val = OPTION_VERSION},
    {.name = NULL},
};

static int set_family(struct client_options *options, int family)
{
    if (options->family != AF_UNSPEC && options->family != family) {
        complain("options '-4' and '-6' have no place beside each other");
        return -1;
    }
    options->family = family;
    return 0;
}

static int set_format(struct client_options *options, enum client_format format)
{
    if (options->format != FORMAT_NOT_GIVEN && options->format != format) {
        complain("there is one format for a report, and two were asked for (--help tells more)");
        return -1;
    }
    options->format = format;
    return 0;
}

static int read_format(struct client_options *options, const char *value)
{
    if (strcmp(value, "text") == 0)
        return set_format(options, FORMAT_TEXT);
    if (strcmp(value, "json") == 0)
        return set_format(options, FORMAT_JSON);
    if (strcmp(value, "echoping") == 0)
        return set_format(options, FORMAT_ECHOPING);
    complain("format '%s' is not text, json or echoping", value);
    return -1;
}

static int read_path(const char *value, const char **path_out)
{
    if (*value == '\0') {
        complain("histogram '' is not a file");
        return -1;
    }
    *path_out = value;
    return 0;
}

/* What a ping and a load have both, and what a ping has alone. */
static int apply_measuring_option(int option, const char *value, struct client_options *options)
{
    switch (option) {
    case OPTION_PING:
        options->ping.is_asked = 1;
        return 0;
    case 'n':
        return read_whole_number("count", value, 1, max_count, &options->count);
    case 'w':
        return read_seconds("interval", value, 0, &options->interval_ms);
    case 's':
        return read_whole_number("size", value, 1, MAX_SIZE, &options->size);
    case 'f':
        return read_fill(value, &options->ping.fill);
    case OPTION_JSON:
        return set_format(options, FORMAT_JSON);
    case OPTION_FORMAT:
        return read_format(options, value);
    case OPTION_HISTOGRAM:
        return read_path(value, &options->histogram_path);
    default:
        return read_load_option(option, value, &options->load);
    }
}

static int apply_option(int option, const char *value, char **arguments, struct client_options *options)
{
    switch (option) {
    case 'p':
        return read_port(value, &options->port);
    case OPTION_UNIX:
        return read_text("unix socket", value, &options->unix_path);
    case '4':
        return set_family(options, AF_INET);
    case '6':
        return set_family(options, AF_INET6);
    case 't':
        return read_seconds("timeout", value, 1, &options->timeout_ms);
    case 'h':
        options->action = CLIENT_HELP;
        return 0;
    case OPTION_VERSION:
        options->action = CLIENT_VERSION;
        return 0;
    case '?':
    case ':':
        complain_of_option(option, short_options, long_options, arguments);
        return -1;
    default:
        note_option(options, option);
        return apply_measuring_option(option, value, options);
    }
}

static int is_action_known(const struct client_options *options)
{
    return options->action == CLIENT_HELP || options->action == CLIENT_VERSION;
}

static int read_each_option(int count, char **arguments, struct client_options *options)
{
    int option;
    while ((option = getopt_long(count, arguments, short_options, long_options, NULL)) != -1) {
        if (apply_option(option, optarg, arguments, options) < 0)
            return -1;
        if (is_action_known(options))
            return 0;
    }
    return 0;
}

int read_client_options(int count, char **arguments, struct client_options *options_out)
{
    *options_out = (struct client_options){.action = CLIENT_STREAM,
                                           .port = NOT_GIVEN,
                                           .family = AF_UNSPEC,
                                           .timeout_ms = SE_TIMEOUT_NONE,
                                           .count = NOT_GIVEN,
                                           .interval_ms = NOT_GIVEN,
                                           .size = NOT_GIVEN,
                                           .ping = {.fill = FILL_VARIES},
                                           .load = default_load_options()};
    if (read_each_option(count, arguments, options_out) < 0)
        return -1;
    if (is_action_known(options_out))
        return 0;
    return settle_client_options(options_out, count - optind, arguments + optind);
}
