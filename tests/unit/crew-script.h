/** @file crew-script.h
 * A crew whose workers are a script. Only for programs that are linked with --wrap for each of the functions that
 * crew-script.c has: then whatever the crew does with its workers, threads and wake-ups is written down. A wake-up is
 * known by the worker whose it is. The thread of a further worker runs as soon as it is started, and has ended then.
 */
#ifndef UNIT_CREW_SCRIPT_H
#define UNIT_CREW_SCRIPT_H

#include "server/crew.h"
#include "server/worker.h"

enum { SCRIPT_WORKERS = 3, SCRIPT_LISTEN_FD = 40, SCRIPT_POLLER_FD = 50, SCRIPT_DEADLINE_MS = 777 };

/** What the library's functions tell of a worker. */
struct se__worker {
    struct se__mailbox mailbox;
    struct se__tally tally;
    int64_t due_ms;
    int result; /**< of its run */
};

extern struct se__worker script_workers[SCRIPT_WORKERS];
extern struct se__service script_service;

/** The call that fails with -EIO, as it is written down; NULL without one. */
extern const char *script_missing;
/** No memory is to be had. */
extern bool script_lacks_memory;

/** Forgets all that was. */
void script_begin(void);

/** Makes a crew of so many workers. Returns what se__crew_new() does. */
int script_make(int count, struct se__crew **crew_out);

/** These were the calls since the last time: "new 0, new 1, ". */
void script_assert_calls(const char *expected);

#endif
