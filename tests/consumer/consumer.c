/* A program of a user of libsockecho, written from the design page and the public headers alone. It checks what they
 * promise and prints a line for each check (TAP): "ok N - sentence", then "1..N". It exits 0 only if all passed.
 *
 * This file has the frame, what must hold for results and arguments, and what must hold for the process as a whole.
 * server_checks.c plays raw peers of the server, client_checks.c raw peers of the client. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { WATCHDOG_SECONDS = 60, HIGHEST_DESCRIPTOR = 256 };

/* The frame, which all three files use. */
void expect_equal(int64_t got, int64_t wanted, const char *what);
void expect_true(int condition, const char *what);
void run_check(const char *sentence, void (*body)(void));
int64_t now_ms(void);
unsigned char *new_message(size_t length);
void handle_signal(int number, void (*handler)(int));
struct se_server *new_server(void);
struct se_server *started_server(void);
struct se_client *new_client(void);
struct se_client *connected_client(const struct se_server *server);
void end_server(struct se_server *server);
void server_checks(void);
void client_checks(void);

static int checks_run;
static int checks_failed;
static int faults_in_check;
static volatile sig_atomic_t sigpipe_count;
static volatile sig_atomic_t tick_count;

void expect_equal(int64_t got, int64_t wanted, const char *what)
{
    if (got == wanted) {
        return;
    }
    faults_in_check++;
    printf("# %s: got %lld, wanted %lld\n", what, (long long)got, (long long)wanted);
}

void expect_true(int condition, const char *what)
{
    if (condition) {
        return;
    }
    faults_in_check++;
    printf("# not so: %s\n", what);
}

static int count_entries(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;
    if (directory == NULL) {
        return -errno;
    }
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

void run_check(const char *sentence, void (*body)(void))
{
    int descriptors = count_entries("/proc/self/fd");
    faults_in_check = 0;
    body();
    expect_true(descriptors > 0, "open descriptors can be counted");
    expect_equal(count_entries("/proc/self/fd"), descriptors, "open descriptors after the check, as before it");
    checks_run++;
    checks_failed += faults_in_check > 0;
    printf("%s %d - %s\n", faults_in_check > 0 ? "not ok" : "ok", checks_run, sentence);
}

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Bytes whose period is no power of two: a block that is lost, doubled or swapped shows. */
unsigned char *new_message(size_t length)
{
    unsigned char *message = malloc(length + 1);
    if (message == NULL) {
        abort();
    }
    for (size_t i = 0; i <= length; i++) {
        message[i] = (unsigned char)(i % 251);
    }
    return message;
}

/* Without SA_RESTART, so that a signal does interrupt system calls. */
void handle_signal(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    expect_equal(sigaction(number, &action, NULL), 0, "sigaction");
}

struct se_server *new_server(void)
{
    struct se_server *server = NULL;
    expect_equal(se_server_new(NULL, SE_PORT_ANY, &server), 0, "se_server_new");
    return server;
}

struct se_server *started_server(void)
{
    struct se_server *server = new_server();
    expect_equal(se_server_start(server), 0, "se_server_start");
    return server;
}

struct se_client *new_client(void)
{
    struct se_client *client = NULL;
    expect_equal(se_client_new(&client), 0, "se_client_new");
    return client;
}

struct se_client *connected_client(const struct se_server *server)
{
    struct se_client *client = new_client();
    expect_equal(se_client_connect(client, NULL, se_server_port(server)), 0, "connect");
    return client;
}

void end_server(struct se_server *server)
{
    expect_equal(se_server_stop(server), 0, "se_server_stop");
    expect_equal(se_server_join(server), 0, "se_server_join");
    se_server_free(server);
}

static void versions_agree(void)
{
    char text[64];
    snprintf(text, sizeof text, "%d.%d.%d", SE_VERSION_MAJOR, SE_VERSION_MINOR, SE_VERSION_PATCH);
    expect_equal(strcmp(se_version(), text), 0, "the text of the version compared with the header's");
    expect_equal(se_version_number(), SE_VERSION_NUMBER, "the number of the version");
    expect_equal(SE_VERSION_NUMBER, SE_VERSION_MAJOR * 1000000 + SE_VERSION_MINOR * 1000 + SE_VERSION_PATCH,
                 "the number made of its parts");
}

static void expect_name(int error, const char *name)
{
    if (strcmp(se_error_name(error), name) != 0) {
        printf("# the name of %d is %s, wanted %s\n", error, se_error_name(error), name);
        expect_true(0, "an error has its name");
    }
}

static void errors_have_names(void)
{
    expect_name(SE_ERESOLVE, "SE_ERESOLVE");
    expect_name(SE_ECLOSED, "SE_ECLOSED");
    expect_name(SE_EMISMATCH, "SE_EMISMATCH");
    expect_name(-ETIMEDOUT, "ETIMEDOUT");
    expect_name(-EWOULDBLOCK, "EAGAIN");
    expect_name(-ECONNREFUSED, "ECONNREFUSED");
    expect_name(-EADDRINUSE, "EADDRINUSE");
    expect_name(-EDEADLK, "EDEADLK");
    expect_name(-ENODATA, "ENODATA");
    expect_name(-EPIPE, "EPIPE");
    expect_name(0, "OK");
    expect_name(INT_MAX, "OK");
    expect_name(-99999, "EUNKNOWN");
    expect_name(INT_MIN, "EUNKNOWN");
}

static void errors_have_sentences(void)
{
    const int errors[] = {SE_ERESOLVE, SE_ECLOSED, SE_EMISMATCH, -ETIMEDOUT, -EBUSY, 0, -99999};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        expect_true(strlen(se_strerror(errors[i])) > 0, "the sentence has letters");
        for (size_t j = 0; j < i; j++) {
            expect_true(strcmp(se_strerror(errors[i]), se_strerror(errors[j])) != 0, "two errors read differently");
        }
    }
    expect_equal(strcmp(se_strerror(7), se_strerror(0)), 0, "every number >= 0 is success");
    expect_equal(strcmp(se_strerror(INT_MIN), "unknown error"), 0, "an unknown error says so");
}

