/** @file server-script.h
 * A made-up server whose crew, clock and threads are a script. Only for programs that are linked with --wrap for each
 * of the functions that server-script.c has: then whatever the server does with them is written down, and beside each
 * call how often it was asked to stop. A thread runs as soon as it is started, and has ended then.
 */
#ifndef UNIT_SERVER_SCRIPT_H
#define UNIT_SERVER_SCRIPT_H

#include "server/server.h"

enum { SCRIPT_LISTEN_FD = 40, SCRIPT_POLLER_FD = 50, SCRIPT_NOW_MS = 5000, SCRIPT_RUN_RESULT = -71 };

extern struct se_server *script_server;

/** The call that fails with -EIO, as it is written down; NULL without one. */
extern const char *script_missing;
/** Whether this thread is in the callback. */
extern bool script_is_in_callback;
extern int script_descriptors_limit;
extern int script_descriptors_open;
/** When the crew is due. */
extern int64_t script_due_ms;

/** Makes a new server up, and forgets all that was. */
void script_begin(void);
void script_end(void);

/** These were the calls since the last time: "crew 0, run 0, ". */
void script_assert_calls(const char *expected);

#endif
