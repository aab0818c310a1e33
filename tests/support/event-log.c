/* The callback comes in any thread, so it only writes, and the test's own thread asserts. */
#include "event-log.h"

#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "environment.h"

struct event_log {
    pthread_mutex_t lock;
    pthread_cond_t written;
    int answer;
    size_t total; /**< also those for which there was no room */
    struct event_record records[EVENT_LOG_MAX];
};

static void describe(struct event_record *record, const struct se_connection *connection)
{
    record->has_connection = true;
    se_connection_peer(connection, record->peer, sizeof(record->peer));
    record->id = se_connection_id(connection);
    record->received = se_connection_received(connection);
    record->echoed = se_connection_echoed(connection);
    record->reason = se_connection_reason(connection);
}

static int write_down(struct se_server *server, int event, const struct se_connection *connection, void *user_data)
{
    struct event_log *log = user_data;
    struct event_record record = {.event = event, .server = server, .thread = pthread_self()};
    if (connection)
        describe(&record, connection);
    pthread_mutex_lock(&log->lock);
    if (log->total < EVENT_LOG_MAX)
        log->records[log->total] = record;
    log->total++;
    int answer = log->answer;
    pthread_cond_broadcast(&log->written);
    pthread_mutex_unlock(&log->lock);
    return answer;
}

struct event_log *event_log_new(void)
{
    struct event_log *log = calloc(1, sizeof(*log));
    ck_assert_ptr_nonnull(log);
    pthread_condattr_t monotonic;
    ck_assert_int_eq(pthread_condattr_init(&monotonic), 0);
    ck_assert_int_eq(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC), 0);
    ck_assert_int_eq(pthread_cond_init(&log->written, &monotonic), 0);
    pthread_condattr_destroy(&monotonic);
    ck_assert_int_eq(pthread_mutex_init(&log->lock, NULL), 0);
    return log;
}

void event_log_free(struct event_log *log)
{
    pthread_cond_destroy(&log->written);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

void event_log_attach(struct event_log *log, struct se_server *server)
{
    ck_assert_int_eq(se_server_set_callback(server, write_down, log), 0);
}

void event_log_answer(struct event_log *log, int result)
{
    pthread_mutex_lock(&log->lock);
    log->answer = result;
    pthread_mutex_unlock(&log->lock);
}

static size_t count_of(const struct event_log *log, int event)
{
    size_t count = 0;
    for (size_t i = 0; i < log->total && i < EVENT_LOG_MAX; i++)
        count += log->records[i].event == event;
    return count;
}

static struct timespec patience_end(void)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += environment_patience_ms() / 1000;
    return end;
}

void event_log_await(struct event_log *log, int event, size_t count)
{
    struct timespec end = patience_end();
    int error = 0;
    pthread_mutex_lock(&log->lock);
    while (count_of(log, event) < count && error == 0)
        error = pthread_cond_timedwait(&log->written, &log->lock, &end);
    size_t came = count_of(log, event);
    pthread_mutex_unlock(&log->lock);
    ck_assert_msg(came >= count, "event %d came %zu times instead of %zu", event, came, count);
}

size_t event_log_count(struct event_log *log, int event)
{
    pthread_mutex_lock(&log->lock);
    size_t count = count_of(log, event);
    pthread_mutex_unlock(&log->lock);
    return count;
}

size_t event_log_total(struct event_log *log)
{
    pthread_mutex_lock(&log->lock);
    size_t total = log->total;
    pthread_mutex_unlock(&log->lock);
    ck_assert_uint_le(total, EVENT_LOG_MAX);
    return total;
}

struct event_record event_log_at(struct event_log *log, size_t place)
{
    ck_assert_uint_lt(place, event_log_total(log));
    pthread_mutex_lock(&log->lock);
    struct event_record record = log->records[place];
    pthread_mutex_unlock(&log->lock);
    return record;
}

struct event_record event_log_nth(struct event_log *log, int event, size_t place)
{
    size_t total = event_log_total(log);
    for (size_t i = 0, seen = 0; i < total; i++) {
        struct event_record record = event_log_at(log, i);
        if (record.event == event && seen++ == place)
            return record;
    }
    ck_abort_msg("event %d did not come %zu times", event, place + 1);
}