static void a_null_server_is_refused(void)
{
    char text[64];
    expect_equal(se_server_new(NULL, SE_PORT_ANY, NULL), -EINVAL, "se_server_new");
    expect_equal(se_server_new_from_fd(0, NULL), -EINVAL, "se_server_new_from_fd");
    expect_equal(se_server_port(NULL), -EINVAL, "se_server_port");
    expect_equal(se_server_address(NULL, text, sizeof text), -EINVAL, "se_server_address");
    expect_equal(se_server_set_blocking(NULL, 1), -EINVAL, "se_server_set_blocking");
    expect_equal(se_server_set_timeout(NULL, 1), -EINVAL, "se_server_set_timeout");
    expect_equal(se_server_get_timeout(NULL), -EINVAL, "se_server_get_timeout");
    expect_equal(se_server_set_busy_poll(NULL, 1), -EINVAL, "se_server_set_busy_poll");
    expect_equal(se_server_set_poller(NULL, SE_POLLER_AUTO), -EINVAL, "se_server_set_poller");
    expect_equal(se_server_run(NULL), -EINVAL, "se_server_run");
    expect_equal(se_server_stop(NULL), -EINVAL, "se_server_stop");
    expect_equal(se_server_start(NULL), -EINVAL, "se_server_start");
    expect_equal(se_server_join(NULL), -EINVAL, "se_server_join");
    se_server_free(NULL);
}

static void a_null_client_is_refused(void)
{
    expect_equal(se_client_new(NULL), -EINVAL, "se_client_new");
    expect_equal(se_client_set_blocking(NULL, 1), -EINVAL, "se_client_set_blocking");
    expect_equal(se_client_set_timeout(NULL, 1), -EINVAL, "se_client_set_timeout");
    expect_equal(se_client_set_busy_poll(NULL, 1), -EINVAL, "se_client_set_busy_poll");
    expect_equal(se_client_get_timeout(NULL), -EINVAL, "se_client_get_timeout");
    expect_equal(se_client_connect(NULL, NULL, 7), -EINVAL, "se_client_connect");
    expect_equal(se_client_echo(NULL, "x", 1, NULL), -EINVAL, "se_client_echo");
    expect_equal(se_client_finish(NULL), -EINVAL, "se_client_finish");
    expect_equal(se_client_close(NULL), -EINVAL, "se_client_close");
    expect_equal(se_client_fd(NULL), -EINVAL, "se_client_fd");
    expect_equal(se_client_events(NULL), -EINVAL, "se_client_events");
    expect_equal(se_client_rtt_ns(NULL), -EINVAL, "se_client_rtt_ns");
    expect_equal(se_client_mismatch_at(NULL), -EINVAL, "se_client_mismatch_at");
    se_client_free(NULL);
}

