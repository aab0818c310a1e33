/** @file host.h
 * A program that has a server: it makes it, runs it in a thread of its own until it ends, whichever way, and frees it
 * at once.
 */
#ifndef FAULTS_HOST_H
#define FAULTS_HOST_H

#include <pthread.h>
#include <sockecho.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { FIGURES = SE_STAT_PAUSES + 1 };

/** How the server is made and run. */
struct plan {
    int poller;
    const char *host;    /**< to listen on; NULL: 127.0.0.1 */
    int workers;         /**< 0: one */
    int max_connections; /**< 0: the default */
    bool is_inherited;   /**< the listener is handed to it */
    bool is_started;     /**< it runs by se_server_start() */
    bool has_events;     /**< it has a callback, which lets everybody in */
    bool turns_away;     /**< it has a callback, which lets nobody in */
    bool is_in_a_loop;   /**< it runs in non-blocking mode, as in an event loop */
    bool is_narrow;      /**< its sockets have small send buffers */
    unsigned traits;     /**< of the story, beside those that the plan implies */
    int idle_ms;         /**< limits of time; 0: longer than any fault lasts */
    int stall_ms;
    const char *path; /**< of a unix socket; NULL: TCP */
};

struct host {
    struct plan plan;
    int port;
    struct se_server *server; /**< NULL where it could not be made, and once it is freed */
    pthread_mutex_t lock;     /**< over its end */
    pthread_t thread;
    atomic_bool is_stopped;
    bool is_running;
    int result; /**< of the run */
    int64_t figures[FIGURES];
};

/** Makes the server and sets it. Peers can connect. Returns false, and has told why, where that failed. */
bool host_begin(struct host *host, const struct plan *plan);

/** Runs it. */
void host_run(struct host *host);

void host_stop(struct host *host);

/** Stops it where host_stop_at_send() has not yet: a second stop would cut it short. */
void host_stop_once(struct host *host);

/** Stops it just before it sends for the `later`-th time from now on, in the middle of its work. */
void host_stop_at_send(struct host *host, int later);

/** Waits until the server has ended every connection, or is gone itself. */
void host_await_nobody(struct host *host);

/** Waits for the end of the run, and tells its result and the figures. */
void host_end(struct host *host);

#endif
