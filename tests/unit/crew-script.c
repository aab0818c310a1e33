/* The linker leads every call of f to __wrap_f, and __real_f is the C library's own. */
#include "crew-script.h"

#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/thread.h"

enum { LOG_SIZE = 400, CALL_SIZE = 40 };

struct se__worker script_workers[SCRIPT_WORKERS];
struct se__service script_service;
const char *script_missing;
bool script_lacks_memory;

static const struct se__wakeup first_wakeup = {.read_fd = 0};
static int wakeups; /**< that were made */
static int threads;
static char calls[LOG_SIZE];

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
int __wrap_se__thread_join(pthread_t thread);
int __wrap_se__thread_start(pthread_t *thread_out, void *(*body)(void *), void *argument);
int __wrap_se__wakeup_begin(struct se__wakeup *wakeup);
void __wrap_se__wakeup_end(struct se__wakeup *wakeup);
void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup);
int64_t __wrap_se__worker_due_ms(const struct se__worker *worker);
void __wrap_se__worker_end(struct se__worker *worker);
int __wrap_se__worker_fd(const struct se__worker *worker);
void __wrap_se__worker_free(struct se__worker *worker);
int __wrap_se__worker_listen(struct se__worker *worker, int listen_fd, struct se__mailbox *const *mailboxes, int count);
int __wrap_se__worker_listen_fd(const struct se__worker *worker);
struct se__mailbox *__wrap_se__worker_mailbox(struct se__worker *worker);
int __wrap_se__worker_new(struct se__service *service, int number, const struct se__wakeup *wakeup,
                          struct se__worker **worker_out);
int __wrap_se__worker_run(struct se__worker *worker, int64_t deadline_ms);
int __wrap_se__worker_run_ready(struct se__worker *worker);
const struct se__tally *__wrap_se__worker_tally(const struct se__worker *worker);

void script_begin(void)
{
    memset(script_workers, 0, sizeof(script_workers));
    memset(&script_service, 0, sizeof(script_service));
    script_missing = NULL;
    script_lacks_memory = false;
    calls[0] = '\0';
}

int script_make(int count, struct se__crew **crew_out)
{
    script_service.settings.workers = count;
    wakeups = threads = 0;
    return se__crew_new(&script_service, &first_wakeup, SCRIPT_LISTEN_FD, crew_out);
}

void script_assert_calls(const char *expected)
{
    ck_assert_str_eq(calls, expected);
    calls[0] = '\0';
    threads = 0;
}

/** Writes down the call and the worker that it is about. 0, or -EIO where it is the one that is missing. */
static int write_down(const char *what, long number)
{
    char call[CALL_SIZE];
    snprintf(call, sizeof(call), "%s %ld, ", what, number);
    ck_assert_uint_lt(strlen(calls) + strlen(call), sizeof(calls));
    strcat(calls, call);
    return script_missing && strcmp(script_missing, call) == 0 ? -EIO : 0;
}

static int number_of(const struct se__worker *worker)
{
    ck_assert_int_ge(worker - script_workers, 0);
    ck_assert_int_lt(worker - script_workers, SCRIPT_WORKERS);
    return (int)(worker - script_workers);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return script_lacks_memory ? NULL : __real_calloc(count, size);
}

int __wrap_se__thread_start(pthread_t *thread_out, void *(*body)(void *), void *argument)
{
    ck_assert_int_eq(atomic_load(&script_service.others_at_work), 1);
    *thread_out = (pthread_t)(uintptr_t)++threads;
    int error = write_down("start", threads);
    if (!error)
        body(argument);
    return error;
}

int __wrap_se__thread_join(pthread_t thread)
{
    return write_down("join", (long)(uintptr_t)thread);
}

int __wrap_se__wakeup_begin(struct se__wakeup *wakeup)
{
    wakeup->read_fd = ++wakeups;
    return write_down("bell", wakeup->read_fd);
}

void __wrap_se__wakeup_end(struct se__wakeup *wakeup)
{
    write_down("no bell", wakeup->read_fd);
}

void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup)
{
    write_down("wake", wakeup->read_fd);
}

int __wrap_se__worker_new(struct se__service *service, int number, const struct se__wakeup *wakeup,
                          struct se__worker **worker_out)
{
    ck_assert_ptr_eq(service, &script_service);
    ck_assert_int_eq(wakeup->read_fd, number);
    *worker_out = &script_workers[number];
    return write_down("new", number);
}

void __wrap_se__worker_end(struct se__worker *worker)
{
    write_down("end", number_of(worker));
}

void __wrap_se__worker_free(struct se__worker *worker)
{
    write_down("free", number_of(worker));
}

int __wrap_se__worker_listen(struct se__worker *worker, int listen_fd, struct se__mailbox *const *mailboxes, int count)
{
    ck_assert_int_eq(listen_fd, SCRIPT_LISTEN_FD);
    ck_assert_int_eq(count, script_service.settings.workers);
    for (int i = 0; i < count; i++)
        ck_assert_ptr_eq(mailboxes[i], &script_workers[i].mailbox);
    return write_down("listen", number_of(worker));
}

int __wrap_se__worker_run(struct se__worker *worker, int64_t deadline_ms)
{
    ck_assert_int_eq(deadline_ms, SCRIPT_DEADLINE_MS);
    write_down("run", number_of(worker));
    return worker->result;
}

int __wrap_se__worker_run_ready(struct se__worker *worker)
{
    write_down("run", number_of(worker));
    return worker->result;
}

int __wrap_se__worker_fd(const struct se__worker *worker)
{
    return SCRIPT_POLLER_FD + number_of(worker);
}

int __wrap_se__worker_listen_fd(const struct se__worker *worker)
{
    return SCRIPT_LISTEN_FD + number_of(worker);
}

int64_t __wrap_se__worker_due_ms(const struct se__worker *worker)
{
    return worker->due_ms;
}

struct se__mailbox *__wrap_se__worker_mailbox(struct se__worker *worker)
{
    return &worker->mailbox;
}

const struct se__tally *__wrap_se__worker_tally(const struct se__worker *worker)
{
    return &worker->tally;
}
