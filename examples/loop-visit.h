/* The clients of the event-loop examples. A visit is one client in non-blocking mode: it connects, echoes a few
 * messages of 1 byte to 1 MiB, and ends the connection in order. It never waits; waiting is the loop's part. The first
 * one does not end its connection, so that the server has to: only its timeout tells it when.
 */
#ifndef EXAMPLES_LOOP_VISIT_H
#define EXAMPLES_LOOP_VISIT_H

#include <sockecho.h>
#include <stddef.h>

enum { VISIT_COUNT = 3, SERVER_LINGER_MS = 200 };

struct visit {
    struct se_client *client;
    int port;
    unsigned char *message;
    size_t step; /* the next one */
    size_t last_step;
};

/* Each visit has a number from 0 on. 0 or a negative result of the library. A visit of zeros may be ended, too. */
int visit_begin(struct visit *visit, int number, int port);
void visit_end(struct visit *visit);

/* Goes on as far as it can without waiting. 0: the visit is over. -EAGAIN: call again when se_client_fd() is ready for
 * se_client_events(); calling early does no harm. Anything else: it failed.
 */
int visit_go_on(struct visit *visit);

/* Ends an example: prints what its loop has served, or why it failed. Gives the exit status. */
int report_loop(const char *loop, const struct se_server *server, int error);

#endif
