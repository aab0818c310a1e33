/* The hooks of a load's parts. */
#include "load-script.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "system/socket.h"
#include "system/thread.h"

enum { FIRST_FD = 0, LOG_SIZE = 300, BLOCKS_MAX = 16 };

/** What nobody sees who does not make one. */
struct se__driver {
    struct se__run *run;
    int thread;
};

struct load_script script = {.allocations_until_failure = NEVER}; /* libc asks for memory before a test begins */
struct se_load *load;
static struct se__driver drivers[SCRIPT_THREADS];
static int started;
static char calls_made[LOG_SIZE];
static const void *blocks[BLOCKS_MAX]; /**< of the load; whatever else is freed is not in here */
static int block_count;

int __wrap_se__wakeup_begin(struct se__wakeup *wakeup);
void __wrap_se__wakeup_end(struct se__wakeup *wakeup);
void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup);
int __wrap_se__load_find_server(const struct se_load *of, const char *host, int port, struct se__run *run);
int __wrap_se__gate_begin(struct se__gate *gate, int expected);
void __wrap_se__gate_end(struct se__gate *gate);
void __wrap_se__gate_expect_fewer(struct se__gate *gate);
int __wrap_se__driver_new(struct se__run *run, int thread, struct se__driver **driver_out);
void __wrap_se__driver_free(struct se__driver *driver);
int __wrap_se__driver_run(struct se__driver *driver);
int __wrap_se__thread_start(pthread_t *thread_out, void *(*body)(void *), void *argument);
int __wrap_se__thread_join(pthread_t thread);
void __wrap_se__socket_hang_up(int fd);
int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __real_free(void *memory);
void __wrap_free(void *memory);

static void write_down(const char *call, int number)
{
    char text[32];
    snprintf(text, sizeof(text), number == NEVER ? "%s " : "%s(%d) ", call, number);
    ck_assert_uint_lt(strlen(calls_made) + strlen(text), sizeof(calls_made));
    strcat(calls_made, text);
}

int __wrap_se__wakeup_begin(struct se__wakeup *wakeup)
{
    (void)wakeup;
    return script.wakeup_error;
}

void __wrap_se__wakeup_end(struct se__wakeup *wakeup)
{
    (void)wakeup;
}

void __wrap_se__wakeup_signal(const struct se__wakeup *wakeup)
{
    ck_assert_ptr_eq(wakeup, &load->wakeup);
    write_down("signal", NEVER);
}

int __wrap_se__load_find_server(const struct se_load *of, const char *host, int port, struct se__run *run)
{
    ck_assert_ptr_eq(of, load);
    ck_assert_str_eq(host, "host");
    ck_assert(port == 1 || port == SCRIPT_PORT || port == 65535);
    ck_assert_int_eq(run->first_fd, -1);
    if (script.has_first)
        run->first_fd = FIRST_FD;
    return script.find_error;
}

int __wrap_se__gate_begin(struct se__gate *gate, int expected)
{
    (void)gate;
    write_down("gate", expected);
    return script.gate_error;
}

void __wrap_se__gate_end(struct se__gate *gate)
{
    (void)gate;
    write_down("end", NEVER);
}

void __wrap_se__gate_expect_fewer(struct se__gate *gate)
{
    (void)gate;
    write_down("fewer", NEVER);
}

int __wrap_se__driver_new(struct se__run *run, int thread, struct se__driver **driver_out)
{
    write_down("new", thread);
    if (thread == script.new_fails_at)
        return -ENOMEM;
    drivers[thread] = (struct se__driver){.run = run, .thread = thread};
    *driver_out = &drivers[thread];
    return 0;
}

void __wrap_se__driver_free(struct se__driver *driver)
{
    write_down("free", driver->thread);
}

/** Of the others at work each thread sees those that have not ended yet. */
int __wrap_se__driver_run(struct se__driver *driver)
{
    write_down("run", driver->thread);
    write_down("others", atomic_load(&driver->run->others_at_work));
    if (driver->thread == 0 && script.meanwhile)
        script.meanwhile(driver->run);
    return script.run_errors[driver->thread];
}

int __wrap_se__thread_start(pthread_t *thread_out, void *(*body)(void *), void *argument)
{
    int thread = ++started;
    write_down("start", thread);
    if (thread == script.start_fails_at)
        return -EAGAIN;
    *thread_out = (pthread_t)(intptr_t)thread;
    ck_assert_ptr_null(body(argument));
    return 0;
}

int __wrap_se__thread_join(pthread_t thread)
{
    write_down("join", (int)(intptr_t)thread);
    return 0;
}

void __wrap_se__socket_hang_up(int fd)
{
    write_down("hang-up", fd);
}

int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes)
{
    (void)lock, (void)attributes;
    return script.lock_error;
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock)
{
    (void)lock;
    write_down("destroy", NEVER);
    return 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    if (script.allocations_until_failure-- == 0)
        return NULL;
    void *memory = __real_calloc(count, size);
    ck_assert_int_lt(block_count, BLOCKS_MAX);
    blocks[block_count++] = memory;
    return memory;
}

void __wrap_free(void *memory)
{
    for (int i = 0; i < block_count; i++)
        if (blocks[i] == memory)
            blocks[i] = blocks[--block_count];
    __real_free(memory);
}

int script_allocated(void)
{
    return block_count;
}

void script_begin(void)
{
    started = 0;
    calls_made[0] = '\0';
    script = (struct load_script){.new_fails_at = NEVER, .start_fails_at = NEVER, .allocations_until_failure = NEVER};
}

void script_load(int threads)
{
    script_begin();
    ck_assert_int_eq(se_load_new(&load), 0);
    ck_assert_int_eq(se_load_set_connections(load, SCRIPT_CONNECTIONS), 0);
    ck_assert_int_eq(se_load_set_threads(load, threads), 0);
}

void script_run(int result, const char *calls)
{
    ck_assert_int_eq(se_load_run(load, "host", SCRIPT_PORT), result);
    ck_assert_str_eq(calls_made, calls);
    calls_made[0] = '\0';
    started = 0;
}

void script_end(void)
{
    se_load_free(load);
    ck_assert_int_eq(script_allocated(), 0);
}
