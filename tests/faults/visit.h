/** @file visit.h
 * A client of the library on a visit to a server, in one of the three modes. Each step makes its call until it is done,
 * has failed, or was "not yet" for too long, and tells the result.
 */
#ifndef FAULTS_VISIT_H
#define FAULTS_VISIT_H

#include <sockecho/client.h>
#include <stdbool.h>
#include <stddef.h>

enum mode { BLOCKING, NON_BLOCKING, TIMEOUT, MODES };

const char *mode_name(enum mode mode);

struct visit {
    int number;
    enum mode mode;
    struct se_client *client; /**< NULL where it could not be made */
    bool is_over;             /**< a call has failed: what follows is skipped */
};

/** Makes the client and sets its mode. */
void visit_begin(struct visit *visit, int number, enum mode mode);

/** NULL is 127.0.0.1. */
void visit_connect(struct visit *visit, const char *host, int port);
void visit_connect_unix(struct visit *visit, const char *path);

/** Echoes a message of that length; with a reply of its own, or without. */
void visit_echo(struct visit *visit, size_t length, bool has_reply);

void visit_finish(struct visit *visit);

/** Frees the client. */
void visit_end(struct visit *visit);

#endif