static void bad_ports_of_a_server_are_refused(void)
{
    const int ports[] = {0, -2, 65536, 131072, INT_MIN, INT_MAX};
    struct se_server *other = new_server();
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        struct se_server *server = other;
        expect_equal(se_server_new(NULL, ports[i], &server), -EINVAL, "se_server_new with a bad port");
        expect_true(server == NULL, "no server after a failure");
    }
    se_server_free(other);
}

static void the_mode_of_a_server_is_kept(void)
{
    struct se_server *server = new_server();
    expect_equal(se_server_get_timeout(server), SE_TIMEOUT_NONE, "the default");
    expect_equal(se_server_set_timeout(server, INT64_MAX), 0, "the longest timeout");
    expect_equal(se_server_get_timeout(server), INT64_MAX, "the longest timeout, read back");
    expect_equal(se_server_set_timeout(server, -2), -EINVAL, "a timeout of -2");
    expect_equal(se_server_set_timeout(server, INT64_MIN), -EINVAL, "the least timeout");
    expect_equal(se_server_set_blocking(server, 2), -EINVAL, "blocking 2");
    expect_equal(se_server_get_timeout(server), INT64_MAX, "what was refused changed nothing");
    expect_equal(se_server_set_blocking(server, 0), 0, "non-blocking");
    expect_equal(se_server_get_timeout(server), 0, "the timeout of non-blocking mode");
    expect_equal(se_server_set_blocking(server, 1), 0, "blocking");
    expect_equal(se_server_get_timeout(server), SE_TIMEOUT_NONE, "the timeout of blocking mode");
    se_server_free(server);
}

static void bad_ports_of_a_client_are_refused(void)
{
    const int ports[] = {0, SE_PORT_ANY, -2, 65536, 131072, INT_MIN, INT_MAX};
    struct se_client *client = new_client();
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        expect_equal(se_client_connect(client, NULL, ports[i]), -EINVAL, "connect to a bad port");
        expect_equal(se_client_fd(client), -ENOTCONN, "no descriptor after a refusal");
    }
    se_client_free(client);
}

static void the_mode_of_a_client_is_kept(void)
{
    struct se_client *client = new_client();
    expect_equal(se_client_get_timeout(client), SE_TIMEOUT_NONE, "the default");
    expect_equal(se_client_set_timeout(client, 1234), 0, "a timeout");
    expect_equal(se_client_set_timeout(client, -2), -EINVAL, "a timeout of -2");
    expect_equal(se_client_set_timeout(client, INT64_MIN), -EINVAL, "the least timeout");
    expect_equal(se_client_set_blocking(client, -1), -EINVAL, "blocking -1");
    expect_equal(se_client_get_timeout(client), 1234, "what was refused changed nothing");
    expect_equal(se_client_set_blocking(client, 0), 0, "non-blocking");
    expect_equal(se_client_get_timeout(client), 0, "the timeout of non-blocking mode");
    expect_equal(se_client_set_blocking(client, 1), 0, "blocking");
    expect_equal(se_client_get_timeout(client), SE_TIMEOUT_NONE, "the timeout of blocking mode");
    se_client_free(client);
}

/* A space is in no host name: the resolver refuses this one without asking the network. */
static void a_host_without_address_is_told(void)
{
    struct se_server *server = NULL;
    struct se_client *client = new_client();
    expect_equal(se_server_new("no host name", SE_PORT_ANY, &server), SE_ERESOLVE, "se_server_new");
    expect_true(server == NULL, "no server after a failure");
    expect_equal(se_client_connect(client, "no host name", 7), SE_ERESOLVE, "se_client_connect");
    expect_equal(se_client_fd(client), -ENOTCONN, "no descriptor after a failure");
    se_client_free(client);
}

/* This check is the first, while no thread has been joined that the kernel may still list. A tool that watches threads
 * may add one of its own to the first start, so the second start is the one that counts exactly. */
