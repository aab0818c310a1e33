/* The command line of sockecho-client, read and checked: what is to be done, where, and with which limits. */
#ifndef EXAMPLES_CLIENT_OPTIONS_H
#define EXAMPLES_CLIENT_OPTIONS_H

#include "client-load-options.h"

#include <stddef.h>
#include <stdint.h>

enum client_action { CLIENT_MESSAGES, CLIENT_STREAM, CLIENT_PING, CLIENT_LOAD, CLIENT_HELP, CLIENT_VERSION };

struct client_options {
    enum client_action action;
    const char *host; /* NULL with a unix socket */
    int port;
    const char *unix_path; /* NULL unless given */
    int64_t timeout_ms;    /* SE_TIMEOUT_NONE unless given */
    char **messages;
    int message_count;
    /* For CLIENT_PING; the load takes what was given of them for its own. */
    int64_t ping_count;
    int64_t ping_interval_ms;
    int64_t ping_size;
    /* For CLIENT_LOAD alone. */
    struct load_options load;
};

/* 0, or -1 after a complaint. The texts stay those of the arguments. */
int read_client_options(int count, char **arguments, struct client_options *options_out);

#endif
