/* Makes the runs of the fault matrix, each scenario and setting in processes of its own, several beside each other, and
 * prints the runs that were not clean, each with the name that repeats it. */
#include <getopt.h>
#include <signal.h>
#include <sockecho/server.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "environment.h"
#include "network.h"
#include "runs.h"
#include "table.h"

enum { JOBS_MAX = 16, SETTINGS_MAX = 256, FAILURES_MAX = 1000, LOOK_MS = 5, PATIENCE_MS = 30000 };

/** A scenario in a setting, and how far it is. */
struct task {
    const struct scenario *scenario;
    struct setting setting;
};

/** A place for a process that makes runs. */
struct job {
    pid_t pid; /* 0: free */
    const struct task *task;
    struct report *report;
    long seen_runs;
    int still_ms; /* for how long no run has ended */
    bool was_killed;
};

static bool has_network;
static struct choice choice = {.seed = 1, .one_in = 1};
static const char *only_scenario;
static int job_count = 4; /* they wait more than they work */
static struct task tasks[SETTINGS_MAX];
static int task_count;
static struct job jobs[JOBS_MAX];
static long runs;
static long met;
static long met_by_row[ROWS_MAX];
static long calls_made[CALLS];
static int failures;

static bool is_wanted(const struct task *task)
{
    char name[NAME_SIZE];
    setting_name(task->scenario, &task->setting, name, sizeof(name));
    if (choice.only)
        return strncmp(choice.only, name, strlen(name)) == 0 && choice.only[strlen(name)] == ' ';
    return !only_scenario || strcmp(only_scenario, task->scenario->name) == 0;
}

static void list_tasks_with(const struct scenario *scenario, int poller)
{
    if (scenario->is_of_auto != (poller == SE_POLLER_AUTO))
        return;
    for (enum mode mode = BLOCKING; mode < MODES; mode++) {
        struct task task = {.scenario = scenario, .setting = {.poller = poller, .mode = mode}};
        bool is_same_again = scenario->has_one_setting && (poller != SE_POLLER_EPOLL || mode != BLOCKING);
        if (is_wanted(&task) && !is_same_again)
            tasks[task_count++] = task;
    }
}

static void list_tasks(void)
{
    static const int pollers[] = {SE_POLLER_AUTO, SE_POLLER_EPOLL, SE_POLLER_POLL};
    size_t count;
    const struct scenario *list = scenarios(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < sizeof(pollers) / sizeof(pollers[0]); j++)
            list_tasks_with(&list[i], pollers[j]);
}

static void start(struct job *job, long from)
{
    job->report->reason[0] = '\0';
    job->still_ms = 0;
    job->was_killed = false;
    fflush(NULL);
    job->pid = fork();
    if (job->pid < 0) {
        perror("fork");
        exit(EXIT_FAILURE);
    }
    if (job->pid > 0)
        return;
    if (has_network)
        network_enter(); /* one for each process */
    runs_make(job->task->scenario, &job->task->setting, &choice, from, job->report);
    exit(EXIT_SUCCESS); /* and not _exit(2): what gcov has counted is written then */
}

static void begin_task(struct job *job, const struct task *task)
{
    memset(job->report, 0, sizeof(*job->report));
    atomic_store(&job->report->at, -1);
    job->task = task;
    job->seen_runs = 0;
    start(job, 0);
}

static void end_task(struct job *job)
{
    char name[NAME_SIZE];
    setting_name(job->task->scenario, &job->task->setting, name, sizeof(name));
    printf("%s: %ld runs, %ld met their fault\n", name, atomic_load(&job->report->runs),
           atomic_load(&job->report->met));
    for (int row = 0; row < ROWS_MAX; row++)
        met_by_row[row] += atomic_load(&job->report->met_by_row[row]);
    for (int call = 0; call < CALLS; call++)
        calls_made[call] += job->report->count.calls[0][call] + job->report->count.calls[1][call];
    runs += atomic_load(&job->report->runs);
    met += atomic_load(&job->report->met);
    job->pid = 0;
}

static void report_failure(struct job *job, int status)
{
    failures++;
    printf("NOT CLEAN: --only \"%s\": ", job->report->name);
    if (WIFEXITED(status) && WEXITSTATUS(status) == VERDICT_EXIT)
        printf("%s\n", job->report->reason);
    else if (job->was_killed)
        printf("does not end\n");
    else
        printf("ends its process with status %#x\n", (unsigned)status);
}

static void reap(struct job *job, int status)
{
    bool is_clean = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
    if (!is_clean)
        report_failure(job, status);
    long at = atomic_load(&job->report->at);
    if (is_clean || at < 0 || !atomic_load(&job->report->has_count) || failures >= FAILURES_MAX)
        end_task(job);
    else
        start(job, at + 1);
}