static void only_a_start_makes_a_thread(void)
{
    int threads = count_entries("/proc/self/task");
    struct se_server *first = new_server();
    struct se_server *second = new_server();
    struct se_client *client = connected_client(first);
    expect_equal(se_server_set_blocking(first, 0), 0, "non-blocking");
    expect_equal(se_server_run(first), -EAGAIN, "run");
    expect_equal(count_entries("/proc/self/task"), threads, "threads without a start");
    expect_equal(se_server_set_blocking(first, 1), 0, "blocking");
    expect_equal(se_server_start(first), 0, "start");
    int with_first = count_entries("/proc/self/task");
    expect_true(with_first > threads, "a start makes a thread");
    expect_equal(se_server_start(second), 0, "start of another server");
    expect_equal(count_entries("/proc/self/task"), with_first + 1, "threads after another start");
    se_client_free(client);
    end_server(first);
    end_server(second);
}

static void every_descriptor_closes_on_exec(void)
{
    int was_open[HIGHEST_DESCRIPTOR];
    int opened = 0;
    for (int fd = 0; fd < HIGHEST_DESCRIPTOR; fd++) {
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
    }
    struct se_server *server = started_server();
    struct se_client *client = connected_client(server);
    expect_equal(se_client_echo(client, "x", 1, NULL), 0, "echo");
    for (int fd = 0; fd < HIGHEST_DESCRIPTOR; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags >= 0 && !was_open[fd]) {
            opened++;
            expect_true((flags & FD_CLOEXEC) != 0, "a descriptor of the library closes on exec");
        }
    }
    expect_true(opened >= 3, "listener, connection and client have descriptors");
    expect_equal(se_client_finish(client), 0, "finish");
    se_client_free(client);
    end_server(server);
}

static void fifty_life_cycles_leave_no_descriptor(void)
{
    for (int i = 0; i < 50; i++) {
        struct se_server *server = started_server();
        struct se_client *client = connected_client(server);
        char reply[3] = "";
        expect_equal(se_client_echo(client, "abc", 3, reply), 0, "echo");
        expect_equal(memcmp(reply, "abc", 3), 0, "the reply");
        se_client_free(client);
        end_server(server);
    }
}

static void set_descriptor_limit(rlim_t limit)
{
    struct rlimit limits;
    expect_equal(getrlimit(RLIMIT_NOFILE, &limits), 0, "getrlimit");
    limits.rlim_cur = limit;
    expect_equal(setrlimit(RLIMIT_NOFILE, &limits), 0, "setrlimit");
}

static void a_full_table_of_descriptors_is_told(void)
{
    struct rlimit before;
    struct se_server *server = NULL;
    struct se_client *client = new_client();
    int next = dup(STDOUT_FILENO);
    expect_equal(getrlimit(RLIMIT_NOFILE, &before), 0, "getrlimit");
    close(next);
    set_descriptor_limit((rlim_t)next);
    expect_equal(se_server_new(NULL, SE_PORT_ANY, &server), -EMFILE, "se_server_new");
    expect_equal(se_client_connect(client, NULL, 7), -EMFILE, "se_client_connect");
    set_descriptor_limit((rlim_t)next + 1);
    expect_equal(se_server_new(NULL, SE_PORT_ANY, &server), -EMFILE, "se_server_new with room for a listener alone");
    set_descriptor_limit(before.rlim_cur);
    expect_true(server == NULL, "no server after a failure");
    se_client_free(client);
}

static void count_tick(int number)
{
    (void)number;
    tick_count++;
}

static timer_t start_ticking(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    const struct itimerspec each_ms = {.it_interval = {0, 1000000}, .it_value = {0, 1000000}};
    timer_t timer = 0;
    handle_signal(SIGUSR1, count_tick);
    tick_count = 0;
    expect_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0, "timer_create");
    expect_equal(timer_settime(timer, 0, &each_ms, NULL), 0, "timer_settime");
    return timer;
}

