/* The command line of sockecho-server, read and checked: where to listen, with which limits, and what to tell. */
#ifndef EXAMPLES_SERVER_OPTIONS_H
#define EXAMPLES_SERVER_OPTIONS_H

#include "networks.h"
#include "server-limits.h"
#include "server-statistics.h"

#include <stdint.h>

enum server_action { SERVER_SERVE, SERVER_HELP, SERVER_VERSION };

struct server_options {
    enum server_action action;
    const char *host;      /* NULL unless given */
    int port;              /* 0 unless given */
    const char *unix_path; /* NULL unless given; never beside a host or a port */
    int poller;
    struct networks allowed;
    const char *port_file; /* NULL unless given; never beside a unix path */
    int is_verbose;
    enum statistics_format statistics;
    int wants_statistics_at_end;
    int64_t limits[LIMIT_COUNT];
};

/* 0, or -1 after a complaint. The texts stay those of the arguments. */
int read_server_options(int count, char **arguments, struct server_options *options_out);

/* One of the options given that say where to listen, as the help writes it; NULL where there is none. */
const char *given_place(const struct server_options *options);

/* One of the options given that a unix socket has no use for; NULL where there is none. */
const char *given_for_tcp(const struct server_options *options);

const char *poller_name(int poller);

#endif
