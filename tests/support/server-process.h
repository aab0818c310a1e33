/** @file server-process.h
 * A server in a process of its own, so that its memory, its processor time and its limits are not mixed with those of
 * the test. SIGTERM stops it in order, as it does the program sockecho-server.
 */
#ifndef SUPPORT_SERVER_PROCESS_H
#define SUPPORT_SERVER_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include <sockecho.h>

struct server_process;

/** In place of a variant: one worker, and whatever poller this build prefers. */
enum { SERVER_PROCESS_OF_ANY_KIND = -1 };

/** What the process shall be like. */
struct server_process_plan {
    int variant;                              /**< of variants.h, or the above */
    int descriptors;                          /**< the limit of descriptors; 0 leaves it as it is */
    void (*set_up)(struct se_server *server); /**< called in the process, with all limits as usual; may be NULL */
};

/** Starts it; peers can connect when this returns. NULL where this build of the library has no such poller. */
struct server_process *server_process_start(const struct server_process_plan *plan);

/** Starts one of any kind, with no limit of connections but the descriptors. */
struct server_process *server_process_start_unlimited(void);

int server_process_port(const struct server_process *process);
pid_t server_process_id(const struct server_process *process);

/** A figure of se_server_stat(), asked in a signal handler of the process. */
int64_t server_process_stat(struct server_process *process, int stat);

/** Waits until the figure has that value; asserts that it comes to that. */
void server_process_await(struct server_process *process, int stat, int64_t value);

/** Processor time that the process has used so far. */
int64_t server_process_cpu_ns(const struct server_process *process);

/** Memory that the process has in use now. */
int64_t server_process_resident_bytes(const struct server_process *process);

/** Lets the whole process stand still (SIGSTOP). Returns when it does. */
void server_process_pause(const struct server_process *process);

void server_process_resume(const struct server_process *process);

/** Asks the process to stop (SIGTERM). */
void server_process_stop(const struct server_process *process);

/** Waits until the stopped process has ended, asserts that its run returned 0, that its figures fit together and that
 * it left no descriptor open, and frees this. */
void server_process_end(struct server_process *process);

#endif