static void look_after(struct job *job)
{
    int status;
    if (waitpid(job->pid, &status, WNOHANG) == job->pid) {
        reap(job, status);
        return;
    }
    long now = atomic_load(&job->report->runs);
    job->still_ms = now == job->seen_runs ? job->still_ms + LOOK_MS : 0;
    job->seen_runs = now;
    if (job->still_ms < PATIENCE_MS * environment_slow_factor() || job->was_killed)
        return;
    job->was_killed = true;
    kill(job->pid, SIGKILL);
}

static void pause_a_moment(void)
{
    const struct timespec moment = {.tv_nsec = LOOK_MS * 1000000};
    nanosleep(&moment, NULL);
}

static void make_tasks(void)
{
    int next = 0;
    int busy;
    do {
        busy = 0;
        for (int i = 0; i < job_count; i++) {
            if (jobs[i].pid == 0 && next < task_count && failures < FAILURES_MAX)
                begin_task(&jobs[i], &tasks[next++]);
            if (jobs[i].pid != 0)
                look_after(&jobs[i]);
            busy += jobs[i].pid != 0;
        }
        if (busy > 0)
            pause_a_moment();
    } while (busy > 0 || (next < task_count && failures < FAILURES_MAX));
}

/** Every function that a row of the table bends. */
static void list_functions(void)
{
    size_t count;
    const struct fault *list = faults(&count);
    for (size_t i = 0; i < count; i++)
        printf("%s\n", call_functions(list[i].call));
}

static void print_row(const char *before, const struct fault *fault)
{
    char result[32];
    fault_result_name(fault, result, sizeof(result));
    printf("%s%s %s %s%s\n", before, side_name(fault->where), call_name(fault->call), result,
           fault->repetition == ONCE_ONLY ? "" : " from-then-on");
}

static void list_table(void)
{
    size_t count;
    const struct fault *list = faults(&count);
    for (size_t i = 0; i < count; i++)
        print_row("", &list[i]);
}

/** Some calls a library makes only where it was built so. */
static bool is_of_another_build(enum call call)
{
    bool is_epoll = call >= CALL_EPOLL_ADD && call <= CALL_EPOLL_WAIT;
    return (is_epoll || call == CALL_EVENTFD || call == CALL_PIPE) && calls_made[call] == 0;
}

/** A row that no run meets says nothing. */
static int count_rows_never_met(void)
{
    size_t count;
    int never = 0;
    const struct fault *list = faults(&count);
    for (size_t i = 0; i < count; i++) {
        if (met_by_row[i] > 0 || is_of_another_build(list[i].call))
            continue;
        print_row("NEVER MET: ", &list[i]);
        never++;
    }
    return never;
}

static void use(void)
{
    fprintf(stderr, "usage: faults [--one-in N --seed S] [--scenario NAME] [--only NAME-OF-A-RUN] [--jobs N]\n"
                    "       faults --functions | --table\n");
    exit(2);
}

static void read_options(int count, char **arguments)
{
    static const struct option options[] = {
        {"one-in", required_argument, NULL, 'n'},   {"seed", required_argument, NULL, 's'},
        {"scenario", required_argument, NULL, 'c'}, {"only", required_argument, NULL, 'o'},
        {"jobs", required_argument, NULL, 'j'},     {"functions", no_argument, NULL, 'f'},
        {"table", no_argument, NULL, 't'},          {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        if (option == 'n')
            choice.one_in = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 's')
            choice.seed = strtoull(optarg, NULL, 10);
        else if (option == 'c')
            only_scenario = optarg;
        else if (option == 'o')
            choice.only = optarg;
        else if (option == 'j')
            job_count = atoi(optarg);
        else if (option == 'f')
            list_functions();
        else if (option == 't')
            list_table();
        else
            use();
        if (option == 'f' || option == 't')
            exit(EXIT_SUCCESS);
    }
    if (choice.one_in == 0 || job_count < 1 || job_count > JOBS_MAX)
        use();
}

/** The files of unix sockets have relative names. */
static void enter_folder(char *path)
{
    if (mkdtemp(path) && chdir(path) == 0)
        return;
    perror(path);
    exit(EXIT_FAILURE);
}

int main(int count, char **arguments)
{
    read_options(count, arguments);
    char folder[] = "/var/tmp/faults-XXXXXX";
    enter_folder(folder);
    has_network = network_enter();
    list_tasks();
    for (int i = 0; i < job_count; i++)
        jobs[i].report = report_new();
    struct timespec begin;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    make_tasks();
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%ld runs, %ld met their fault, %d not clean, in %ld s; one in %u, seed %llu\n", runs, met, failures,
           (long)(end.tv_sec - begin.tv_sec), choice.one_in, (unsigned long long)choice.seed);
    if (rmdir(folder) != 0)
        perror(folder); /* a process that was ended has left a file */
    bool is_whole = choice.one_in == 1 && !choice.only && !only_scenario;
    if (is_whole)
        failures += count_rows_never_met();
    return failures > 0 || runs == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