/* A server that does not run is a silent peer: the kernel takes the connection and the bytes. */
static void signals_do_not_move_a_deadline(void)
{
    struct se_server *server = new_server();
    struct se_client *client = connected_client(server);
    expect_equal(se_client_set_timeout(client, 200), 0, "timeout of the client");
    expect_equal(se_server_set_timeout(server, 200), 0, "timeout of the server");
    timer_t timer = start_ticking();
    int64_t start_ms = now_ms();
    expect_equal(se_client_echo(client, "x", 1, NULL), -ETIMEDOUT, "echo");
    int64_t middle_ms = now_ms();
    expect_equal(se_server_run(server), -ETIMEDOUT, "run");
    int64_t end_ms = now_ms();
    timer_delete(timer);
    expect_true(middle_ms - start_ms >= 200 && middle_ms - start_ms < 1200, "the echo waited for 200 ms");
    expect_true(end_ms - middle_ms >= 200 && end_ms - middle_ms < 1200, "the run served for 200 ms");
    expect_true(tick_count > 10, "signals came meanwhile");
    se_client_free(client);
    se_server_free(server);
}

/* Returns NULL when every echo came back, so that only the main thread has to report. */
static void *echo_in_a_thread(void *port)
{
    struct se_client *client = NULL;
    int result = se_client_new(&client);
    result = result == 0 ? se_client_connect(client, NULL, *(int *)port) : result;
    for (int i = 0; i < 50 && result == 0; i++) {
        char reply[16] = "";
        result = se_client_echo(client, "from one thread", 16, reply);
        result = result == 0 ? memcmp(reply, "from one thread", 16) : result;
    }
    result = result == 0 ? se_client_finish(client) : result;
    se_client_free(client);
    return result == 0 ? NULL : port;
}

static void servers_and_threads_are_independent(void)
{
    struct se_server *servers[3];
    pthread_t threads[9];
    int ports[3];
    for (int i = 0; i < 3; i++) {
        servers[i] = started_server();
        ports[i] = se_server_port(servers[i]);
    }
    for (int i = 0; i < 9; i++) {
        expect_equal(pthread_create(&threads[i], NULL, echo_in_a_thread, &ports[i % 3]), 0, "pthread_create");
    }
    for (int i = 0; i < 9; i++) {
        void *failed = NULL;
        expect_equal(pthread_join(threads[i], &failed), 0, "pthread_join");
        expect_true(failed == NULL, "every echo of the thread came back");
    }
    for (int i = 0; i < 3; i++) {
        end_server(servers[i]);
    }
}

static void count_sigpipe(int number)
{
    (void)number;
    sigpipe_count++;
}

static void no_sigpipe_was_raised(void)
{
    expect_equal(sigpipe_count, 0, "SIGPIPEs in all checks before");
    raise(SIGPIPE);
    expect_equal(sigpipe_count, 1, "SIGPIPEs after one on purpose");
}

static void value_checks(void)
{
    run_check("the version of the header is the version of the library", versions_agree);
    run_check("every error has its symbolic name", errors_have_names);
    run_check("every error has a sentence of its own", errors_have_sentences);
    run_check("every function of a server refuses NULL", a_null_server_is_refused);
    run_check("every function of a client refuses NULL", a_null_client_is_refused);
    run_check("a server refuses ports outside 1 to 65535", bad_ports_of_a_server_are_refused);
    run_check("a client refuses ports outside 1 to 65535, and SE_PORT_ANY", bad_ports_of_a_client_are_refused);
    run_check("a server keeps its mode and refuses what is none", the_mode_of_a_server_is_kept);
    run_check("a client keeps its mode and refuses what is none", the_mode_of_a_client_is_kept);
    run_check("a host name without address is SE_ERESOLVE on both sides", a_host_without_address_is_told);
}

static void process_checks(void)
{
    run_check("every descriptor of the library closes on exec", every_descriptor_closes_on_exec);
    run_check("fifty servers and clients, one after another, leave no descriptor",
              fifty_life_cycles_leave_no_descriptor);
    run_check("a full table of descriptors is EMFILE and leaks none", a_full_table_of_descriptors_is_told);
    run_check("a signal every millisecond neither ends nor stretches a timeout", signals_do_not_move_a_deadline);
    run_check("three servers and nine threads with a client each work at once", servers_and_threads_are_independent);
    run_check("no SIGPIPE was raised", no_sigpipe_was_raised);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(WATCHDOG_SECONDS);
    handle_signal(SIGPIPE, count_sigpipe);
    run_check("only se_server_start makes a thread", only_a_start_makes_a_thread);
    value_checks();
    server_checks();
    client_checks();
    process_checks();
    printf("1..%d\n", checks_run);
    return checks_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
