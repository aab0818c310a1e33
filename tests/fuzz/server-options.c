/* The command line of sockecho-server: what is taken lies within every range, and written out again it is read as the
 * same; what is not taken gets one complaint. */
#include "server-options.h"

#include "command-line.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

struct range {
    bool is_time;
    int64_t least;
    int64_t most;
};

static const int64_t most_ms = INT64_C(1000000000);

static struct range range_of(int limit)
{
    switch (limit) {
    case LIMIT_MAX_CONNECTIONS:
    case LIMIT_MAX_PER_ADDRESS:
    case LIMIT_BUSY_POLL:
        return (struct range){.least = 0, .most = 1000000};
    case LIMIT_BACKLOG:
        return (struct range){.least = 0, .most = 65535};
    case LIMIT_WORKERS:
        return (struct range){.least = 1, .most = 256};
    case LIMIT_KEEPALIVE:
        return (struct range){.least = 0, .most = 32767};
    case LIMIT_DRAIN_TIMEOUT:
        return (struct range){.is_time = true, .least = 0, .most = most_ms};
    default:
        return (struct range){.is_time = true, .least = 1, .most = most_ms};
    }
}

static void check_limit(int limit, int64_t value)
{
    struct range range = range_of(limit);
    bool is_fine = value == LIMIT_NOT_GIVEN || (range.is_time && value == SE_TIMEOUT_NONE) ||
                   (value >= range.least && value <= range.most);
    demand(is_fine, "a limit lies within its range");
}

static void check_networks(const struct networks *networks)
{
    demand(networks->count >= 0 && networks->count <= MAX_NETWORKS, "there are so many networks");
    for (int i = 0; i < networks->count; i++)
        demand(networks->list[i].prefix_bits >= 0 && networks->list[i].prefix_bits <= 8 * ADDRESS_BYTES,
               "a network's prefix is no longer than its address");
}

static void check_options(const struct server_options *options)
{
    bool is_port = options->port == 0 || options->port == SE_PORT_ANY || (options->port > 0 && options->port <= 65535);
    demand(is_port, "a port is from 1 to 65535, or any");
    demand(options->host == NULL || *options->host != '\0', "a host is not empty");
    demand(options->unix_path == NULL || *options->unix_path != '\0', "a path is not empty");
    bool is_one_place = options->unix_path == NULL || (options->host == NULL && options->port == 0);
    demand(is_one_place || options->action != SERVER_SERVE, "there is one place to listen");
    demand(options->poller >= SE_POLLER_AUTO && options->poller <= SE_POLLER_POLL, "there is such a poller");
    bool has_place = options->unix_path != NULL || options->host != NULL || options->port != 0;
    demand((given_place(options) != NULL) == has_place, "a place that was given is told");
    check_networks(&options->allowed);
    bool is_for_tcp = options->unix_path == NULL || given_for_tcp(options) == NULL;
    demand(is_for_tcp || options->action != SERVER_SERVE, "what is for TCP is not beside a unix socket");
    for (int i = 0; i < LIMIT_COUNT; i++)
        check_limit(i, options->limits[i]);
}

static void write_limit(struct command_line *line, int limit, int64_t value)
{
    if (value == LIMIT_NOT_GIVEN)
        return;
    command_line_add(line, "--%s", limit_name(limit));
    if (!range_of(limit).is_time)
        command_line_add(line, "%" PRId64, value);
    else if (value == SE_TIMEOUT_NONE)
        command_line_add(line, "none");
    else
        command_line_add(line, "%" PRId64 ".%03" PRId64, value / 1000, value % 1000);
}

/* As the library and people write it: IPv4 without the form in which it comes through IPv6. */
static void write_network(struct command_line *line, const struct network *network)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    char text[INET6_ADDRSTRLEN];
    bool is_ipv4 = network->prefix_bits >= 96 && memcmp(network->bytes, mapped, sizeof mapped) == 0;
    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, network->bytes + (is_ipv4 ? 12 : 0), text, sizeof text);
    command_line_add(line, "--allow=%s/%d", text, network->prefix_bits - (is_ipv4 ? 96 : 0));
}

static void write_options(struct command_line *line, const struct server_options *options)
{
    command_line_begin(line);
    if (options->host != NULL)
        command_line_add(line, "--host=%s", options->host);
    if (options->unix_path != NULL)
        command_line_add(line, "--unix=%s", options->unix_path);
    if (options->port == SE_PORT_ANY)
        command_line_add(line, "-pany");
    else if (options->port != 0)
        command_line_add(line, "-p%d", options->port);
    if (options->port_file != NULL)
        command_line_add(line, "--port-file=%s", options->port_file);
    if (options->wants_statistics_at_end)
        command_line_add(line, "--statistics=%s", options->statistics == STATISTICS_JSON ? "json" : "text");
    if (options->is_verbose)
        command_line_add(line, "-v");
    for (int i = 0; i < options->allowed.count; i++)
        write_network(line, &options->allowed.list[i]);
    command_line_add(line, "--poller=%s", poller_name(options->poller));
    for (int i = 0; i < LIMIT_COUNT; i++)
        write_limit(line, i, options->limits[i]);
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* A text that filled its argument does not fit behind its option's name. */
static bool is_short(const char *text)
{
    return text == NULL || strlen(text) < ARGUMENT_SIZE / 2;
}

static bool are_same_networks(const struct networks *a, const struct networks *b)
{
    if (a->count != b->count)
        return false;
    for (int i = 0; i < a->count; i++)
        if (a->list[i].prefix_bits != b->list[i].prefix_bits ||
            memcmp(a->list[i].bytes, b->list[i].bytes, ADDRESS_BYTES) != 0)
            return false;
    return true;
}

static void check_again(const struct server_options *options)
{
    static struct command_line line;
    static struct server_options again;
    if (!is_short(options->host) || !is_short(options->unix_path) || !is_short(options->port_file))
        return;
    write_options(&line, options);
    demand(read_server_options(line.count, line.arguments, &again) == 0, "what is written is read");
    demand(is_same_text(options->host, again.host) && is_same_text(options->unix_path, again.unix_path) &&
               is_same_text(options->port_file, again.port_file),
           "the places are the same");
    demand(options->port == again.port && options->poller == again.poller, "port and poller are the same");
    demand(options->is_verbose == again.is_verbose && options->statistics == again.statistics,
           "what is told is the same");
    demand(are_same_networks(&options->allowed, &again.allowed), "the networks are the same");
    demand(memcmp(options->limits, again.limits, sizeof again.limits) == 0, "the limits are the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct command_line line;
    struct input input = {.bytes = bytes, .left = size};
    static struct server_options options;
    command_line_read(&line, &input);
    int result = read_server_options(line.count, line.arguments, &options);
    demand(complaints_taken() == (result < 0 ? 1 : 0), "a refusal is one complaint, an acceptance none");
    if (result < 0)
        return 0;
    check_options(&options);
    if (options.action == SERVER_SERVE)
        check_again(&options);
    demand(complaints_taken() == 0, "what is written gets no complaint");
    return 0;
}
