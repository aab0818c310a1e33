/* sockecho-server: an echo server for the command line. It reads its options, lets libsockecho listen and serve, and
 * ends on SIGTERM, SIGINT or SIGHUP. A service manager such as systemd may hand it its socket and hear how it fares.
 */
#include "port-file.h"
#include "report.h"
#include "server-gate.h"
#include "server-limits.h"
#include "server-listen.h"
#include "server-options.h"
#include "server-signals.h"
#include "server-statistics.h"
#include "service-manager.h"

#include <sockecho.h>

const char program_name[] = "sockecho-server";

static const char help[] =
    "usage: sockecho-server [OPTION]...\n"
    "Sends back to every peer what it sent (RFC 862), until SIGTERM, SIGINT or SIGHUP.\n"
    "\n"
    "  -H, --host ADDR               listen on this address (127.0.0.1)\n"
    "  -p, --port PORT               listen on this port, 1 to 65535, or on any free one: any (7)\n"
    "      --unix PATH               listen on a unix socket instead\n"
    "      --port-file PATH          write the port into this file while serving\n"
    "      --allow NETWORK           serve peers of this network only; more of them may be given\n"
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
    "      --statistics FORMAT       print statistics at the end, as text or json\n"
    "  -v, --verbose                 log on stderr who comes and goes\n"
    "  -h, --help                    print this and exit\n"
    "      --version                 print the version and exit\n"
    "\n"
    "A timeout may have three decimals, or be none, which is for ever. A network is an address, or one with\n"
    "the length of its prefix: 127.0.0.1, 10.0.0.0/8, 2001:db8::/32.\n"
    "It prints \"listening on ADDR:PORT\" or \"listening on unix:PATH\" once peers can connect. The first\n"
    "signal stops it: what has arrived is echoed, what comes later is dropped, and the connections end in\n"
    "order. A second one cuts them. SIGUSR1 prints the statistics.\n"
    "A service manager may hand over the socket to listen on (LISTEN_FDS) in place of -H, -p and\n"
    "--unix, and is told READY=1 and STOPPING=1 (NOTIFY_SOCKET).\n"
    "Exit status: 0 stopped by a signal, 1 failed, 2 wrong usage.\n";

/* What lives as long as the server does, whose callback may be called until it is freed. */
struct service {
    const struct server_options *options;
    struct se_server *server;
    int manager_fd;
    struct server_log log;
    struct server_gate gate;
    struct statistics statistics;
};

static int set_up(struct service *service)
{
    int poller = service->options->poller;
    int error = se_server_set_poller(service->server, poller);
    if (error < 0) {
        complain("cannot use poller '%s': %s", poller_name(poller), se_strerror(error));
        return -1;
    }
    if (apply_limits(service->server, service->options->limits) < 0)
        return -1;
    return begin_gate(&service->gate, service->server, &service->options->allowed, &service->log);
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

/* Whoever has read the port file, the first line or READY=1 can connect. */
static int announce_and_run(const struct service *service)
{
    struct port_file port_file;
    if (write_port_file(&port_file, service->options->port_file, se_server_port(service->server)) < 0)
        return -1;
    int result = announce(service->server);
    if (result == 0) {
        notify_service_manager(service->manager_fd, "READY=1");
        result = run_until_stopped(service->server);
    }
    remove_port_file(&port_file);
    return result;
}

static int serve_until_signal(struct service *service)
{
    struct signal_watch watch = {.server = service->server,
                                 .manager_fd = service->manager_fd,
                                 .statistics = &service->statistics,
                                 .gate = &service->gate};
    if (set_up(service) < 0 || begin_signal_watch(&watch) < 0)
        return -1;
    int result = announce_and_run(service);
    end_signal_watch(&watch);
    return result;
}

static int serve(const struct server_options *options, struct se_server *server)
{
    struct service service = {.options = options, .server = server, .manager_fd = open_service_manager()};
    begin_log(&service.log, options->is_verbose);
    begin_statistics(&service.statistics, server, options->statistics);
    int result = serve_until_signal(&service);
    if (result == 0 && options->wants_statistics_at_end)
        result = print_statistics(&service.statistics);
    close_service_manager(service.manager_fd);
    se_server_free(server);
    end_log(&service.log);
    return result < 0 ? EXIT_FAILED : EXIT_OK;
}

/* A unix socket that was handed over is known to be one only now. */
static int listen_and_serve(const struct server_options *options, int handed_fd)
{
    struct se_server *server;
    remove_left_over_port_file(options->port_file);
    if (begin_to_listen(options, handed_fd, &server) < 0)
        return EXIT_FAILED;
    const char *option = given_for_tcp(options);
    if (option == NULL || se_server_port(server) > 0)
        return serve(options, server);
    complain("option '%s' has no place beside a unix socket", option);
    se_server_free(server);
    return EXIT_USAGE;
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
    return listen_and_serve(options, handed_fd);
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
