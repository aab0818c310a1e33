/* What the options mean together: see client-settle.h. */
#include "client-settle.h"

#include "arguments.h"
#include "report.h"

#include <sockecho.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEFAULT_PORT = 7, DEFAULT_INTERVAL_MS = 1000, DEFAULT_SIZE = 64, DEFAULT_TIMEOUT_MS = 10000 };

enum { FOR_PING = 1, FOR_LOAD = 2 };

/* Options that not every action has. */
struct option_use {
    int option;
    unsigned uses;
    const char *name;
};

static const struct option_use option_uses[] = {
    {'n', FOR_PING | FOR_LOAD, "-n"},
    {'w', FOR_PING | FOR_LOAD, "-w"},
    {'s', FOR_PING | FOR_LOAD, "-s"},
    {OPTION_JSON, FOR_PING | FOR_LOAD, "--json"},
    {OPTION_FORMAT, FOR_PING | FOR_LOAD, "--format"},
    {OPTION_HISTOGRAM, FOR_PING | FOR_LOAD, "--histogram"},
    {'f', FOR_PING, "-f"},
    {OPTION_PING, FOR_PING, "--ping"},
    {OPTION_CONNECTIONS, FOR_LOAD, "--connections"},
    {OPTION_DEPTH, FOR_LOAD, "--depth"},
    {OPTION_RATE, FOR_LOAD, "--rate"},
    {OPTION_DURATION, FOR_LOAD, "--duration"},
    {OPTION_WARMUP, FOR_LOAD, "--warmup"},
    {OPTION_THREADS, FOR_LOAD, "--threads"},
    {OPTION_SEED, FOR_LOAD, "--seed"},
    {OPTION_BUSY_POLL, FOR_LOAD, "--busy-poll"},
};
enum { OPTION_USE_COUNT = sizeof option_uses / sizeof option_uses[0] };

static const char *const asked_with[] = {
    [FOR_PING] = "-n or --ping", [FOR_LOAD] = "--load", [FOR_PING | FOR_LOAD] = "-n, --ping or --load"};

void note_option(struct client_options *options, int option)
{
    for (int i = 0; i < OPTION_USE_COUNT; i++)
        if (option_uses[i].option == option)
            options->given |= 1U << i;
}

static int refuse_options_without_use(const struct client_options *options, unsigned use)
{
    for (int i = 0; i < OPTION_USE_COUNT; i++) {
        const struct option_use *row = &option_uses[i];
        if ((options->given & 1U << i) == 0 || (row->uses & use) != 0)
            continue;
        if (use == FOR_LOAD)
            complain("option '%s' has no place beside --load", row->name);
        else
            complain("option '%s' has no meaning without %s", row->name, asked_with[row->uses]);
        return -1;
    }
    return 0;
}

static int refuse_messages(const struct client_options *options, const char *beside)
{
    if (options->message_count == 0)
        return 0;
    complain("message '%s' has no place beside %s", options->messages[0], beside);
    return -1;
}

static int settle_load(struct client_options *options)
{
    if (options->unix_path != NULL) {
        complain("unix socket '%s' has no place beside --load", options->unix_path);
        return -1;
    }
    if (options->format == FORMAT_ECHOPING) {
        complain("format 'echoping' has no place beside --load");
        return -1;
    }
    if (refuse_messages(options, "--load") < 0 || refuse_options_without_use(options, FOR_LOAD) < 0)
        return -1;
    if (options->timeout_ms != SE_TIMEOUT_NONE)
        options->load.timeout_ms = options->timeout_ms;
    options->action = CLIENT_LOAD;
    return settle_load_options(&options->load, options->count, options->interval_ms, options->size);
}

static int is_ping_asked(const struct client_options *options)
{
    return options->ping.is_asked || options->count != NOT_GIVEN || options->format == FORMAT_ECHOPING;
}

/* Without a number a ping goes on, but echoping(1) makes one. */
static int64_t default_count(const struct client_options *options)
{
    return options->format == FORMAT_ECHOPING && !options->ping.is_asked ? 1 : 0;
}

static int settle_ping(struct client_options *options)
{
    if (refuse_messages(options, options->count != NOT_GIVEN ? "-n" : "--ping") < 0 ||
        refuse_options_without_use(options, FOR_PING) < 0)
        return -1;
    struct ping_options *ping = &options->ping;
    ping->count = options->count != NOT_GIVEN ? options->count : default_count(options);
    ping->interval_ms = options->interval_ms != NOT_GIVEN ? options->interval_ms : DEFAULT_INTERVAL_MS;
    ping->size = options->size != NOT_GIVEN ? options->size : DEFAULT_SIZE;
    if (options->timeout_ms == SE_TIMEOUT_NONE)
        options->timeout_ms = DEFAULT_TIMEOUT_MS;
    options->action = CLIENT_PING;
    return 0;
}

static int settle_messages(struct client_options *options)
{
    if (refuse_options_without_use(options, 0) < 0)
        return -1;
    if (options->message_count == 0 && isatty(STDIN_FILENO)) {
        complain("no MESSAGE for '%s', and stdin is a terminal (--help tells more)",
                 options->unix_path != NULL ? options->unix_path : options->host);
        return -1;
    }
    options->action = options->message_count > 0 ? CLIENT_MESSAGES : CLIENT_STREAM;
    return 0;
}

/* A unix socket takes the place of the host, its port and its family. */
static int settle_peer(struct client_options *options)
{
    if (options->unix_path != NULL && options->port != NOT_GIVEN) {
        complain("option '-p' has no place beside --unix '%s'", options->unix_path);
        return -1;
    }
    if (options->unix_path != NULL && options->family != AF_UNSPEC) {
        complain("option '-%d' has no place beside --unix '%s'", options->family == AF_INET ? 4 : 6,
                 options->unix_path);
        return -1;
    }
    if (options->port == NOT_GIVEN)
        options->port = DEFAULT_PORT;
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

static int read_operands(int count, char **operands, struct client_options *options)
{
    int host_count = options->unix_path == NULL ? 1 : 0;
    if (host_count > 0 && read_host(count, operands, &options->host) < 0)
        return -1;
    options->messages = operands + host_count;
    options->message_count = count - host_count;
    return 0;
}

int settle_client_options(struct client_options *options, int count, char **operands)
{
    if (settle_peer(options) < 0 || read_operands(count, operands, options) < 0)
        return -1;
    if (options->load.is_asked)
        return settle_load(options);
    return is_ping_asked(options) ? settle_ping(options) : settle_messages(options);
}
