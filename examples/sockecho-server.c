/* sockecho-server: an echo server for the command line. It reads its options, lets libsockecho listen and serve, and
 * ends on SIGTERM or SIGINT. A service manager such as systemd may hand it its socket and hear how it fares.
 */
#include "report.h"
#include "server-limits.h"
#include "server-listen.h"
#include "server-options.h"
#include "server-signals.h"
#include "service-manager.h"

#include <sockecho.h>

const char program_name[] = "sockecho-server";

static const char help[] =
    "usage: sockecho-server [OPTION]...\n"
    "Sends back to every peer what it sent (RFC 862), until SIGTERM or SIGINT.\n"
    "\n"
    "  -H, --host ADDR               listen on this address (127.0.0.1)\n"
    "  -p, --port PORT               listen on this port, 1 to 65535, or on any free one: any (7)\n"
    "      --unix PATH               listen on a unix socket instead\n"
    "      --max-connections N       at most so many at once; 0: as many as descriptors allow (1024)\n"
    "      --max-per-address N       at most so many from one address; 0: no such limit (0)\n"
    "      --backlog N               so many may wait to be accepted; 0: the system's maximum (0)\n"
    "      --workers N               serve with so many threads, 1 to 256 (1)\n"
    "      --idle-timeout SECONDS    end a connection after so long without a byte (300)\n"
    "      --stall-timeout SECONDS   cut a peer that takes no byte of its echo for so long (30)\n"
    "      --linger-timeout SECONDS  wait so long for a peer's end after our own (5)\n"
    "      --drain-timeout SECONDS   cut what has not ended so long after a stop (5)\n"
    "      --keepalive SECONDS       ask a silent peer whether it is there after so long; 0: never (60)\n"
    "      --busy-poll MICROSECONDS  look for so long without sleeping before each wait (0)\n"
    "      --poller POLLER           auto, epoll or poll (auto)\n"
    "  -h, --help                    print this and exit\n"
    "      --version                 print the version and exit\n"
    "\n"
    "A timeout may have three decimals, or be none, which is for ever.\n"
    "It prints \"listening on ADDR:PORT\" or \"listening on unix:PATH\" once peers can connect. The first\n"
    "signal lets the connections finish, a second one cuts them.\n"
    "A service manager may hand over the socket to listen on (LISTEN_FDS) in place of -H, -p and\n"
    "--unix, and is told READY=1 and STOPPING=1 (NOTIFY_SOCKET).\n"
    "Exit status: 0 stopped by a signal, 1 failed, 2 wrong usage.\n";

static int set_up(struct se_server *server, const struct server_options *options)
{
    int error = se_server_set_poller(server, options->poller);
    if (error < 0) {
        complain("cannot use poller '%s': %s", poller_name(options->poller), se_strerror(error));
        return -1;
    }
    return apply_limits(server, options->limits);
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

static int serve_until_signal(struct se_server *server, int manager_fd)
{
    struct signal_watch watch;
    if (begin_signal_watch(&watch, server, manager_fd) < 0)
        return -1;
    int result = announce(server);
    if (result == 0) {
        notify_service_manager(manager_fd, "READY=1");
        result = run_until_stopped(server);
    }
    end_signal_watch(&watch);
    return result;
}

static int serve(const struct server_options *options, int handed_fd)
{
    struct se_server *server;
    if (begin_to_listen(options, handed_fd, &server) < 0)
        return EXIT_FAILED;
    int manager_fd = open_service_manager();
    int failed = set_up(server, options) < 0 || serve_until_signal(server, manager_fd) < 0;
    close_service_manager(manager_fd);
    se_server_free(server);
    return failed ? EXIT_FAILED : EXIT_OK;
}

static int take_socket_and_serve(const struct server_options *options)
{
    int handed_fd;
    if (take_socket(&handed_fd) < 0)
        return EXIT_FAILED;
    const char *place = given_place(options);
    if (handed_fd != NO_DESCRIPTOR && place != NULL) {
        complain("option '%s' has no place beside a socket that was handed over (LISTEN_FDS)", place);
        return EXIT_USAGE;
    }
    return serve(options, handed_fd);
}

int main(int argc, char **argv)
{
    struct server_options options;
    if (prepare_standard_streams() < 0)
        return EXIT_FAILED;
    if (read_server_options(argc, argv, &options) < 0)
        return EXIT_USAGE;
    switch (options.action) {
    case SERVER_HELP:
        return print_help(help);
    case SERVER_VERSION:
        return print_version();
    default:
        return take_socket_and_serve(&options);
    }
}
