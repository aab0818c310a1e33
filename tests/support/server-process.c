/* What the process has to say lies in memory that both share; a byte in a pipe says that it is there. The process makes
 * no assertions: it ends with a number, and the test asserts that it is 0. */
#include "server-process.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "environment.h"
#include "figures.h"
#include "io.h"
#include "variants.h"

enum process_end { ENDED_WELL, FAILED_TO_BEGIN, FAILED_TO_RUN, LEFT_DESCRIPTORS, HAS_NO_POLLER };

/** What the process writes and the test reads. */
struct report {
    int port;
    struct figures figures;
};

struct server_process {
    pid_t pid;
    int said_fd;
    struct report *report;
};

/** Of the process: for its signal handlers. */
static struct se_server *served;
static struct report *reported;
static int say_fd;

static void say(void)
{
    int errno_before = errno;
    ssize_t written = write(say_fd, "", 1);
    (void)written; /* where the test has gone, nobody listens */
    errno = errno_before;
}

static void note_figures(void)
{
    for (int stat = 0; stat < FIGURES; stat++)
        reported->figures.of[stat] = se_server_stat(served, stat);
}

static void on_question(int signal_number)
{
    (void)signal_number;
    note_figures();
    say();
}

static void on_termination(int signal_number)
{
    (void)signal_number;
    se_server_stop(served);
}

static void handle(int signal_number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

static int lowest_free_descriptor(void)
{
    int fd = dup(say_fd);
    close(fd);
    return fd;
}

static bool limit_descriptors(rlim_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    limit.rlim_cur = count;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static enum process_end begin(const struct server_process_plan *plan)
{
    if (plan->descriptors > 0 && !limit_descriptors((rlim_t)plan->descriptors))
        return FAILED_TO_BEGIN;
    if (se_server_new(NULL, SE_PORT_ANY, &served) != 0)
        return FAILED_TO_BEGIN;
    if (plan->variant != SERVER_PROCESS_OF_ANY_KIND && !variant_apply(plan->variant, served))
        return HAS_NO_POLLER;
    if (plan->set_up)
        plan->set_up(served);
    return ENDED_WELL;
}

/** The life of the process. */
static enum process_end serve(const struct server_process_plan *plan)
{
    int free_before = lowest_free_descriptor();
    enum process_end end = begin(plan);
    if (end != ENDED_WELL)
        return end;
    handle(SIGUSR1, on_question);
    handle(SIGTERM, on_termination);
    reported->port = se_server_port(served);
    say();
    int result = se_server_run(served);
    handle(SIGUSR1, SIG_IGN);
    handle(SIGTERM, SIG_IGN);
    note_figures();
    se_server_free(served);
    if (result != 0)
        return FAILED_TO_RUN;
    return lowest_free_descriptor() == free_before ? ENDED_WELL : LEFT_DESCRIPTORS;
}

static bool has_said_something(const struct server_process *process)
{
    char byte = 0;
    return io_wait(process->said_fd, POLLIN, environment_patience_ms()) > 0 && read(process->said_fd, &byte, 1) == 1;
}

static int wait_for_end(struct server_process *process)
{
    int status = 0;
    ck_assert_int_eq(waitpid(process->pid, &status, 0), process->pid);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void discard(struct server_process *process)
{
    close(process->said_fd);
    ck_assert_int_eq(munmap(process->report, sizeof(*process->report)), 0);
    free(process);
}

static pid_t fork_server(const struct server_process_plan *plan, const int ends[2], struct report *report)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    say_fd = ends[1];
    reported = report;
    _exit((int)serve(plan));
}

/** The process inherits nothing that it would have to free. */
static struct server_process *fork_and_remember(const struct server_process_plan *plan)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    struct report *report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(report != MAP_FAILED);
    pid_t pid = fork_server(plan, ends, report);
    close(ends[1]);
    struct server_process *process = calloc(1, sizeof(*process));
    ck_assert_ptr_nonnull(process);
    *process = (struct server_process){.pid = pid, .said_fd = ends[0], .report = report};
    return process;
}

struct server_process *server_process_start(const struct server_process_plan *plan)
{
    struct server_process *process = fork_and_remember(plan);
    if (has_said_something(process))
        return process;
    ck_assert_int_eq(wait_for_end(process), HAS_NO_POLLER);
    discard(process);
    return NULL;
}

static void lift_limit(struct se_server *server)
{
    ck_assert_int_eq(se_server_set_max_connections(server, 0), 0);
}

struct server_process *server_process_start_unlimited(void)
{
    const struct server_process_plan plan = {.variant = SERVER_PROCESS_OF_ANY_KIND, .set_up = lift_limit};
    struct server_process *process = server_process_start(&plan);
    ck_assert_ptr_nonnull(process);
    return process;
}

int server_process_port(const struct server_process *process)
{
    return process->report->port;
}

pid_t server_process_id(const struct server_process *process)
{
    return process->pid;
}

int64_t server_process_stat(struct server_process *process, int stat)
{
    ck_assert_int_eq(kill(process->pid, SIGUSR1), 0);
    ck_assert(has_said_something(process));
    int64_t value = process->report->figures.of[stat];
    ck_assert_int_ge(value, 0);
    return value;
}

void server_process_await(struct server_process *process, int stat, int64_t value)
{
    int64_t start_ns = clock_now_ns();
    while (server_process_stat(process, stat) != value && clock_ms_since(start_ns) < environment_patience_ms())
        poll(NULL, 0, 1);
    ck_assert_int_eq(server_process_stat(process, stat), value);
}

int64_t server_process_cpu_ns(const struct server_process *process)
{
    clockid_t clock = 0;
    struct timespec used;
    ck_assert_int_eq(clock_getcpuclockid(process->pid, &clock), 0);
    ck_assert_int_eq(clock_gettime(clock, &used), 0);
    return used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
}

int64_t server_process_resident_bytes(const struct server_process *process)
{
    char path[64];
    long resident_pages = 0;
    snprintf(path, sizeof(path), "/proc/%ld/statm", (long)process->pid);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%*d %ld", &resident_pages), 1);
    fclose(file);
    return (int64_t)resident_pages * sysconf(_SC_PAGESIZE);
}

void server_process_pause(const struct server_process *process)
{
    int status = 0;
    ck_assert_int_eq(kill(process->pid, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(process->pid, &status, WUNTRACED), process->pid);
    ck_assert(WIFSTOPPED(status));
}

void server_process_resume(const struct server_process *process)
{
    ck_assert_int_eq(kill(process->pid, SIGCONT), 0);
}

void server_process_stop(const struct server_process *process)
{
    ck_assert_int_eq(kill(process->pid, SIGTERM), 0);
}

void server_process_end(struct server_process *process)
{
    ck_assert_int_eq(wait_for_end(process), ENDED_WELL);
    figures_assert_consistent(&process->report->figures);
    discard(process);
}
