/* sockecho-client: an echo client for the command line. It sends messages or stdin, or measures round trips, one by one
 * or many at once.
 */
#include "client-connection.h"
#include "client-help.h"
#include "client-load.h"
#include "client-modes.h"
#include "client-options.h"
#include "client-ping.h"
#include "report.h"

#include <sockecho.h>

const char program_name[] = "sockecho-client";

enum { REASON_SIZE = 512 };

static int connect_client(struct se_client *client, struct client_options *options)
{
    int error = find_address(options);
    error = error ? error : se_client_set_timeout(client, options->timeout_ms);
    error = error ? error : connect_once(client, options);
    if (error < 0) {
        char reason[REASON_SIZE];
        describe_connecting(options, error, reason, sizeof reason);
        complain("%s", reason);
        return -1;
    }
    return 0;
}

static int act(struct se_client *client, const struct client_options *options)
{
    return options->action == CLIENT_MESSAGES ? echo_messages(client, options) : echo_stdin(client);
}

/* In order, so that not even one byte too many goes unnoticed. */
static int finish(struct se_client *client)
{
    int error = se_client_finish(client);
    if (error < 0) {
        char reason[REASON_SIZE];
        describe_finishing(error, reason, sizeof reason);
        complain("%s", reason);
        return -1;
    }
    return 0;
}

static int send_and_check(struct client_options *options)
{
    struct se_client *client;
    int error = se_client_new(&client);
    if (error < 0) {
        complain("cannot make a client: %s", se_strerror(error));
        return -1;
    }
    int failed = connect_client(client, options) < 0 || act(client, options) < 0 || finish(client) < 0;
    se_client_free(client);
    return failed ? -1 : 0;
}

static int run_client(struct client_options *options)
{
    switch (options->action) {
    case CLIENT_PING:
        return measure_round_trips(options);
    case CLIENT_LOAD:
        return make_load(options);
    default:
        return send_and_check(options);
    }
}

int main(int argc, char **argv)
{
    struct client_options options;
    if (prepare_standard_streams() < 0)
        return EXIT_FAILED;
    let_reader_leave();
    if (read_client_options(argc, argv, &options) < 0)
        return EXIT_USAGE;
    switch (options.action) {
    case CLIENT_HELP:
        return print_help(client_help);
    case CLIENT_VERSION:
        return print_version();
    default:
        return run_client(&options) < 0 ? EXIT_FAILED : EXIT_OK;
    }
}
