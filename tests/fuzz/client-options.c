/* The command line of sockecho-client, with and without --load: what is taken lies within every range and asks for one
 * thing; what is not taken gets one complaint. Whether stdin is a terminal is up to the input. */
#include "client-options.h"

#include "command-line.h"

#include <sockecho.h>

enum { SIZE_MOST = 1 << 30 };

static const int64_t most_ms = INT64_C(1000000000);
static const int64_t most_count = INT64_C(1000000000000000);
static int stdin_is_terminal;

int __wrap_isatty(int fd);

int __wrap_isatty(int fd)
{
    (void)fd;
    return stdin_is_terminal;
}

static bool is_in(int64_t value, int64_t least, int64_t most)
{
    return value >= least && value <= most;
}

static void check_place(const struct client_options *options)
{
    demand(is_in(options->port, 1, 65535), "a port is from 1 to 65535");
    demand((options->host == NULL) != (options->unix_path == NULL), "there is one place to connect to");
    demand(options->host == NULL || *options->host != '\0', "a host is not empty");
    demand(options->unix_path == NULL || *options->unix_path != '\0', "a path is not empty");
    demand(options->timeout_ms == SE_TIMEOUT_NONE || is_in(options->timeout_ms, 1, most_ms), "a timeout is in range");
}

static void check_load(const struct client_options *options)
{
    const struct load_options *load = &options->load;
    demand(load->is_asked && options->unix_path == NULL && options->message_count == 0, "a load goes alone, over TCP");
    demand(is_in(load->connections, 1, 1000000) && is_in(load->depth, 1, 65536), "connections and depth are in range");
    demand(is_in(load->size, 1, SIZE_MOST) && is_in(load->rate, 0, 1000000000), "size and rate are in range");
    demand(is_in(load->duration_ms, 0, most_ms) && is_in(load->warmup_ms, 0, most_ms), "duration and warm-up are too");
    demand(is_in(load->count, 0, most_count), "and so is the count");
    demand(load->count > 0 || load->duration_ms > 0, "a load has an end");
    demand(is_in(load->timeout_ms, 1, most_ms) && is_in(load->interval_ms, 1, most_ms), "times are in range");
    demand(is_in(load->threads, 1, 256) && is_in(load->busy_poll_us, 0, 1000000) && load->seed >= 0,
           "the rest is, too");
    demand(options->format != FORMAT_ECHOPING, "a load has no report as echoping's");
}

static void check_ping(const struct client_options *options)
{
    demand(options->message_count == 0, "a ping has no message");
    const struct ping_options *ping = &options->ping;
    demand(is_in(ping->count, 0, most_count) && is_in(ping->interval_ms, 0, most_ms) && is_in(ping->size, 1, SIZE_MOST),
           "a ping's numbers are in range");
    demand(is_in(ping->fill, FILL_VARIES, 255), "its fill is one byte");
    demand(is_in(options->timeout_ms, 1, most_ms), "a ping does not wait for ever");
}

static void check_options(const struct client_options *options)
{
    if (options->action == CLIENT_HELP || options->action == CLIENT_VERSION)
        return;
    check_place(options);
    demand(options->histogram_path == NULL || *options->histogram_path != '\0', "a file has a name");
    demand(options->action == CLIENT_LOAD || !options->load.is_asked, "who asks for a load gets one");
    if (options->action == CLIENT_MESSAGES || options->action == CLIENT_STREAM)
        demand(options->given == 0, "what measures needs a measurement");
    if (options->action == CLIENT_LOAD)
        check_load(options);
    if (options->action == CLIENT_PING)
        check_ping(options);
    if (options->action == CLIENT_MESSAGES)
        demand(options->message_count > 0, "messages are there");
    if (options->action == CLIENT_STREAM)
        demand(options->message_count == 0 && !stdin_is_terminal, "a stream is not typed by hand");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct command_line line;
    struct input input = {.bytes = bytes, .left = size};
    struct client_options options;
    stdin_is_terminal = input_byte(&input) == 't';
    command_line_read(&line, &input);
    int result = read_client_options(line.count, line.arguments, &options);
    demand(complaints_taken() == (result < 0 ? 1 : 0), "a refusal is one complaint, an acceptance none");
    if (result == 0)
        check_options(&options);
    return 0;
}
