/* The command line of sockecho-client, read and checked: what is to be done, where, and with which limits. */
#ifndef EXAMPLES_CLIENT_OPTIONS_H
#define EXAMPLES_CLIENT_OPTIONS_H

#include "client-load-options.h"
#include "client-ping-options.h"

#include <stddef.h>
#include <stdint.h>

enum client_action { CLIENT_MESSAGES, CLIENT_STREAM, CLIENT_PING, CLIENT_LOAD, CLIENT_HELP, CLIENT_VERSION };

/* How round trips are reported. FORMAT_ECHOPING is what echoping(1) prints. */
enum client_format { FORMAT_NOT_GIVEN, FORMAT_TEXT, FORMAT_JSON, FORMAT_ECHOPING };

enum { ADDRESS_SIZE = 80 }; /* of IPv6, with the name of a network interface */

struct client_options {
    enum client_action action;
    const char *host; /* NULL with a unix socket */
    int port;
    const char *unix_path;      /* NULL unless given */
    int family;                 /* AF_INET, AF_INET6, or AF_UNSPEC for either */
    char address[ADDRESS_SIZE]; /* the number of find_address(); empty where there is none */
    int64_t timeout_ms;         /* SE_TIMEOUT_NONE unless given */
    char **messages;
    int message_count;
    /* What a ping and a load have both: -n, -w and -s, NOT_GIVEN unless given, and how they report. */
    int64_t count;
    int64_t interval_ms;
    int64_t size;
    enum client_format format;
    const char *histogram_path; /* NULL unless given */
    struct ping_options ping;
    struct load_options load;
    unsigned given; /* a bit for each option that not every action has: see client-settle.c */
};

enum { NOT_GIVEN = -1 };

/* 0, or -1 after a complaint. The texts stay those of the arguments. */
int read_client_options(int count, char **arguments, struct client_options *options_out);

#endif
