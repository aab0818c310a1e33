/** @file client-judge.h
 * Holds what a client's calls say against what the far side did: an echo is whole or it is not, a fault is told by its
 * name and its place, and no wait is shorter or longer than its timeout.
 */
#ifndef SIMULATION_CLIENT_JUDGE_H
#define SIMULATION_CLIENT_JUDGE_H

#include <sockecho.h>
#include <stdbool.h>

enum { MESSAGE_MAX = 300000 };

/** A client and what it sends. */
struct client_world {
    struct se_client *client;
    int64_t timeout_ms;
    bool is_scarce;
    bool has_silent;
    bool is_suspended;
    uint64_t bytes;
    unsigned char message[MESSAGE_MAX];
    unsigned char reply[MESSAGE_MAX];
};

extern struct client_world world;

/** One call, made until it is over. */
struct call {
    int (*make)(struct call *call);
    size_t length; /**< of an echo */
    void *reply;
    int64_t began_ns; /**< both clocks, when it was made last */
    int64_t began_waited_ns;
};

bool client_far_side_is_silent(void);
/** Whether the result says that there was no memory or no descriptor, and the world is such. */
bool client_is_in_need(int result);

/** How long a call took, whatever came of it. */
void client_judge_time(const struct call *call, int result);
void client_judge_gone(int result);
void client_judge_connect(int result);
/** The message begins at that position of all that this connection sends. */
void client_judge_echo(const struct call *call, int result, uint64_t from);
void client_judge_finish(int result);

#endif
