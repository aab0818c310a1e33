/** @file event-log.h
 * A callback for servers that writes down what it hears. A test waits for an event and looks at it afterwards.
 */
#ifndef SUPPORT_EVENT_LOG_H
#define SUPPORT_EVENT_LOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sockecho.h>

enum { EVENT_LOG_MAX = 256, EVENT_PEER_SIZE = 128 };

/** One call of the callback, with all that it was given and could ask. */
struct event_record {
    int event;
    struct se_server *server;
    bool has_connection; /**< what follows but for the thread is 0 or empty without one */
    char peer[EVENT_PEER_SIZE];
    int64_t id;
    int64_t received;
    int64_t echoed;
    int reason;
    pthread_t thread;
};

struct event_log;

/** An empty log; event_log_free() it when its server is gone. */
struct event_log *event_log_new(void);
void event_log_free(struct event_log *log);

/** Makes the log the callback of a server that has not run yet. */
void event_log_attach(struct event_log *log, struct se_server *server);

/** What the callback returns from now on; 0 unless told. */
void event_log_answer(struct event_log *log, int result);

/** Waits until so many events of that kind have come; asserts that they do. */
void event_log_await(struct event_log *log, int event, size_t count);

/** How many events of that kind have come so far. */
size_t event_log_count(struct event_log *log, int event);

/** How many events have come so far, of every kind. */
size_t event_log_total(struct event_log *log);

/** The event at that place of the whole log; asserts that there is one. */
struct event_record event_log_at(struct event_log *log, size_t place);

/** The event of that kind at that place among its kind; asserts that there is one. */
struct event_record event_log_nth(struct event_log *log, int event, size_t place);

#endif
