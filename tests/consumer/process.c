/* What must hold for the whole process of whoever uses the library: its threads, descriptors and signals. */
#define _POSIX_C_SOURCE 200809L

#include <sockecho.h>

#include "fixture.h"
#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { HIGHEST_DESCRIPTOR = 256 };

static volatile sig_atomic_t sigpipe_count;
static volatile sig_atomic_t tick_count;

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

void thread_checks(void)
{
    run_check("only se_server_start makes a thread", only_a_start_makes_a_thread);
}

static void every_descriptor_closes_on_exec(void)
{
    int was_open[HIGHEST_DESCRIPTOR];
    int opened = 0;
    for (int fd = 0; fd < HIGHEST_DESCRIPTOR; fd++)
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
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
    for (int i = 0; i < 9; i++)
        expect_equal(pthread_create(&threads[i], NULL, echo_in_a_thread, &ports[i % 3]), 0, "pthread_create");
    for (int i = 0; i < 9; i++) {
        void *failed = NULL;
        expect_equal(pthread_join(threads[i], &failed), 0, "pthread_join");
        expect_true(failed == NULL, "every echo of the thread came back");
    }
    for (int i = 0; i < 3; i++)
        end_server(servers[i]);
}

static void count_sigpipe(int number)
{
    (void)number;
    sigpipe_count++;
}

void watch_sigpipe(void)
{
    handle_signal(SIGPIPE, count_sigpipe);
}

static void no_sigpipe_was_raised(void)
{
    expect_equal(sigpipe_count, 0, "SIGPIPEs in all checks before");
    raise(SIGPIPE);
    expect_equal(sigpipe_count, 1, "SIGPIPEs after one on purpose");
}

void process_checks(void)
{
    run_check("every descriptor of the library closes on exec", every_descriptor_closes_on_exec);
    run_check("fifty servers and clients, one after another, leave no descriptor",
              fifty_life_cycles_leave_no_descriptor);
    run_check("a full table of descriptors is EMFILE and leaks none", a_full_table_of_descriptors_is_told);
    run_check("a signal every millisecond neither ends nor stretches a timeout", signals_do_not_move_a_deadline);
    run_check("three servers and nine threads with a client each work at once", servers_and_threads_are_independent);
    run_check("no SIGPIPE was raised", no_sigpipe_was_raised);
}
