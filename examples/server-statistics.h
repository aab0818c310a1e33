/* What sockecho-server has done so far, printed on stdout: for a person, or as one JSON object (RFC 8259) on one line.
 */
#ifndef EXAMPLES_SERVER_STATISTICS_H
#define EXAMPLES_SERVER_STATISTICS_H

#include <sockecho.h>
#include <stdint.h>

enum statistics_format { STATISTICS_TEXT, STATISTICS_JSON };

struct statistics {
    const struct se_server *server;
    enum statistics_format format;
    int64_t begin_ms; /* CLOCK_MONOTONIC */
};

void begin_statistics(struct statistics *statistics, const struct se_server *server, enum statistics_format format);

/* 0, or -1 after a complaint. From any thread. */
int print_statistics(const struct statistics *statistics);

/* The name of a figure in JSON, which is what the log calls the end of a connection that it counts: "orderly". */
const char *statistic_name(int stat);

#endif
