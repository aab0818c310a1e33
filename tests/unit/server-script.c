/* The linker leads every call of f to __wrap_f. */
#include "server-script.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/deadline.h"
#include "system/descriptors.h"
#include "system/thread.h"

enum { LOG_SIZE = 400, CALL_SIZE = 40 };

struct se_server *script_server;
const char *script_missing;
bool script_is_in_callback;
int script_descriptors_limit;
int script_descriptors_open;
int64_t script_due_ms;

static int crew; /**< its address is all that is asked of it */
static char calls[LOG_SIZE];

int64_t __wrap_se__clock_now_ms(void);
int64_t __wrap_se__crew_due_ms(const struct se__crew *those);
int __wrap_se__crew_fd(const struct se__crew *those);
void __wrap_se__crew_free(struct se__crew *those);
int __wrap_se__crew_new(struct se__service *service, const struct se__wakeup *wakeup, int listen_fd,
                        struct se__crew **crew_out);
int __wrap_se__crew_run(struct se__crew *those, int64_t deadline_ms);
int __wrap_se__crew_run_ready(struct se__crew *those);
int64_t __wrap_se__deadline_in(int64_t timeout_ms);
int __wrap_se__descriptors_limit(void);
int __wrap_se__descriptors_open(void);
void __wrap_se__service_end(struct se__service *service);
bool __wrap_se__service_is_in_callback(struct se__service *service);
int __wrap_se__thread_join(pthread_t thread);
int __wrap_se__thread_start(pthread_t *thread_out, void *(*body)(void *), void *argument);
void __wrap_se__unix_file_remove(struct se__unix_file *file);
void __wrap_se__wakeup_end(struct se__wakeup *wakeup);
void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup);

void script_begin(void)
{
    script_server = calloc(1, sizeof(*script_server));
    ck_assert_ptr_nonnull(script_server);
    script_server->listen_fd = SCRIPT_LISTEN_FD;
    script_server->service.settings.workers = 1;
    script_server->service.settings.timeout_ms = 7;
    script_missing = NULL;
    script_is_in_callback = false;
    script_descriptors_limit = 100;
    script_descriptors_open = 10;
    calls[0] = '\0';
}

void script_end(void)
{
    free(script_server);
}

/** The number is how often the server was asked to stop. */
static int write_down(const char *what)
{
    char call[CALL_SIZE];
    snprintf(call, sizeof(call), "%s %d, ", what, atomic_load(&script_server->service.stops));
    ck_assert_uint_lt(strlen(calls) + strlen(call), sizeof(calls));
    strcat(calls, call);
    return script_missing && strcmp(script_missing, call) == 0 ? -EIO : 0;
}

void script_assert_calls(const char *expected)
{
    ck_assert_str_eq(calls, expected);
    calls[0] = '\0';
}

int64_t __wrap_se__clock_now_ms(void)
{
    return SCRIPT_NOW_MS;
}

int64_t __wrap_se__deadline_in(int64_t timeout_ms)
{
    return SCRIPT_NOW_MS + timeout_ms;
}

int __wrap_se__descriptors_limit(void)
{
    return script_descriptors_limit;
}

int __wrap_se__descriptors_open(void)
{
    return script_descriptors_open;
}

int __wrap_se__crew_new(struct se__service *service, const struct se__wakeup *wakeup, int listen_fd,
                        struct se__crew **crew_out)
{
    ck_assert_ptr_eq(service, &script_server->service);
    ck_assert_ptr_eq(wakeup, &script_server->wakeup);
    ck_assert_int_eq(listen_fd, SCRIPT_LISTEN_FD);
    *crew_out = (struct se__crew *)&crew;
    return write_down("crew");
}

void __wrap_se__crew_free(struct se__crew *those)
{
    ck_assert_ptr_eq(those, &crew);
    write_down("no crew");
}

/** While it runs nobody else may. */
static int run(const char *what, const struct se__crew *those)
{
    ck_assert_ptr_eq(those, &crew);
    ck_assert_int_eq(se_server_run(script_server), -EBUSY);
    ck_assert_int_eq(se_server_start(script_server), -EBUSY);
    ck_assert_int_eq(se_server_fd(script_server), -EBUSY);
    ck_assert_int_eq(se_server_next_timeout(script_server), -EBUSY);
    write_down(what);
    return SCRIPT_RUN_RESULT;
}

int __wrap_se__crew_run(struct se__crew *those, int64_t deadline_ms)
{
    ck_assert_int_eq(deadline_ms, SCRIPT_NOW_MS + script_server->service.settings.timeout_ms);
    return run("run", those);
}

int __wrap_se__crew_run_ready(struct se__crew *those)
{
    return run("run ready", those);
}

int __wrap_se__crew_fd(const struct se__crew *those)
{
    ck_assert_ptr_eq(those, &crew);
    return SCRIPT_POLLER_FD;
}

int64_t __wrap_se__crew_due_ms(const struct se__crew *those)
{
    ck_assert_ptr_eq(those, &crew);
    return script_due_ms;
}

int __wrap_se__thread_start(pthread_t *thread_out, void *(*body)(void *), void *argument)
{
    *thread_out = pthread_self();
    int error = write_down("start");
    if (!error)
        body(argument);
    return error;
}

int __wrap_se__thread_join(pthread_t thread)
{
    ck_assert(pthread_equal(thread, pthread_self()));
    return write_down("join");
}

bool __wrap_se__service_is_in_callback(struct se__service *service)
{
    ck_assert_ptr_eq(service, &script_server->service);
    return script_is_in_callback;
}

void __wrap_se__service_end(struct se__service *service)
{
    ck_assert_ptr_eq(service, &script_server->service);
    write_down("no service");
}

void __wrap_se__unix_file_remove(struct se__unix_file *file)
{
    ck_assert_ptr_eq(file, &script_server->service.file);
    write_down("no file");
}

void __wrap_se__wakeup_end(struct se__wakeup *wakeup)
{
    ck_assert_ptr_eq(wakeup, &script_server->wakeup);
    write_down("no wakeup");
}

void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup)
{
    ck_assert_ptr_eq(wakeup, &script_server->wakeup);
    write_down("wake");
}
