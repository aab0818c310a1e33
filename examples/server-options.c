/* The command line of sockecho-server: see server-options.h. */
#include "server-options.h"

#include "arguments.h"
#include "report.h"

#include <getopt.h>
#include <sockecho.h>
#include <string.h>

/* Long options without a letter have numbers above those of every letter; those of the limits come last. */
enum {
    OPTION_UNIX = 256,
    OPTION_PORT_FILE,
    OPTION_ALLOW,
    OPTION_POLLER,
    OPTION_STATISTICS,
    OPTION_VERSION,
    OPTION_FIRST_LIMIT
};

static const char short_options[] = ":H:p:vh";

static const struct option own_options[] = {
    {.name = "host", .has_arg = required_argument, .val = 'H'},
    {.name = "port", .has_arg = required_argument, .val = 'p'},
    {.name = "unix", .has_arg = required_argument, .val = OPTION_UNIX},
    {.name = "port-file", .has_arg = required_argument, .val = OPTION_PORT_FILE},
    {.name = "allow", .has_arg = required_argument, .val = OPTION_ALLOW},
    {.name = "poller", .has_arg = required_argument, .val = OPTION_POLLER},
    {.name = "statistics", .has_arg = required_argument, .val = OPTION_STATISTICS},
    {.name = "verbose", .has_arg = no_argument, .val = 'v'},
    {.name = "help", .has_arg = no_argument, .val = 'h'},
    {.name = "version", .has_arg = no_argument, .val = OPTION_VERSION},
};

enum { OWN_COUNT = sizeof own_options / sizeof own_options[0], ALL_COUNT = OWN_COUNT + LIMIT_COUNT };

static void list_options(struct option list[ALL_COUNT + 1])
{
    memcpy(list, own_options, sizeof own_options);
    for (int i = 0; i < LIMIT_COUNT; i++)
        list[OWN_COUNT + i] =
            (struct option){.name = limit_name(i), .has_arg = required_argument, .val = OPTION_FIRST_LIMIT + i};
    list[ALL_COUNT] = (struct option){.name = NULL};
}

static const char *const poller_names[] = {
    [SE_POLLER_AUTO] = "auto", [SE_POLLER_EPOLL] = "epoll", [SE_POLLER_POLL] = "poll"};

const char *poller_name(int poller)
{
    return poller_names[poller];
}

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

static int read_statistics(const char *text, struct server_options *options)
{
    int is_json = strcmp(text, "json") == 0;
    if (!is_json && strcmp(text, "text") != 0) {
        complain("statistics '%s' are none of text, json", text);
        return -1;
    }
    options->statistics = is_json ? STATISTICS_JSON : STATISTICS_TEXT;
    options->wants_statistics_at_end = 1;
    return 0;
}

static void complain_of_unread(int refusal, char **arguments)
{
    struct option list[ALL_COUNT + 1];
    list_options(list);
    complain_of_option(refusal, short_options, list, arguments);
}

static int apply_flag(int option, char **arguments, struct server_options *options)
{
    switch (option) {
    case 'v':
        options->is_verbose = 1;
        return 0;
    case 'h':
        options->action = SERVER_HELP;
        return 0;
    case OPTION_VERSION:
        options->action = SERVER_VERSION;
        return 0;
    default:
        complain_of_unread(option, arguments);
        return -1;
    }
}

static int apply_option(int option, const char *value, char **arguments, struct server_options *options)
{
    switch (option) {
    case 'H':
        return read_text("host", value, &options->host);
    case 'p':
        return read_port_or_any(value, SE_PORT_ANY, &options->port);
    case OPTION_UNIX:
        return read_text("unix socket", value, &options->unix_path);
    case OPTION_PORT_FILE:
        return read_text("port-file", value, &options->port_file);
    case OPTION_ALLOW:
        return add_network("allow", value, &options->allowed);
    case OPTION_POLLER:
        return read_poller(value, &options->poller);
    case OPTION_STATISTICS:
        return read_statistics(value, options);
    default:
        return apply_flag(option, arguments, options);
    }
}

static int apply_any_option(int option, const char *value, char **arguments, struct server_options *options)
{
    if (option < OPTION_FIRST_LIMIT)
        return apply_option(option, value, arguments, options);
    int limit = option - OPTION_FIRST_LIMIT;
    return read_limit(limit, value, &options->limits[limit]);
}

static int read_each_option(int count, char **arguments, struct server_options *options)
{
    struct option list[ALL_COUNT + 1];
    list_options(list);
    int option;
    while (options->action == SERVER_SERVE && (option = getopt_long(count, arguments, short_options, list, NULL)) != -1)
        if (apply_any_option(option, optarg, arguments, options) < 0)
            return -1;
    return 0;
}

const char *given_place(const struct server_options *options)
{
    if (options->unix_path != NULL)
        return "--unix";
    if (options->host != NULL)
        return "-H";
    return options->port != 0 ? "-p" : NULL;
}

const char *given_for_tcp(const struct server_options *options)
{
    if (options->port_file != NULL)
        return "--port-file";
    return options->allowed.count > 0 ? "--allow" : NULL;
}

static const char *misplaced_beside_unix(const struct server_options *options)
{
    if (options->host != NULL)
        return "-H";
    return options->port != 0 ? "-p" : given_for_tcp(options);
}

static int check_places(const struct server_options *options)
{
    const char *misplaced = misplaced_beside_unix(options);
    if (options->unix_path == NULL || misplaced == NULL)
        return 0;
    complain("option '%s' has no place beside --unix '%s'", misplaced, options->unix_path);
    return -1;
}

static int check_operands(int count, char **operands)
{
    if (count == 0)
        return 0;
    complain("unexpected argument '%s' (--help tells more)", operands[0]);
    return -1;
}

int read_server_options(int count, char **arguments, struct server_options *options_out)
{
    *options_out = (struct server_options){.action = SERVER_SERVE, .poller = SE_POLLER_AUTO};
    for (int i = 0; i < LIMIT_COUNT; i++)
        options_out->limits[i] = LIMIT_NOT_GIVEN;
    if (read_each_option(count, arguments, options_out) < 0)
        return -1;
    if (options_out->action != SERVER_SERVE)
        return 0;
    return check_operands(count - optind, arguments + optind) < 0 ? -1 : check_places(options_out);
}
